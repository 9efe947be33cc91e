//! The audit log as an auditor sees it: whole, or the first wrong record is named; and as a power cut
//! leaves it: nothing acknowledged is lost.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ostiary::telemetry::{
    AuditKey, AuditLog, AuditPublicKey, ComparisonKind, DecisionMessage, TelemetryError, Version,
    verify,
};
use tempfile::TempDir;
use time::UtcDateTime;

fn decision(number: u64) -> DecisionMessage {
    DecisionMessage {
        v: Version,
        id: format!("{number:032x}"),
        device: "door".into(),
        decided_at: UtcDateTime::now(),
        verdict: "granted".into(),
        reason: "mated".into(),
        subject: Some("17".into()),
        comparison: ComparisonKind::Verification,
        similarity: Some(0.9),
        cosine: Some(0.7),
        pad_score: Some(0.8),
        quality: Some(70),
        frames: 3,
        latency_ms: 600,
        delayed: false,
    }
}

struct Place {
    root: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
        }
    }

    fn dir(&self) -> PathBuf {
        self.root.path().join("audit")
    }

    fn key(&self) -> AuditKey {
        AuditKey::load_or_create(&self.root.path().join("audit.key")).unwrap()
    }

    fn public(&self) -> AuditPublicKey {
        AuditPublicKey::load(&self.dir().join("audit.pub")).unwrap()
    }

    fn open(&self) -> AuditLog {
        // A process that a neighbouring test starts holds our lock until its exec.
        for _ in 0..100 {
            match AuditLog::open(&self.dir(), self.key()) {
                Err(TelemetryError::AuditInUse { .. }) => {
                    std::thread::sleep(std::time::Duration::from_millis(10));
                }
                opened => return opened.unwrap(),
            }
        }
        panic!("the log stays locked");
    }

    /// A log of `count` decisions, in files of about four records.
    fn filled(count: u64) -> Self {
        let place = Self::new();
        let mut log = place.open().with_file_limit(4 * 800);
        for number in 0..count {
            log.append(&decision(number)).unwrap();
        }
        place
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = fs::read_dir(self.dir())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
            .collect();
        files.sort();
        files
    }

    /// The place of the first wrong record.
    fn first_broken(&self) -> (PathBuf, u64) {
        match verify(&self.dir(), &self.public()) {
            Err(TelemetryError::AuditBroken { file, line, .. }) => (file, line),
            other => panic!("not found: {other:?}"),
        }
    }
}

fn edit_lines(file: &Path, edit: impl FnOnce(&mut Vec<String>)) {
    let text = fs::read_to_string(file).unwrap();
    let mut lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
    edit(&mut lines);
    fs::write(file, lines.concat()).unwrap();
}

#[test]
fn the_chain_runs_over_files_and_restarts() {
    let place = Place::filled(10);
    let mut log = place.open();
    assert_eq!(log.last_sequence(), 10);
    log.append(&decision(10)).unwrap();
    let summary = verify(&place.dir(), &place.public()).unwrap();
    assert!(summary.files > 1, "{summary:?}");
    assert_eq!((summary.records, summary.first_sequence), (11, 1));
    assert_eq!((summary.last_sequence, summary.half_written), (11, 0));
}

#[test]
fn old_files_may_be_removed_whole() {
    let place = Place::filled(10);
    fs::remove_file(&place.files()[0]).unwrap();
    let summary = verify(&place.dir(), &place.public()).unwrap();
    assert!(summary.first_sequence > 1);
    assert_eq!(summary.last_sequence, 10);
}

#[test]
fn a_changed_record_is_named() {
    let place = Place::filled(10);
    let file = place.files()[1].clone();
    edit_lines(&file, |lines| {
        lines[1] = lines[1].replace("granted", "refused");
    });
    assert_eq!(place.first_broken(), (file, 2));
}

#[test]
fn a_removed_an_added_and_a_moved_record_are_named() {
    type Edit = fn(&mut Vec<String>);
    let cases: [(Edit, u64); 3] = [
        (|lines| drop(lines.remove(1)), 2),
        (|lines| lines.insert(1, lines[0].clone()), 2),
        (|lines| lines.swap(0, 1), 1),
    ];
    for (edit, line) in cases {
        let place = Place::filled(10);
        let file = place.files()[1].clone();
        edit_lines(&file, edit);
        assert_eq!(place.first_broken(), (file, line));
    }
}

#[test]
fn a_file_missing_from_the_middle_is_named() {
    let place = Place::filled(15);
    let files = place.files();
    fs::remove_file(&files[1]).unwrap();
    assert_eq!(place.first_broken(), (files[2].clone(), 1));
}

