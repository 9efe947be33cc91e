//! The files of keys: those of the API's callers, a store's, and the public one of an audit log.
#![no_main]

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;

use libfuzzer_sys::fuzz_target;
use ostiary::enrolment::StoreKey;
use ostiary::http::api::keys::KeyFile;
use ostiary::telemetry::{AuditPublicKey, Secret};
use ostiary_fuzz::{file, folder};

fuzz_target!(|bytes: &[u8]| {
    let path = file("key", bytes);
    set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let _ = KeyFile::new(path.clone()).list();
    let _ = StoreKey::load(&path, folder());
    let _ = AuditPublicKey::load(&path);
    let _ = Secret::load(&path);
});
