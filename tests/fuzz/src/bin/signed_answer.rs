//! A signed answer that somebody shows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::http::api::verifik::signature::verify;
use serde_json as json;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(answer) = json::from_slice::<json::Value>(bytes) {
        assert!(verify(&answer, &[0x58; 32]).is_err());
    }
});
