//! Bytes to the port of the preview page.
#![no_main]

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use ostiary::http::preview::Preview;
use ostiary_fuzz::api::talk;

/// The pictures and events of a page have no end.
const PATIENCE: Duration = Duration::from_millis(20);

fuzz_target!(|bytes: &[u8]| {
    static PREVIEW: OnceLock<Preview> = OnceLock::new();
    let preview =
        PREVIEW.get_or_init(|| Preview::start(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap());
    let answer = talk(preview.address(), bytes, PATIENCE);
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."));
});
