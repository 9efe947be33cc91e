//! A stream of JPEGs: cut into frames, and each decoded.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use ostiary::capture::{Camera, CaptureError, Replay, ReplayOptions};
use ostiary_fuzz::{HastyClock, file};

const OPTIONS: ReplayOptions = ReplayOptions {
    fps: 240.0,
    repeat: false,
    least_width: Some(16),
};

fuzz_target!(|bytes: &[u8]| {
    let path = file("recording.mjpeg", bytes);
    let Ok(mut replay) = Replay::open(&path, OPTIONS, Arc::new(HastyClock::default())) else {
        return;
    };
    // A frame takes four bytes at the least, and each call ends one.
    for _ in 0..=bytes.len() / 4 {
        if let Err(CaptureError::EndOfReplay(_)) = replay.next_frame() {
            return;
        }
    }
    // A file without a whole frame says so, however often it is asked.
    let end = replay.next_frame().map(drop);
    assert!(matches!(end, Err(CaptureError::Truncated(_))), "{end:?}");
});
