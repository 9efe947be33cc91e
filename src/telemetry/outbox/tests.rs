use std::fs;

use proptest::prelude::*;
use time::UtcDateTime;

use super::*;
use crate::telemetry::{ComparisonKind, DecisionMessage, Version};

fn message(number: u32) -> QueuedMessage {
    QueuedMessage::Decision(DecisionMessage {
        v: Version,
        id: format!("{number:032x}"),
        device: "door".into(),
        decided_at: UtcDateTime::UNIX_EPOCH,
        verdict: "denied".into(),
        reason: "unknown".into(),
        subject: None,
        comparison: ComparisonKind::Identification,
        similarity: Some(0.1),
        cosine: Some(0.2),
        pad_score: None,
        quality: Some(80),
        frames: 3,
        latency_ms: 500,
        delayed: false,
    })
}

fn open(path: &Path, capacity: u32) -> Outbox {
    Outbox::open(path, NonZeroU32::new(capacity).unwrap()).unwrap()
}

fn numbers(outbox: &Outbox) -> Vec<u32> {
    let entries = outbox.pending(EntryId::default(), 1000).unwrap();
    entries
        .iter()
        .map(|entry| match &entry.message {
            QueuedMessage::Decision(message) => u32::from_str_radix(&message.id, 16).unwrap(),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn what_was_enqueued_survives_until_it_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox.db");
    let outbox = open(&path, 10);
    for number in 0..3 {
        outbox.enqueue(&message(number)).unwrap();
    }
    let first = outbox.pending(EntryId::default(), 1).unwrap().remove(0);
    assert_eq!(first.message, message(0));
    assert_eq!(outbox.pending(first.id, 10).unwrap().len(), 2);
    outbox.remove(&[first.id]).unwrap();
    drop(outbox);

    let outbox = open(&path, 10);
    assert_eq!(numbers(&outbox), [1, 2]);
    assert_eq!(outbox.len().unwrap(), 2);
}

#[test]
fn the_oldest_gives_way_and_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let outbox = open(&dir.path().join("outbox.db"), 2);
    for number in 0..5 {
        outbox.enqueue(&message(number)).unwrap();
    }
    assert_eq!(numbers(&outbox), [3, 4]);
    assert_eq!(outbox.dropped(), 3);
}

#[test]
fn nobody_else_may_read_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox.db");
    fs::write(&path, "").unwrap();
    let outbox = open(&path, 2);
    outbox.enqueue(&message(1)).unwrap();
    for file in fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.file_name());
    }
}

#[test]
fn a_file_that_is_no_database_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox.db");
    fs::write(
        &path,
        "no database, just some text of more than sixteen bytes",
    )
    .unwrap();
    let outbox = open(&path, 2);
    outbox.enqueue(&message(7)).unwrap();
    assert_eq!(numbers(&outbox), [7]);
    let kept = fs::read_dir(dir.path()).unwrap().any(|file| {
        let name = file.unwrap().file_name();
        name.to_string_lossy().starts_with("outbox.db.corrupt-")
    });
    assert!(kept);
}

#[test]
fn a_later_layout_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox.db");
    open(&path, 2)
        .run(|connection| connection.pragma_update(None, "user_version", 9))
        .unwrap();
    let error = Outbox::open(&path, NonZeroU32::MIN).unwrap_err();
    assert!(error.to_string().contains("has layout 9"), "{error}");
}

#[test]
fn a_full_disk_has_a_name_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let outbox = open(&dir.path().join("outbox.db"), 10_000);
    // SQLite reports its page limit as a full disk.
    outbox
        .run(|connection| connection.pragma_update(None, "max_page_count", 4))
        .unwrap();
    let error = (0..100).find_map(|number| outbox.enqueue(&message(number)).err());
    assert!(
        matches!(error, Some(TelemetryError::DiskFull { .. })),
        "{error:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_damage_to_the_file_makes_it_panic(at in 0_usize..8192, garbage in proptest::collection::vec(any::<u8>(), 1..600)) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("outbox.db");
        let outbox = open(&path, 50);
        for number in 0..10 {
            outbox.enqueue(&message(number)).unwrap();
        }
        drop(outbox);
        let mut bytes = fs::read(&path).unwrap();
        let at = at.min(bytes.len().saturating_sub(1));
        let end = (at + garbage.len()).min(bytes.len());
        bytes[at..end].copy_from_slice(&garbage[..end - at]);
        fs::write(&path, bytes).unwrap();

        if let Ok(outbox) = Outbox::open(&path, NonZeroU32::new(50).unwrap()) {
            let _ = outbox.pending(EntryId::default(), 100);
            let _ = outbox.enqueue(&message(11));
        }
    }
}
