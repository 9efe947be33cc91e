//! A picture as base64 or a data URL.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::http::api::upload::base64_image;

const MOST: usize = 64;

fuzz_target!(|text: &str| {
    if let Ok(file) = base64_image("picture", text, MOST) {
        assert!(file.len() <= MOST);
    }
});
