//! Clients that are slow, that go away, and that come in crowds.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ostiary::http::api::keys::Scope;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::{TestServer, VERIFY, sample, works};

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
