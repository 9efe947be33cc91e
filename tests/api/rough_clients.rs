//! Clients that are slow, that go away, and that come in crowds.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ostiary::http::api::keys::Scope;
use reqwest::Request;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::bad_input::blank;
use crate::bad_input_of_dialects::{Expected, start};
use crate::desks::Desk;
use crate::server::{TestServer, VERIFY, sample, told, works};

const SLOW: Expected = [
    (408, "INVALID_REQUEST"),
    (408, "RequestTimeout"),
    (408, ""),
    (408, "error_malformed_request"),
    (408, "error_malformed_request"),
    (408, "REQUEST_TIMEOUT"),
];
const BUSY: Expected = [
    (429, "BUSY"),
    (429, "TooManyRequests"),
    (429, ""),
    (429, "error_provider_error"),
    (429, "error_provider_error"),
    (429, "TOO_MANY_REQUESTS"),
];

#[tokio::test]
async fn slow_uploads_end_and_dropped_ones_leave_nothing_behind() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    let head = |length: usize| {
        format!(
            "POST {VERIFY} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{{",
            *key.bearer()
        )
    };
    let mut slow = TcpStream::connect(server.address()).await.unwrap();
    slow.write_all(head(1000).as_bytes()).await.unwrap();
    let mut sluggish = TcpStream::connect(server.address()).await.unwrap();
    sluggish.write_all(b"POST /api/v1/verify HT").await.unwrap();
    // More than there are places, so that one that is never freed would be missed.
    for _ in 0..30 {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(head(1000).as_bytes()).await.unwrap();
    }
    // The dropped ones may hold their places for a moment.
    for _ in 0..50 {
        if works(&server, &key).await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut answer = String::new();
    let read = slow.read_to_string(&mut answer);
    tokio::time::timeout(Duration::from_secs(120), read)
        .await
        .expect("the upload never ends")
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    let mut nothing = Vec::new();
    let read = sluggish.read_to_end(&mut nothing);
    tokio::time::timeout(Duration::from_secs(120), read)
        .await
        .expect("the headers never end")
        .ok();
    assert!(works(&server, &key).await);
}

#[tokio::test]
async fn two_hundred_at_once_are_answered_or_told_to_come_back() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    let body = json!({
        "probe": STANDARD.encode(sample("obama.jpg")), "reference": STANDARD.encode(sample("biden.jpg")),
        "liveness": false,
    });
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..200 {
        calls.spawn(server.post(VERIFY, &key).json(&body).send());
    }
    let (mut answered, mut told_to_come_back) = (0, 0);
    while let Some(answer) = calls.join_next().await {
        // A connection may also be reset while its body is still on the way.
        let Ok(answer) = answer.unwrap() else {
            told_to_come_back += 1;
            continue;
        };
        match answer.status().as_u16() {
            200 => answered += 1,
            429 => {
                assert!(answer.headers().contains_key("retry-after"));
                told_to_come_back += 1;
            }
            other => panic!("{other}: {}", answer.text().await.unwrap()),
        }
    }
    assert!(
        answered > 0 && told_to_come_back > 0,
        "{answered} {told_to_come_back}"
    );
    assert!(works(&server, &key).await);
}

/// The beginning of a request that is never finished.
async fn begin(server: &TestServer, desk: Desk, request: &Request) -> TcpStream {
    let content_type = if desk.takes_json() {
        "application/json"
    } else {
        "multipart/form-data; boundary=x"
    };
    let mut head = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\ncontent-type: {content_type}\r\ncontent-length: 1000\r\n",
        request.url().path()
    );
    for (name, value) in request.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    head += "\r\n";
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn slow_and_dropped_uploads_end_in_every_dialect() {
    let (server, key) = start();
    // The first calls of a key cost an Argon2 hash each.
    assert!(works(&server, &key).await);
    let mut requests = Vec::new();
    for desk in Desk::ALL {
        let request = desk.request(&server, &key).await;
        requests.push((desk, request.build().unwrap()));
    }
    let mut slow = Vec::new();
    for (desk, request) in &requests {
        slow.push(begin(&server, *desk, request).await);
    }
    // More than there are places, so that one that is never freed would be missed.
    for (desk, request) in requests.iter().cycle().take(30) {
        drop(begin(&server, *desk, request).await);
    }
    for ((mut stream, desk), expected) in slow.into_iter().zip(Desk::ALL).zip(SLOW) {
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        tokio::time::timeout(Duration::from_secs(120), read)
            .await
            .expect("the upload never ends")
            .unwrap();
        let (status, code) = expected;
        let is_told = answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(code);
        assert!(is_told, "{desk:?}: {answer}");
    }
    assert!(works(&server, &key).await);
}

#[tokio::test]
async fn two_hundred_at_once_are_told_to_come_back_by_every_dialect() {
    let (server, key) = start();
    // What is looked at in vain is looked at quickly.
    let nobody = blank();
    for (desk, expected) in Desk::ALL.into_iter().zip(BUSY) {
        let request = desk.request(&server, &key).await;
        let mut calls = JoinSet::new();
        for _ in 0..200 {
            let request = request.try_clone().unwrap();
            calls.spawn(desk.with_picture(nobody.clone()).with(request).send());
        }
        let mut told_to_come_back = 0;
        while let Some(answer) = calls.join_next().await {
            // A connection may also be reset while its body is still on the way.
            let Ok(answer) = answer.unwrap() else {
                continue;
            };
            let may_come_back = answer.headers().contains_key("retry-after");
            let (status, answer) = told(answer).await;
            if status == expected.0 {
                assert_eq!(desk.code(&answer), expected.1);
                assert!(may_come_back, "{desk:?}");
                told_to_come_back += 1;
            } else {
                assert!(status < 500, "{desk:?}: {status} {answer}");
            }
        }
        assert!(told_to_come_back > 0, "{desk:?}");
    }
    assert!(works(&server, &key).await);
}
