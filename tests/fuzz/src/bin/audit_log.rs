//! A signed log that somebody wrote over: three records, then where and with what.
#![no_main]

use std::fs;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use ostiary::telemetry::{AuditEntry, AuditKey, AuditLog, verify};
use ostiary_fuzz::{empty_folder, folder};

const ENTRY: AuditEntry<'static> = AuditEntry::TornTail {
    bytes: 9,
    moved_to: "x",
};

fn key() -> AuditKey {
    AuditKey::load_or_create(&folder().join("audit.key")).unwrap()
}

/// The log's one file after three records.
fn write(dir: &Path) -> Vec<u8> {
    let mut log = AuditLog::open(dir, key()).unwrap();
    for _ in 0..3 {
        log.append(ENTRY).unwrap();
    }
    fs::read(dir.join("audit-000000000001.jsonl")).unwrap()
}

fuzz_target!(|input: (u16, u16, &[u8])| {
    let (at, removed, bytes) = input;
    let dir = empty_folder("audit");
    let sound = write(&dir);
    let at = usize::from(at) % (sound.len() + 1);
    let end = sound.len().min(at + usize::from(removed));
    let changed = [&sound[..at], bytes, &sound[end..]].concat();
    fs::write(dir.join("audit-000000000001.jsonl"), &changed).unwrap();

    let public = key().public();
    if let Ok(summary) = verify(&dir, &public) {
        // What counts is as it was written, whatever was put behind it.
        let counted = changed.len() - summary.half_written as usize;
        assert!(sound.starts_with(&changed[..counted]));
    }
    if let Ok(mut log) = AuditLog::open(&dir, key()) {
        // It goes on behind a last record that is its own; what was before it is for `verify` to tell.
        log.append(ENTRY).unwrap();
    }
});
