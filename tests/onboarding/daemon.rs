//! A daemon with a local API, a camera that shows a film, a strike in a file and a broker that listens.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use embedded_graphics::geometry::Size;
use ostiary::app::State;
use ostiary::domain::Screen;
use ostiary::http::api::keys::{NewKey, Scope};
use ostiary::panel::{Canvas, Language, View, draw};
use ostiary::telemetry::{EmbeddedBroker, Monitor};
use serde_json::Value;
use tempfile::TempDir;
use time::UtcDateTime;

use crate::PATIENCE;
use crate::film::FPS;

/// Too small for the camera picture, so that a screen is the same at any time.
const SIZE: Size = Size::new(320, 240);

pub struct Daemon {
    folder: TempDir,
    _film: TempDir,
    child: Child,
    port: u16,
    key: NewKey,
    topics: Arc<Mutex<Vec<String>>>,
    _monitor: Monitor,
    _broker: EmbeddedBroker,
}

impl Daemon {
    /// In front of which the film is shown; `policy` is added to that section of the config.
    pub fn start(film: TempDir, policy: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (broker, topics) = (EmbeddedBroker::start().unwrap(), Arc::default());
        let heard: Arc<Mutex<Vec<String>>> = Arc::clone(&topics);
        let device = "door".parse().unwrap();
        let monitor = Monitor::spawn("127.0.0.1", broker.port(), &device, move |topic, _| {
            heard.lock().unwrap().push(topic.to_owned());
        });
        let port = free_port();
        let board = format!(
            "name = 'test'\n\
             [camera.source]\nkind = 'replay'\npath = {frames:?}\nfps = {FPS}\nrepeat = true\n\
             [display]\nkind = 'png'\nwidth = {}\nheight = {}\n\
             [door]\nfail = 'secure'\n\
             [door.strike]\nkind = 'simulated'\nlevel_file = 'strike'\n",
            SIZE.width,
            SIZE.height,
            frames = film.path(),
        );
        let config = format!(
            "data = 'state'\n\
             [policy]\nlockout_attempts = 0\n{policy}\
             [api]\nenabled = true\nlisten = '127.0.0.1:{port}'\nrequests_per_minute = 100000\n\
             [mqtt]\nhost = '127.0.0.1'\nport = {}\n",
            broker.port()
        );
        fs::write(folder.path().join("board.toml"), board).unwrap();
        fs::write(folder.path().join("ostiary.toml"), config).unwrap();
        let state = State::new(&folder.path().join("state"));
        state.create().unwrap();
        let scopes = [Scope::Enrol].into_iter().collect();
        let key = state.api_keys().add("desk", scopes, UtcDateTime::now());
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_ostiary"))
            .current_dir(folder.path())
            .args(["run", "--config", "ostiary.toml", "--board", "board.toml"])
            .arg("--models")
            .arg(root.join("models"))
            .env("RUST_LOG", "info,ostiary::app::api_watch=debug")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let door = Self {
            folder,
            _film: film,
            child,
            port,
            key: key.unwrap(),
            topics,
            _monitor: monitor.unwrap(),
            _broker: broker,
        };
        door.wait_for("the door is served", || {
            door.path("state/panel.png").exists()
        });
        door
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the daemon wrote, for the message of a test that failed.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }

    pub fn is_released(&self) -> bool {
        fs::read(self.path("strike")).is_ok_and(|level| level == b"1")
    }

    #[track_caller]
    pub fn wait_for(&self, what: &str, is_so: impl Fn() -> bool) {
        let start = Instant::now();
        while !is_so() {
            assert!(start.elapsed() < PATIENCE, "{what}\n{}", self.log());
            sleep(Duration::from_millis(5));
        }
    }

    #[track_caller]
    pub fn await_screen(&self, screen: &Screen) {
        let view = View {
            screen,
            name: None,
            camera: None,
            face: None,
            language: Language::English,
        };
        let mut expected = Canvas::new(SIZE);
        draw(&mut expected, &view).unwrap();
        self.wait_for(&format!("the panel shows {screen:?}"), || {
            let shown = image::open(self.path("state/panel.png"));
            shown.is_ok_and(|shown| shown.into_rgb8() == expected.pixels)
        });
    }

    /// Status and JSON of an answer of the local API; null if there is none.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // HTTP/1.0: the answer ends with the connection.
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.key.bearer().as_str(),
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    /// The entries of one kind in the audit log.
    pub fn audited(&self, event: &str) -> Vec<Value> {
        let files = fs::read_dir(self.path("state/audit")).unwrap();
        let mut logs: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        logs.retain(|path| path.extension().is_some_and(|e| e == "jsonl"));
        let text: String = logs
            .iter()
            .map(|log| fs::read_to_string(log).unwrap())
            .collect();
        let entries = text.lines().filter_map(|line| {
            let record: Value = serde_json::from_str(line).ok()?;
            Some(record["entry"].clone())
        });
        entries.filter(|entry| entry["event"] == event).collect()
    }

    /// How many messages have come to a topic of the door.
    pub fn published(&self, topic: &str) -> usize {
        let topic = format!("ostiary/door/{topic}");
        let topics = self.topics.lock().unwrap();
        topics.iter().filter(|heard| **heard == topic).count()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}
