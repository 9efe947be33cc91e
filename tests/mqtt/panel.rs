//! What the panel of a daemon says while its broker is away.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use embedded_graphics::geometry::Size;
use image::RgbImage;
use ostiary::domain::Screen;
use ostiary::panel::{Canvas, Language, View, draw};

use super::peers::Mosquitto;
use super::wait_until;

/// Too small for the camera picture, so that a screen is the same at any time.
const SIZE: Size = Size::new(320, 240);

/// A daemon in front of which nobody stands.
struct Daemon {
    folder: tempfile::TempDir,
    child: Child,
}

impl Daemon {
    fn start(port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let frames = folder.path().join("frames");
        fs::create_dir(&frames).unwrap();
        let nobody = root.join("boards/sim/frames/000-nobody.jpg");
        fs::copy(nobody, frames.join("0.jpg")).unwrap();
        let board = format!(
            "name = 'test'\n\
             [camera.source]\nkind = 'replay'\npath = 'frames'\nfps = 2\nrepeat = true\n\
             [display]\nkind = 'png'\nwidth = {}\nheight = {}\n\
             [door]\nfail = 'secure'\n[door.strike]\nkind = 'simulated'\n",
            SIZE.width, SIZE.height
        );
        let config =
            format!("data = 'state'\nlanguage = 'de'\n[mqtt]\nhost = '127.0.0.1'\nport = {port}\n");
        fs::write(folder.path().join("board.toml"), board).unwrap();
        fs::write(folder.path().join("ostiary.toml"), config).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_ostiary"))
            .current_dir(folder.path())
            .args(["run", "--config", "ostiary.toml", "--board", "board.toml"])
            .arg("--models")
            .arg(root.join("models"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { folder, child }
    }

    fn await_screen(&self, screen: &Screen) {
        let path: PathBuf = self.folder.path().join("state/panel.png");
        let expected = drawn(screen);
        wait_until(&format!("the panel shows {screen:?}"), || {
            image::open(&path).is_ok_and(|shown| shown.into_rgb8() == expected)
        });
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn drawn(screen: &Screen) -> RgbImage {
    let view = View {
        screen,
        name: None,
        camera: None,
        face: None,
        language: Language::German,
    };
    let mut canvas = Canvas::new(SIZE);
    draw(&mut canvas, &view).unwrap();
    canvas.pixels
}

#[test]
fn the_panel_says_that_the_broker_is_away_and_that_it_is_back() {
    let Some(mut mosquitto) = Mosquitto::start("") else {
        return;
    };
    let daemon = Daemon::start(mosquitto.port);
    daemon.await_screen(&Screen::Idle);
    mosquitto.stop();
    daemon.await_screen(&Screen::Offline);
    mosquitto.start_again();
    daemon.await_screen(&Screen::Idle);
}