#[test]
fn a_forged_log_does_not_pass_for_ours() {
    let (ours, forged) = (Place::filled(3), Place::filled(3));
    assert!(verify(&forged.dir(), &ours.public()).is_err());
}

#[test]
fn another_key_does_not_go_on_with_the_log() {
    let (place, other) = (Place::filled(3), Place::new());
    let error = AuditLog::open(&place.dir(), other.key()).unwrap_err();
    assert!(
        matches!(error, TelemetryError::AuditKeyMismatch { .. }),
        "{error}"
    );
    // Nor if somebody takes the public key away.
    fs::remove_file(place.dir().join("audit.pub")).unwrap();
    let error = AuditLog::open(&place.dir(), other.key()).unwrap_err();
    assert!(
        matches!(error, TelemetryError::AuditBroken { .. }),
        "{error}"
    );
}

#[test]
fn one_process_writes_at_a_time() {
    let place = Place::new();
    let _log = place.open();
    let error = AuditLog::open(&place.dir(), place.key()).unwrap_err();
    assert!(
        matches!(error, TelemetryError::AuditInUse { .. }),
        "{error}"
    );
}

#[test]
fn a_torn_tail_is_set_aside_and_recorded() {
    for torn in [&b"{\"v\":1,\"seq\":11,\"at\":\"20"[..], b"\0\0\0\0\0\0\n"] {
        let place = Place::filled(10);
        let newest = place.files().pop().unwrap();
        let mut file = fs::OpenOptions::new().append(true).open(&newest).unwrap();
        file.write_all(torn).unwrap();
        drop(file);

        let mut log = place.open();
        log.append(&decision(10)).unwrap();
        let summary = verify(&place.dir(), &place.public()).unwrap();
        assert_eq!(summary.last_sequence, 12);
        let log = fs::read_to_string(&newest).unwrap();
        let said = format!(r#"{{"event":"torn_tail","bytes":{}"#, torn.len());
        assert!(log.contains(&said), "{log}");
        let aside = fs::read(newest.with_extension("jsonl.torn")).unwrap();
        assert_eq!(aside, torn);
    }
}

#[test]
fn a_tail_torn_in_a_new_file_links_to_the_one_before() {
    let place = Place::filled(10);
    let fresh = place.dir().join("audit-000000000011.jsonl");
    fs::write(&fresh, "{\"v\":1,").unwrap();
    place.open().append(&decision(10)).unwrap();
    let summary = verify(&place.dir(), &place.public()).unwrap();
    assert_eq!((summary.records, summary.half_written), (12, 0));
}

#[test]
fn a_record_in_the_making_is_not_an_error() {
    let place = Place::filled(3);
    let newest = place.files().pop().unwrap();
    let mut file = fs::OpenOptions::new().append(true).open(newest).unwrap();
    file.write_all(b"{\"v\":1").unwrap();
    let summary = verify(&place.dir(), &place.public()).unwrap();
    assert_eq!((summary.records, summary.half_written), (3, 6));
}

const CHILD: &str = "OSTIARY_TEST_AUDIT_CHILD";

/// Not a test of its own: what the next one starts and kills.
#[test]
fn child_appends_until_killed() {
    let Some(root) = std::env::var_os(CHILD) else {
        return;
    };
    let root = PathBuf::from(root);
    let key = AuditKey::load_or_create(&root.join("audit.key")).unwrap();
    let mut log = AuditLog::open(&root.join("audit"), key)
        .unwrap()
        .with_file_limit(16 * 800);
    let mut out = std::io::stdout();
    for number in 0..200 {
        log.append(&decision(number)).unwrap();
        writeln!(out, "acknowledged {}", log.last_sequence()).unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn kill_9_loses_nothing_acknowledged() {
    let place = Place::new();
    let mut acknowledged = 0;
    for round in 0..15 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_appends_until_killed", "--nocapture"])
            .env(CHILD, place.root.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map(|line| line.unwrap())
            .filter_map(|line| line.strip_prefix("acknowledged ")?.parse::<u64>().ok());
        let awaited = lines.by_ref().nth(round * 3).expect("the child appends");
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged = lines.last().unwrap_or(awaited);

        let log = place.open();
        assert!(log.last_sequence() >= acknowledged, "round {round}");
        let summary = verify(&place.dir(), &place.public()).unwrap();
        assert_eq!(summary.last_sequence, log.last_sequence());
    }
    assert!(acknowledged > 15 * 3);
}
