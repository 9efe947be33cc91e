//! A picture of any kind, as files and uploads have it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::capture::{MAX_PIXELS, decode};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(picture) = decode(bytes, "still") {
        let (width, height) = picture.dimensions();
        assert!(u64::from(width) * u64::from(height) <= MAX_PIXELS);
    }
});
