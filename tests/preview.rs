//! The live preview page, as a plain client and as a browser see it.

use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use image::{ImageFormat, Rgb, RgbImage};
use ostiary::http::HttpError;
use ostiary::http::preview::{FaceBox, Preview, PreviewEvent};
use serde_json::json;

fn start() -> Preview {
    Preview::start(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap()
}

fn picture(colour: [u8; 3], format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let picture = RgbImage::from_pixel(64, 48, Rgb(colour));
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// An answer up to the end of its headers, and its body to be read on.
struct Answer {
    head: String,
    body: BufReader<TcpStream>,
}

impl Answer {
    fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.body.read_line(&mut line).unwrap();
        line.trim_end().into()
    }

    /// The rest of an answer that ends.
    fn rest(mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        self.body.read_to_end(&mut rest).unwrap();
        rest
    }

    /// The next event of an event stream.
    fn event(&mut self) -> serde_json::Value {
        for _ in 0..10 {
            if let Some(data) = self.line().strip_prefix("data: ") {
                return serde_json::from_str(data).unwrap();
            }
        }
        panic!("ten lines without an event");
    }
}

fn get(preview: &Preview, path: &str, host: &str) -> Answer {
    let mut stream = TcpStream::connect(preview.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    // HTTP/1.0: the body comes as it is, without chunks.
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n").unwrap();
    let mut body = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(body.read_line(&mut head).unwrap(), 0, "cut off: {head}");
    }
    Answer {
        head: head.to_lowercase(),
        body,
    }
}

#[test]
fn the_page_brings_all_it_needs_and_allows_nothing_else() {
    let preview = start();
    for (path, content_type) in [
        ("/", "text/html"),
        ("/page.css", "text/css"),
        ("/page.js", "text/javascript"),
    ] {
        let answer = get(&preview, path, "localhost");
        assert_eq!(answer.status(), "200", "{path}");
        assert!(
            answer
                .head
                .contains(&format!("content-type: {content_type}"))
        );
        assert!(
            answer
                .head
                .contains("content-security-policy: default-src 'none';")
        );
        assert!(answer.head.contains("x-content-type-options: nosniff"));
        assert!(
            answer
                .head
                .contains("cross-origin-resource-policy: same-origin")
        );
        let text = String::from_utf8(answer.rest()).unwrap();
        assert!(
            !text.contains("//localhost") && !text.contains("http"),
            "{path} loads from afar"
        );
    }
    assert_eq!(get(&preview, "/../etc/passwd", "localhost").status(), "404");
}

#[test]
fn another_name_for_this_machine_is_refused_everywhere() {
    let preview = start();
    preview.camera(picture([9; 3], ImageFormat::Jpeg));
    for path in ["/", "/camera.mjpeg", "/panel.png", "/events", "/none"] {
        for host in ["evil.example", "192.168.1.7", ""] {
            let answer = get(&preview, path, host);
            assert_eq!(answer.status(), "421", "{path} as {host:?}");
            assert!(answer.head.contains("content-security-policy"));
        }
    }
    assert_eq!(get(&preview, "/", "127.0.0.1:8080").status(), "200");
    assert_eq!(get(&preview, "/", "[::1]").status(), "200");
}

#[test]
fn only_loopback_is_served_and_a_taken_port_is_named() {
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let refused = Preview::start(everywhere);
    assert!(matches!(refused, Err(HttpError::NotLoopback(_))));
    let preview = start();
    let taken = Preview::start(preview.address()).err().unwrap();
    assert!(taken.to_string().contains(&preview.address().to_string()));
}

#[test]
fn a_new_client_gets_the_current_state_and_then_what_happens() {
    let preview = start();
    preview.event(&PreviewEvent::Door { released: true });
    preview.event(&PreviewEvent::Door { released: false });
    let mut events = get(&preview, "/events", "localhost");
    assert!(events.head.contains("content-type: text/event-stream"));
    assert_eq!(events.event(), json!({"kind": "door", "released": false}));
    preview.event(&PreviewEvent::Message {
        topic: "door/event".into(),
        payload: json!({"verdict": "denied"}),
    });
    assert_eq!(events.event()["topic"], "door/event");
}

#[test]
fn the_panel_has_a_revision() {
    let preview = start();
    assert_eq!(get(&preview, "/panel.png", "localhost").status(), "404");
    let png = picture([1, 2, 3], ImageFormat::Png);
    preview.panel(png.clone());
    let mut events = get(&preview, "/events", "localhost");
    assert_eq!(events.event(), json!({"kind": "panel", "revision": 1}));
    let panel = get(&preview, "/panel.png?revision=1", "localhost");
    assert!(panel.head.contains("content-type: image/png"));
    assert_eq!(panel.rest(), png);
}

#[test]
fn the_camera_is_a_stream_of_whole_jpegs() {
    let preview = start();
    let mut camera = get(&preview, "/camera.mjpeg", "localhost");
    let content_type = "content-type: multipart/x-mixed-replace; boundary=ostiary-frame";
    assert!(camera.head.contains(content_type), "{}", camera.head);
    assert_eq!(camera.line(), "--ostiary-frame");
    for shade in [50, 200] {
        let jpeg = picture([shade; 3], ImageFormat::Jpeg);
        preview.camera(jpeg.clone());
        assert_eq!(camera.line(), "Content-Type: image/jpeg");
        assert_eq!(camera.line(), format!("Content-Length: {}", jpeg.len()));
        assert_eq!(camera.line(), "");
        let mut sent = vec![0; jpeg.len()];
        camera.body.read_exact(&mut sent).unwrap();
        assert_eq!(sent, jpeg);
        assert_eq!(
            (camera.line().as_str(), camera.line().as_str()),
            ("", "--ostiary-frame")
        );
    }
}

#[test]
fn stopping_closes_open_streams() {
    let preview = start();
    let mut camera = get(&preview, "/camera.mjpeg", "localhost");
    let begun = Instant::now();
    drop(preview);
    // Closed or reset: either way the client is told.
    let _ = camera.body.read_to_end(&mut Vec::new());
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_browser_shows_the_decision() {
    let Some(browser) = browser() else {
        eprintln!("skipped: neither chromium nor google-chrome is in PATH");
        return;
    };
    let shown = [
        "Granted",
        "Mated",
        "Door released",
        "ostiary/door/event",
        "A-17 &lt;b&gt;bold&lt;/b&gt;",
        "\"subject\": \"&lt;script&gt;\"",
        "0.91",
    ];
    let mut missing = String::new();
    let complete = PATIENCE.iter().any(|&patience| {
        let dom = browse(&browser, "--dump-dom", patience);
        missing = shown
            .into_iter()
            .filter(|text| !dom.contains(text))
            .collect();
        missing.is_empty()
    });
    assert!(complete, "not on the page: {missing}");

    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("preview.png");
    let screenshot = format!("--screenshot={}", file.display());
    let complete = PATIENCE.iter().any(|&patience| {
        browse(&browser, &screenshot, patience);
        let page = image::open(&file).unwrap().to_rgb8();
        page.pixels()
            .filter(|pixel| pixel.0 == PANEL_COLOUR)
            .count()
            > 1000
    });
    assert!(complete, "the panel is not in {}", file.display());
}

/// How long a page gets to show the events; a busy machine needs more.
const PATIENCE: [Duration; 3] = [
    Duration::from_secs(2),
    Duration::from_secs(6),
    Duration::from_secs(20),
];
const PANEL_COLOUR: [u8; 3] = [8, 88, 50];

fn browser() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    env::split_paths(&env::var_os("PATH")?)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file())
}

