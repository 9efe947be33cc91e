//! What a session's page sends: its token, a start, a frame, a place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary_fuzz::api::{JSON, Request, server};

const OPEN: Request = Request {
    method: "POST",
    path: "/api/v1/sessions",
    content_type: JSON,
};

fuzz_target!(|input: &[u8]| {
    let Some((&choice, body)) = input.split_first() else {
        return;
    };
    let server = server();
    let (_, opened) = server.send(&OPEN, b"{}");
    let opened = String::from_utf8_lossy(&opened).into_owned();
    let token = opened
        .split("/verify-video/")
        .nth(1)
        .and_then(|rest| rest.get(..32));
    let Some(token) = token else {
        return;
    };
    let page = format!("/verify-video/{token}");
    for (method, path, body) in [
        ("POST", format!("{page}/start"), &b""[..]),
        (
            "POST",
            format!("{page}/place"),
            if choice % 2 == 0 { body } else { b"{}" },
        ),
        (
            "POST",
            format!("{page}/frame"),
            if choice % 2 == 1 {
                body
            } else {
                b"\xFF\xD8\xFF"
            },
        ),
        ("GET", format!("{page}/state"), b""),
    ] {
        let (status, answer) = server.send_to(method, &path, JSON, body);
        assert!(status != 500, "{}", String::from_utf8_lossy(&answer));
    }
});
