//! Requests of the dialect didit: to open a session, and its document and live picture.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary_fuzz::api::{FORM, JSON, Request, server};

const CREATE: Request = Request {
    method: "POST",
    path: "/v2/session/",
    content_type: JSON,
};

fuzz_target!(|input: &[u8]| {
    let Some((&choice, body)) = input.split_first() else {
        return;
    };
    let server = server();
    if choice == b'0' {
        return server.try_one(&[CREATE], input);
    }
    let (_, created) = server.send(&CREATE, b"{}");
    let created = String::from_utf8_lossy(&created).into_owned();
    let id = created
        .split("\"session_id\":\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let Some(id) = id else {
        // There are too many sessions already, until the server finds that they have ended.
        return;
    };
    let kind = if choice == b'1' { "live" } else { "document" };
    let path = format!("/v2/session/{id}/{kind}/");
    let (status, answer) = server.send_to("POST", &path, FORM, body);
    assert!(status != 500, "{}", String::from_utf8_lossy(&answer));
});
