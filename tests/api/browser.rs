//! Chromium without a window, with a camera that shows what a file holds.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Frames of the camera's file, which is played over and over.
const FRAMES: usize = 15;

/// Whether Chromium and its driver are installed.
pub fn is_installed() -> bool {
    let runs = |program: &str| {
        let version = Command::new(program).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    };
    let installed = runs("chromium") && runs("chromedriver");
    if !installed {
        eprintln!("skipped: chromium and chromedriver are not installed");
    }
    installed
}

/// The camera's file, written anew in place while the browser has it mapped: what it shows changes at once.
pub struct FakeCamera {
    file: File,
    path: PathBuf,
    /// Of every frame, in bytes.
    size: usize,
    _folder: TempDir,
}

impl FakeCamera {
    /// `largest` is what the largest JPEG to come has, in bytes.
    pub fn new(first: &[u8], largest: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("camera.mjpeg");
        File::create(&path).unwrap().flush().unwrap();
        let camera = Self {
            file: File::options().write(true).open(&path).unwrap(),
            path,
            size: largest + 4,
            _folder: folder,
        };
        camera.show(first);
        camera
    }

    pub fn show(&self, jpeg: &[u8]) {
        // A comment (ITU-T T.81, B.2.4.5) makes all frames equally long.
        let (start, rest) = jpeg.split_at(2);
        let filling = self.size - jpeg.len() - 4;
        let length = u16::try_from(filling + 2).unwrap().to_be_bytes();
        let comment = [&b"\xFF\xFE"[..], &length, &vec![b' '; filling]].concat();
        let frame = [start, &comment, rest].concat();
        self.file.write_all_at(&frame.repeat(FRAMES), 0).unwrap();
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A browser behind its driver (W3C WebDriver). Both end with it.
pub struct Browser {
    driver: Child,
    client: reqwest::Client,
    session: String,
}

impl Browser {
    pub async fn open(camera: &FakeCamera) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        // An error means that a server has installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut browser = Self {
            driver,
            client: reqwest::Client::new(),
            session: format!("http://127.0.0.1:{port}"),
        };
        let camera = format!(
            "--use-file-for-fake-video-capture={}",
            camera.path().display()
        );
        let options = json!({"args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-quic", "--no-first-run", "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream", camera,
        ]});
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}});
        for _ in 0..100 {
            let url = format!("{}/session", browser.session);
            if let Ok(answer) = browser.client.post(url).json(&wanted).send().await {
                let told: Value = answer.json().await.unwrap();
                let id = told["value"]["sessionId"].as_str().expect("a session");
                browser.session = format!("{}/session/{id}", browser.session);
                return browser;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("chromedriver does not answer");
    }

    pub async fn go(&self, url: &str) {
        self.post("url", json!({"url": url})).await;
    }

    /// The value of a JavaScript expression on the page.
    pub async fn value(&self, expression: &str) -> Value {
        let script = json!({"script": format!("return {expression};"), "args": []});
        self.post("execute/sync", script).await["value"].clone()
    }

    /// Waits until an expression is true.
    pub async fn until(&self, expression: &str) {
        for _ in 0..300 {
            if self.value(expression).await == json!(true) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let seen = self.value("document.body.innerText").await;
        panic!("{expression} did not come true in a minute; the page says {seen}");
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/{path}", self.session);
        let answer = self.client.post(url).json(&body).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// Closes the browser in good order.
    pub async fn close(self) {
        let _ = self.client.delete(&self.session).send().await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its browser is of the same group, and outlives a driver that is killed alone.
        if let Some(group) = i32::try_from(self.driver.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.driver.wait();
    }
}
