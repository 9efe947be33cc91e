//! Who is let through, and what is written down of it.

use std::num::NonZeroU32;
use std::process::Command;

use ostiary::http::api::keys::{NewKey, Scope};
use ostiary::telemetry::{AuditPublicKey, verify};
use serde_json::json;

use crate::server::{TestServer, told};

async fn decisions(server: &TestServer, bearer: &str) -> (u16, String, bool) {
    let request = server.client().get(server.url("/api/v1/decisions"));
    let answer = request.bearer_auth(bearer).send().await.unwrap();
    let has_retry_after = answer.headers().contains_key("retry-after");
    let (status, json) = told(answer).await;
    let code = json["error"]["code"].as_str().unwrap_or_default();
    (status, code.to_owned(), has_retry_after)
}

fn refusal(status: u16, code: &str, retry: bool) -> (u16, String, bool) {
    (status, code.to_owned(), retry)
}

#[tokio::test]
async fn only_a_key_with_the_scope_is_let_through() {
    let server = TestServer::start();
    let (admin, desk) = (
        server.key("admin", &[Scope::Admin]),
        server.key("desk", &[Scope::Verify]),
    );
    let answer = server.client().get(server.url("/api/v1/decisions"));
    assert_eq!(answer.send().await.unwrap().status(), 401);
    assert_eq!(decisions(&server, &admin.bearer()).await.0, 200);
    assert_eq!(
        decisions(&server, &desk.bearer()).await,
        refusal(403, "scope_missing", false)
    );
    let mixed = format!("{}.{}", admin.id.as_str(), *desk.secret);
    assert_eq!(
        decisions(&server, &mixed).await,
        refusal(401, "credentials_wrong", false)
    );
    server.state().api_keys().revoke("admin").unwrap();
    assert_eq!(
        decisions(&server, &admin.bearer()).await,
        refusal(401, "credentials_wrong", false)
    );
    let unknown = server.client().get(server.url("/api/v1/unknown"));
    assert_eq!(unknown.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn who_guesses_is_locked_out_and_others_are_not() {
    let server = TestServer::start();
    let (admin, other) = (
        server.key("admin", &[Scope::Admin]),
        server.key("other", &[Scope::Admin]),
    );
    let guess = format!("{}.guess", admin.id.as_str());
    for _ in 0..5 {
        assert_eq!(decisions(&server, &guess).await.1, "credentials_wrong");
    }
    let locked = refusal(429, "locked_out", true);
    assert_eq!(decisions(&server, &guess).await, locked);
    assert_eq!(decisions(&server, &admin.bearer()).await, locked);
    assert_eq!(decisions(&server, &other.bearer()).await.0, 200);
}

#[tokio::test]
async fn a_key_has_so_many_requests_a_minute() {
    let server = TestServer::start_with(|config| {
        config.api.requests_per_minute = NonZeroU32::new(3).unwrap();
    });
    let (admin, other) = (
        server.key("admin", &[Scope::Admin]),
        server.key("other", &[Scope::Admin]),
    );
    for _ in 0..3 {
        assert_eq!(decisions(&server, &admin.bearer()).await.0, 200);
    }
    assert_eq!(
        decisions(&server, &admin.bearer()).await,
        refusal(429, "too_many_requests", true)
    );
    assert_eq!(decisions(&server, &other.bearer()).await.0, 200);
}

#[tokio::test]
async fn every_call_is_in_the_signed_log_without_a_secret() {
    let server = TestServer::start();
    let admin: NewKey = server.key("admin", &[Scope::Admin]);
    decisions(&server, &admin.bearer()).await;
    decisions(&server, "x.hunter2").await;
    let unknown = server
        .client()
        .get(server.url("/api/v1/secret-path?q=hunter2"));
    unknown.send().await.unwrap();

    let folder = server.state().folder().join("api-audit");
    let public = AuditPublicKey::load(&folder.join("audit.pub")).unwrap();
    assert_eq!(verify(&folder, &public).unwrap().records, 3);
    let log = std::fs::read_to_string(folder.join("audit-000000000001.jsonl")).unwrap();
    assert!(!log.contains("hunter2") && !log.contains(&*admin.secret));
    assert!(!log.contains("secret-path"), "{log}");
    let entries: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["entry"].clone())
        .collect();
    assert_eq!(entries[0]["event"], "call");
    assert_eq!(entries[0]["caller"], "admin");
    assert_eq!(entries[0]["route"], "/api/v1/decisions");
    assert_eq!(entries[1]["outcome"], "credentials_wrong");
    assert_eq!(
        (&entries[2]["status"], &entries[2]["route"]),
        (&json!(404), &serde_json::Value::Null)
    );
}

#[tokio::test]
async fn tls_is_served_with_a_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ])
        .args(["-nodes", "-days", "1", "-subj", "/CN=localhost", "-out"])
        .arg(&certificate)
        .arg("-keyout")
        .arg(&key)
        .output();
    if !made.is_ok_and(|made| made.status.success()) {
        eprintln!("skipped: there is no openssl to make a certificate with");
        return;
    }
    let server = TestServer::start_with(|config| {
        config.api.tls_certificate = Some(certificate);
        config.api.tls_key = Some(key);
    });
    let url = format!("https://{}/api/v1/health", server.address());
    assert_eq!(server.client().get(url).send().await.unwrap().status(), 200);
    assert!(
        server
            .client()
            .get(server.url("/api/v1/health"))
            .send()
            .await
            .is_err()
    );
}
