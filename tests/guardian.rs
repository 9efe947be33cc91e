//! The guardian as a process of its own: whatever happens to the daemon, the strike is secured.
//!
//! The line's level stands in a file. Bounds in time are generous; docs/door.md has what was measured.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use ostiary::domain::Moment;
use ostiary::door::{FailMode, GuardedStrike, LinePlace, OutputWiring, StrikeState, StrikeWiring};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ostiary");
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than any test waits: a release that ends within its test was ended early.
const LONG_MS: u32 = 30_000;
/// Names the level file to this program when it plays the daemon.
const DAEMON_ROLE: &str = "OSTIARY_TEST_LEVEL_FILE";

fn wiring(level_file: &Path, fail_mode: FailMode) -> StrikeWiring {
    StrikeWiring {
        line: OutputWiring::Simulated {
            level_file: Some(level_file.to_owned()),
        },
        fail_mode,
        silence: Duration::from_millis(80),
    }
}

/// Waits for a level of the line, and says how long it took.
#[track_caller]
fn await_level(file: &Path, level: &str) -> Duration {
    let start = Instant::now();
    while fs::read_to_string(file).unwrap_or_default() != level {
        assert!(
            start.elapsed() < PATIENCE,
            "the line does not become {level}"
        );
        sleep(Duration::from_micros(200));
    }
    start.elapsed()
}

fn level_file(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("strike.level")
}

fn signal(name: &str, pid: u32) {
    let sent = Command::new("kill").args([name, &pid.to_string()]).status();
    assert!(sent.unwrap().success());
}

/// A guardian whose daemon is this test, without a heartbeat of its own.
struct Raw {
    child: Child,
    link: BufReader<UnixStream>,
}

impl Raw {
    fn start(level_file: &Path) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_read_timeout(Some(PATIENCE)).unwrap();
        let child = Command::new(PROGRAM)
            .arg("guardian")
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut raw = Self {
            child,
            link: BufReader::new(ours),
        };
        let hold = serde_json::json!({"hold": wiring(level_file, FailMode::Secure)});
        raw.say(&hold.to_string());
        assert_eq!(raw.hear(), "\"ready\"");
        raw
    }

    fn say(&mut self, line: &str) {
        writeln!(self.link.get_mut(), "{line}").unwrap();
    }

    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.link.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn release(&mut self) {
        self.say(&format!(r#"{{"release":{{"ms":{LONG_MS}}}}}"#));
        assert_eq!(self.hear(), "\"released\"");
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_pulse_ends_by_itself_for_both_kinds_of_lock() {
    for (fail_mode, secured, released) in [(FailMode::Secure, "0", "1"), (FailMode::Safe, "1", "0")]
    {
        let folder = tempfile::tempdir().unwrap();
        let file = level_file(&folder);
        let mut strike =
            GuardedStrike::start(Path::new(PROGRAM), wiring(&file, fail_mode)).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), secured);

        let clock = Instant::now();
        let now = || Moment::new(clock.elapsed());
        let pulse = Duration::from_millis(400);
        strike.release(now(), pulse).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), released);
        while strike.poll(now()).unwrap() != StrikeState::Secured {
            assert!(clock.elapsed() < PATIENCE);
            sleep(Duration::from_millis(1));
        }
        assert!(clock.elapsed() >= pulse, "the heartbeat holds the release");
        assert_eq!(fs::read_to_string(&file).unwrap(), secured);

        strike.release(now(), Duration::from_secs(30)).unwrap();
        strike.secure().unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), secured);
        strike.release(now(), Duration::from_secs(30)).unwrap();
        drop(strike);
        assert_eq!(fs::read_to_string(&file).unwrap(), secured);
    }
}

#[test]
fn a_stopped_heartbeat_secures_the_strike() {
    let folder = tempfile::tempdir().unwrap();
    let file = level_file(&folder);
    let mut guardian = Raw::start(&file);
    guardian.release();
    for _ in 0..20 {
        guardian.say("\"beat\"");
        sleep(Duration::from_millis(20));
    }
    guardian.say("\"beat\"");
    let took = await_level(&file, "0");
    assert_eq!(guardian.hear(), r#"{"secured":"silence"}"#);
    println!("secured {took:?} after the last beat");
    guardian.release();
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        "1",
        "it goes on serving"
    );
}

