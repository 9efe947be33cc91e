//! Bytes to the port of the local API: heads, routes, credentials, tokens.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary_fuzz::api::{server, talk};

fuzz_target!(|bytes: &[u8]| {
    let answer = talk(server().address(), bytes);
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."));
});
