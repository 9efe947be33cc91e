//! Raw pixels of a camera: width, height, then as many bytes as there are.
#![no_main]

use image::RgbImage;
use libfuzzer_sys::fuzz_target;
use ostiary::capture::pixels::{read_nv12, read_rgb24, read_yuyv};

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (width, height, bytes) = input;
    let mut picture = RgbImage::new(width.into(), height.into());
    for read in [read_yuyv, read_nv12, read_rgb24] {
        let _ = read(bytes, &mut picture);
    }
});
