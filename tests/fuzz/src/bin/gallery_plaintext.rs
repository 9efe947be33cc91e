//! An exported gallery under its seal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::enrolment::unsealed::is_gallery;

fuzz_target!(|bytes: &[u8]| {
    let _ = is_gallery(bytes);
});