#[test]
fn a_garbled_order_ends_the_guardian_with_the_door_secured() {
    let folder = tempfile::tempdir().unwrap();
    let file = level_file(&folder);
    let mut guardian = Raw::start(&file);
    guardian.release();
    guardian.say("open sesame");
    await_level(&file, "0");
    assert!(!guardian.child.wait().unwrap().success());
}

#[test]
fn sigterm_secures_and_a_terminal_s_signals_do_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = level_file(&folder);
    let mut guardian = Raw::start(&file);
    signal("-INT", guardian.child.id());
    signal("-HUP", guardian.child.id());
    guardian.release();
    assert_eq!(fs::read_to_string(&file).unwrap(), "1");
    signal("-TERM", guardian.child.id());
    await_level(&file, "0");
    assert!(guardian.child.wait().unwrap().success());
}

/// Not a test by itself: the daemon of the next one, which holds the strike released until it is killed.
#[test]
fn play_the_daemon() {
    let Some(file) = env::var_os(DAEMON_ROLE) else {
        return;
    };
    let wiring = wiring(Path::new(&file), FailMode::Secure);
    let mut strike = GuardedStrike::start(Path::new(PROGRAM), wiring).unwrap();
    let clock = Instant::now();
    let now = || Moment::new(clock.elapsed());
    strike
        .release(now(), Duration::from_millis(LONG_MS.into()))
        .unwrap();
    while clock.elapsed() < PATIENCE * 2 {
        strike.poll(now()).unwrap();
        sleep(Duration::from_millis(10));
    }
}

fn daemon(level_file: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "play_the_daemon"])
        .env(DAEMON_ROLE, level_file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_daemon_killed_in_the_middle_of_a_pulse_leaves_the_door_secured() {
    let folder = tempfile::tempdir().unwrap();
    let file = level_file(&folder);
    let mut daemon = daemon(&file);
    await_level(&file, "1");
    daemon.kill().unwrap();
    let took = await_level(&file, "0");
    daemon.wait().unwrap();
    println!("secured {took:?} after kill -9");
}

#[test]
fn a_daemon_that_hangs_in_the_middle_of_a_pulse_leaves_the_door_secured() {
    let folder = tempfile::tempdir().unwrap();
    let file = level_file(&folder);
    let mut daemon = daemon(&file);
    await_level(&file, "1");
    signal("-STOP", daemon.id());
    let took = await_level(&file, "0");
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    println!("secured {took:?} after SIGSTOP");
}

#[test]
fn a_killed_guardian_is_replaced_by_one_that_secures_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let file = level_file(&folder);
    let mut strike =
        GuardedStrike::start(Path::new(PROGRAM), wiring(&file, FailMode::Secure)).unwrap();
    let clock = Instant::now();
    let now = || Moment::new(clock.elapsed());
    strike.release(now(), Duration::from_secs(30)).unwrap();
    let first = strike.guardian().unwrap();
    signal("-KILL", first);
    while strike.guardian() == Some(first) {
        assert!(clock.elapsed() < PATIENCE);
        strike.poll(now()).unwrap();
    }
    println!(
        "secured {:?} after its guardian was killed",
        clock.elapsed()
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "0");
    strike.release(now(), Duration::from_secs(30)).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "1");
}

#[test]
fn a_line_that_can_t_be_held_is_named_and_nothing_is_driven() {
    let folder = tempfile::tempdir().unwrap();
    let mut wiring = wiring(&folder.path().join("none/level"), FailMode::Secure);
    let failed = |wiring: &StrikeWiring| {
        let started = GuardedStrike::start(Path::new(PROGRAM), wiring.clone());
        started.unwrap_err().to_string()
    };
    assert!(
        failed(&wiring).contains("none/level"),
        "{}",
        failed(&wiring)
    );
    wiring.line = OutputWiring::Line {
        place: LinePlace::Gpio {
            chip: "/dev/gpiochip-none".into(),
            line: "GPIO17".into(),
        },
        active_low: false,
    };
    assert!(
        failed(&wiring).contains("\"GPIO17\""),
        "{}",
        failed(&wiring)
    );
}

#[test]
fn by_hand_it_says_who_starts_it() {
    let output = Command::new(PROGRAM)
        .arg("guardian")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("ostiary run"), "{message}");
}
