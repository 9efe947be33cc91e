//! The file of an exported gallery. One of the right length is left alone: its passphrase takes half a second.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::domain::ModelId;
use ostiary::enrolment::{Store, StoreKey};
use ostiary_fuzz::{file, folder};

/// Up to the length of what is sealed, and with it.
const HEADER: usize = 64;

fuzz_target!(|bytes: &[u8]| {
    let announced = bytes
        .get(HEADER - 8..HEADER)
        .and_then(|length| length.try_into().ok());
    if announced.map(u64::from_le_bytes) == Some(bytes.len().saturating_sub(HEADER) as u64) {
        return;
    }
    let key = StoreKey::load_or_create(&folder().join("store.key"), folder()).unwrap();
    let mut store = Store::open(folder(), &key, &ModelId::new("m")).unwrap();
    assert!(
        store
            .import(&file("gallery", bytes), "a passphrase")
            .is_err()
    );
});
