//! Bytes to the port of the local API: heads, routes, credentials, tokens.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use ostiary_fuzz::api::{server, talk};

/// A request that never ends is not waited for.
const PATIENCE: Duration = Duration::from_millis(20);

fuzz_target!(|bytes: &[u8]| {
    let answer = talk(server().address(), bytes, PATIENCE);
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."));
});
