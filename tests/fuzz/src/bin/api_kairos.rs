//! Requests of the dialect kairos.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary_fuzz::api::{FORM, Request, server};

const fn post(path: &'static str, content_type: &'static str) -> Request {
    Request {
        method: "POST",
        path,
        content_type,
    }
}

const REQUESTS: [Request; 1] = [post("/v0.1/biometric-verification", FORM)];

fuzz_target!(|input: &[u8]| server().try_one(&REQUESTS, input));