/// A door that has just let somebody in, with hostile texts, and without a camera picture yet.
fn granting() -> Preview {
    let preview = start();
    preview.panel(picture(PANEL_COLOUR, ImageFormat::Png));
    preview.event(&PreviewEvent::Door { released: true });
    preview.event(&PreviewEvent::Face {
        boxes: vec![FaceBox {
            x: 0.3,
            y: 0.2,
            width: 0.3,
            height: 0.4,
        }],
        label: Some("A-17 <b>bold</b>".into()),
        similarity: Some(0.91),
        pad_score: Some(0.87),
        quality: Some(82),
    });
    preview.event(&PreviewEvent::Message {
        topic: "ostiary/door/event".into(),
        payload: json!({"subject": "<script>"}),
    });
    preview.event(&PreviewEvent::Decision {
        verdict: "granted".into(),
        reason: "mated".into(),
        subject: Some("A-17".into()),
    });
    preview
}

/// Opens the page without a window and returns what the browser prints.
///
/// The browser looks when the page has loaded, for which it waits for the first camera picture; that
/// comes after `patience`.
fn browse(browser: &Path, look: &str, patience: Duration) -> String {
    let preview = granting();
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("output");
    let profile = format!(
        "--user-data-dir={}",
        folder.path().join("profile").display()
    );
    let mut child = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu"])
        .args([
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
        ])
        .args([
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=1280,900",
        ])
        .args(["--timeout=60000", &profile, look])
        .arg(format!("http://{}/", preview.address()))
        .stdout(fs::File::create(&output).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(90) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the browser took more than 90 s");
        }
        if begun.elapsed() > patience {
            preview.camera(picture([90, 110, 120], ImageFormat::Jpeg));
        }
        thread::sleep(Duration::from_millis(50));
    }
    fs::read_to_string(output).unwrap()
}
