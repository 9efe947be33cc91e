//! The file of messages that wait for the broker, as a power cut may leave it.
#![no_main]

use std::num::NonZeroU32;

use libfuzzer_sys::fuzz_target;
use ostiary::telemetry::{EntryId, Outbox};
use ostiary_fuzz::empty_folder;

fuzz_target!(|bytes: &[u8]| {
    let path = empty_folder("outbox").join("outbox.db");
    std::fs::write(&path, bytes).unwrap();
    let Ok(outbox) = Outbox::open(&path, NonZeroU32::MIN) else {
        return;
    };
    if let Ok(entries) = outbox.pending(EntryId::default(), 100) {
        assert!(entries.is_sorted_by_key(|entry| entry.id));
    }
});
