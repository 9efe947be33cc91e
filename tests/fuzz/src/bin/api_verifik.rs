//! Requests of the dialect verifik.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary_fuzz::api::{JSON, Request, server};

const fn post(path: &'static str, content_type: &'static str) -> Request {
    Request {
        method: "POST",
        path,
        content_type,
    }
}

const REQUESTS: [Request; 1] = [post("/v2/face-recognition/compare-with-liveness", JSON)];

fuzz_target!(|input: &[u8]| server().try_one(&REQUESTS, input));
