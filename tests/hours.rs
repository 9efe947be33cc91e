//! A door with hours, from its config file to what it decides.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A slow machine takes seconds for liveness, so that one frame has to do.
const HOURS: &str = "data = 'state'\n\
    [policy]\nframes_needed = 1\nliveness_frames = 1\ntime_limit_ms = 30000\nmax_frame_age_ms = 10000\ncamera_silence_ms = 30000\n\
    [hours]\ntime_zone = 'Europe/Berlin'\neverybody = 'nobody'\n\
    [[hours.schedule]]\nname = 'nobody'\nopen = []\n\
    [[hours.schedule]]\nname = 'office'\nopen = ['mon-sun 07:00-19:00']\n";

/// A config file in a folder of its own.
struct Door {
    _folder: tempfile::TempDir,
    config: PathBuf,
}

impl Door {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("ostiary.toml");
        std::fs::write(&config, HOURS).unwrap();
        Self {
            _folder: folder,
            config,
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_ostiary"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("RUST_LOG", "off")
            .arg("--config")
            .arg(&self.config)
            .args(arguments)
            .output()
            .unwrap()
    }

    /// What a command answers that says yes.
    fn answer(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

#[test]
fn outside_hours_the_enrolled_person_is_named_and_not_let_in() {
    // Enough for the stranger and the enrolled person.
    let demo = Door::new().answer(&["demo", "--fps", "1", "--max-frames", "26"]);
    let decisions = demo["decisions"].as_array().unwrap();
    let find = |reason: &str| decisions.iter().find(|d| d["reason"] == reason);
    let refused = find("outside_hours").unwrap_or_else(|| panic!("{decisions:?}"));
    assert_eq!(
        (refused["verdict"].as_str(), refused["subject"].as_str()),
        (Some("denied"), Some("44"))
    );
    assert!(find("unknown").is_some(), "{decisions:?}");
    assert!(decisions.iter().all(|d| d["verdict"] != "granted"));
}

#[test]
fn the_coming_days_are_shown() {
    let door = Door::new();
    let file = door.config.to_str().unwrap();
    let shown = String::from_utf8(door.run(&["config", "check", file]).stdout).unwrap();
    assert!(shown.contains("hours in Europe/Berlin"), "{shown}");
    assert_eq!(shown.matches("07:00-19:00").count(), 7, "{shown}");
    assert!(
        shown.contains("nobody: closed now, of everybody"),
        "{shown}"
    );
    let answer = door.answer(&["config", "check", file]);
    assert_eq!(answer["hours"]["schedules"][0]["open_now"], false);
}

#[test]
fn a_person_s_schedule_is_one_of_the_config() {
    let door = Door::new();
    let portrait = Path::new(env!("CARGO_MANIFEST_DIR")).join("boards/sim/enrol/obama.jpg");
    let portrait = portrait.to_str().unwrap();
    let refused = door.run(&["enroll", "--id", "17", "--schedule", "night", portrait]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(told.contains("there is always, nobody, office"), "{told}");

    door.answer(&["enroll", "--id", "17", "--schedule", "office", portrait]);
    let schedule = || door.answer(&["gallery", "show", "17"])["schedule"].clone();
    assert_eq!(schedule(), "office");
    door.answer(&["gallery", "schedule", "17", "always"]);
    assert_eq!(schedule(), "always");
    let unknown = door.run(&["gallery", "schedule", "17", "night"]);
    assert_eq!(unknown.status.code(), Some(2));
    let nobody = door.run(&["gallery", "schedule", "18"]);
    assert_eq!(nobody.status.code(), Some(2));
    assert_eq!(schedule(), "always");
    door.answer(&["gallery", "schedule", "17"]);
    assert_eq!(schedule(), Value::Null);
}
