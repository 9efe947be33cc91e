//! Requests of the dialect decentro.
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

const REQUESTS: [Request; 6] = [
    post("/v2/kyc/forensics/liveness/passive", JSON),
    post("/v2/kyc/forensics/liveness/passive", FORM),
    post("/v2/kyc/forensics/video_liveness", JSON),
    post("/v2/kyc/forensics/video_liveness", FORM),
    post("/v2/kyc/forensics/active_video_liveness/initiate", JSON),
    post("/v2/kyc/forensics/active_video_liveness/0", JSON),
];

fuzz_target!(|input: &[u8]| server().try_one(&REQUESTS, input));
