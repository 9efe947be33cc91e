//! Pictures and videos that the board fetches, from a host that it may ask.

use axum::Router;
use axum::routing::get;
use ostiary::http::api::keys::{NewKey, Scope};
use serde_json::{Value, json};

use crate::contract;
use crate::decentro;
use crate::photograph::video;
use crate::server::{TestServer, sample, told};

/// Serves the files on loopback for as long as the test runs; its address and port.
async fn host(files: Vec<(&'static str, Vec<u8>)>) -> String {
    let routes = files
        .into_iter()
        .fold(Router::new(), |routes, (path, content)| {
            routes.route(path, get(move || async move { content }))
        });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

async fn post(server: &TestServer, key: &NewKey, path: &str, body: &Value) -> (u16, Value) {
    let request = server.client().post(server.url(path)).json(body);
    let request = request.headers(decentro::headers(key));
    told(request.send().await.unwrap()).await
}

#[tokio::test]
async fn faces_and_videos_come_by_url_from_allowed_hosts_alone() {
    let host = host(vec![
        ("/face.jpg", sample("obama.jpg")),
        (
            "/video.webm",
            video("webm", "910:1136", 2).unwrap_or_default(),
        ),
        ("/large.webm", vec![0; 20_000_001]),
    ])
    .await;
    let server = TestServer::start_with(|config| config.api.allowed_hosts.push(host.clone()));
    let key = server.key("desk", &[Scope::Verify]);
    let terms = |reference: &str| json!({"reference_id": reference, "consent": true, "purpose": "Identity Verification"});
    let with = |mut body: Value, name: &str, value: Value| {
        body[name] = value;
        body
    };
    let initiate = "/v2/kyc/forensics/active_video_liveness/initiate";
    let faces = |port_and_path: &str| json!([format!("http://{port_and_path}")]);
    let good = with(
        terms("a"),
        "face_image_urls",
        faces(&format!("{host}/face.jpg")),
    );
    let (status, opened) = post(&server, &key, initiate, &good).await;
    assert_eq!(status, 200, "{opened}");
    for (reference, address) in [
        ("b", format!("{host}/nothing.jpg")),
        ("c", "127.0.0.1:1/face.jpg".to_owned()),
        ("d", format!("{host}@169.254.169.254/face.jpg")),
    ] {
        let order = with(terms(reference), "face_image_urls", faces(&address));
        let (status, refused) = post(&server, &key, initiate, &order).await;
        let found = (status, &refused["responseKey"]);
        assert_eq!(found, (400, &json!("error_invalid_url")), "{address}");
    }

    let path = "/v2/kyc/forensics/video_liveness";
    let sent = |file: &str| {
        with(
            terms("e"),
            "video_url",
            json!(format!("http://{host}/{file}")),
        )
    };
    let (status, refused) = post(&server, &key, path, &sent("large.webm")).await;
    assert_eq!(
        (status, &refused["status"]),
        (400, &json!("FAILURE")),
        "{refused}"
    );
    if video("webm", "910:1136", 1).is_some() {
        let (status, answer) = post(&server, &key, path, &sent("video.webm")).await;
        assert_eq!(status, 200, "{answer}");
        contract::hold(&answer, &decentro::passive_video());
    }
}
