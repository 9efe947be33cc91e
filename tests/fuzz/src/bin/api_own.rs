//! Requests of our own dialect.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary_fuzz::api::{FORM, JSON, Request, server};

const fn post(path: &'static str, content_type: &'static str) -> Request {
    Request {
        method: "POST",
        path,
        content_type,
    }
}

const REQUESTS: [Request; 10] = [
    post("/api/v1/verify", JSON),
    post("/api/v1/verify", FORM),
    post("/api/v1/identify", JSON),
    post("/api/v1/identify", FORM),
    post("/api/v1/gallery", JSON),
    post("/api/v1/gallery", FORM),
    post("/api/v1/sessions", JSON),
    post("/api/v1/sessions", FORM),
    post("/api/v1/door/enrolments", JSON),
    post("/api/v1/health", JSON),
];

fuzz_target!(|input: &[u8]| server().try_one(&REQUESTS, input));
