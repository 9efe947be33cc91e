//! The daemon at a door whose contacts and strike stand in files: REX, forced and held-open doors, and
//! what is left of a release when the daemon is killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(120);

/// A running daemon in a folder of its own.
struct Daemon {
    folder: tempfile::TempDir,
    child: Child,
}

impl Daemon {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let board = format!(
            "name = 'test'\n\
             [camera.source]\nkind = 'replay'\npath = {frames:?}\nfps = 1\nrepeat = true\n\
             [display]\nkind = 'none'\n\
             [door]\nfail = 'secure'\n\
             [door.strike]\nkind = 'simulated'\nlevel_file = 'strike'\n\
             [door.position]\nkind = 'simulated'\nlevel_file = 'position'\n\
             [door.rex]\nkind = 'simulated'\nlevel_file = 'rex'\n\
             [door.tamper]\nkind = 'simulated'\nlevel_file = 'tamper'\n\
             [door.red_lamp]\nkind = 'simulated'\nlevel_file = 'red'\n",
            frames = root.join("boards/sim/frames/"),
        );
        let config = "data = 'state'\n\
             [door]\nrex_time_ms = 30000\nheld_open_warning_ms = 1000\nheld_open_ms = 2000\n";
        fs::write(folder.path().join("board.toml"), board).unwrap();
        fs::write(folder.path().join("ostiary.toml"), config).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_ostiary"))
            .current_dir(folder.path())
            .args(["run", "--config", "ostiary.toml", "--board", "board.toml"])
            .arg("--models")
            .arg(root.join("models"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { folder, child }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn set(&self, contact: &str, active: bool) {
        fs::write(self.path(contact), if active { "1" } else { "0" }).unwrap();
    }

    fn is_active(&self, line: &str) -> bool {
        fs::read(self.path(line)).unwrap_or_default() == b"1"
    }

    /// What happened at the leaf, as the audit log has it: kind, and whether an alarm begins.
    fn events(&self) -> Vec<(String, Option<bool>)> {
        let Ok(files) = fs::read_dir(self.path("state/audit")) else {
            return Vec::new();
        };
        let mut logs: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        logs.retain(|path| path.extension().is_some_and(|e| e == "jsonl"));
        logs.sort();
        let text: String = logs
            .iter()
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        let lines = text.split_inclusive('\n').filter(|l| l.ends_with('\n'));
        lines
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|record| record["entry"]["event"] == "door")
            .map(|record| {
                let entry = &record["entry"];
                let kind = entry["kind"].as_str().unwrap().to_owned();
                (kind, entry["active"].as_bool())
            })
            .collect()
    }

    #[track_caller]
    fn await_event(&self, kind: &str, active: Option<bool>) {
        self.wait_for(kind, || self.events().contains(&(kind.to_owned(), active)));
    }

    #[track_caller]
    fn wait_for(&self, what: &str, is_so: impl Fn() -> bool) -> Duration {
        let start = Instant::now();
        while !is_so() {
            assert!(start.elapsed() < PATIENCE, "{what}: {:?}", self.events());
            sleep(Duration::from_millis(1));
        }
        start.elapsed()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_leaf_is_supervised_and_a_killed_daemon_leaves_it_secured() {
    let mut daemon = Daemon::start();
    daemon.wait_for("the strike is secured", || {
        fs::read(daemon.path("strike")).is_ok_and(|level| level == b"0")
    });

    // Nobody released the door. A daemon that is not ready yet takes an open door as it is, so it is
    // closed first.
    daemon.set("tamper", true);
    daemon.await_event("tamper", Some(true));
    daemon.set("position", true);
    daemon.await_event("forced", Some(true));
    daemon.wait_for("the red lamp", || daemon.is_active("red"));
    daemon.await_event("held_open_soon", Some(true));
    daemon.await_event("held_open", Some(true));
    daemon.set("position", false);
    daemon.await_event("closed", None);
    daemon.await_event("forced", Some(false));
    daemon.await_event("held_open", Some(false));
    assert!(!daemon.is_active("strike"));

    // A request to exit releases it, and the opening that follows is no alarm.
    daemon.set("rex", true);
    daemon.wait_for("the strike is released", || daemon.is_active("strike"));
    daemon.await_event("exit_requested", None);
    let forced = |events: Vec<(String, Option<bool>)>| {
        events
            .into_iter()
            .filter(|(kind, _)| kind == "forced")
            .count()
    };
    let before = forced(daemon.events());
    daemon.set("position", true);
    daemon.wait_for("it is opened again", || {
        let events = daemon.events();
        events.iter().filter(|(kind, _)| kind == "opened").count() == 2
    });
    assert_eq!(forced(daemon.events()), before);

    assert!(daemon.is_active("strike"), "the release takes 30 s");
    daemon.child.kill().unwrap();
    let took = daemon.wait_for("the strike is secured", || !daemon.is_active("strike"));
    println!("secured {took:?} after kill -9");
}
