//! Raw pixels of a camera: width, height, then as many bytes as there are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::capture::pixels::{rgb_from_nv12, rgb_from_rgb24, rgb_from_yuyv};

fuzz_target!(|input: (u32, u32, &[u8])| {
    let (width, height, bytes) = input;
    // As a camera's driver would say, and what it might get wrong.
    for (width, height) in [(width, height), (width % 64, height % 64)] {
        for convert in [rgb_from_yuyv, rgb_from_nv12, rgb_from_rgb24] {
            if let Some(picture) = convert(bytes, width, height) {
                assert_eq!(picture.dimensions(), (width, height));
            }
        }
    }
});
