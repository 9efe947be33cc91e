//! The record of an enrolled person under its seal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::enrolment::unsealed::is_enrolment;

fuzz_target!(|bytes: &[u8]| {
    let _ = is_enrolment(bytes);
});
