//! A command from the broker.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::telemetry::parse_claim;
use ostiary_fuzz::assert_plain;

fuzz_target!(|payload: &[u8]| {
    if let Err(error) = parse_claim(payload) {
        assert_plain(&error.to_string());
    }
});
