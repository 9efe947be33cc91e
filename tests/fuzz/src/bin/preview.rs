//! Bytes to the port of the preview page.
#![no_main]

use std::net::SocketAddr;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use ostiary::http::preview::Preview;
use ostiary_fuzz::api::talk;

fuzz_target!(|bytes: &[u8]| {
    // Those two never end.
    let has = |path: &[u8]| bytes.windows(path.len()).any(|at| at == path);
    if has(b"/events") || has(b"/camera.mjpeg") {
        return;
    }
    static PREVIEW: OnceLock<Preview> = OnceLock::new();
    let preview =
        PREVIEW.get_or_init(|| Preview::start(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap());
    let answer = talk(preview.address(), bytes);
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."));
});
