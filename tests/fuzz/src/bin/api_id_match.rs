//! Requests of the dialect id_match.
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

const REQUESTS: [Request; 1] = [post("/v1/id-face-match", JSON)];

fuzz_target!(|input: &[u8]| server().try_one(&REQUESTS, input));
