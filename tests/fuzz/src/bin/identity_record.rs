//! The record of an identity under its seal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::enrolment::unsealed::is_identity;

fuzz_target!(|bytes: &[u8]| {
    let _ = is_identity(bytes);
});
