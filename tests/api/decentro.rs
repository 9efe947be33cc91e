//! Passive liveness and the sessions of the decentro dialect.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ostiary::http::api::keys::{NewKey, Scope};
use reqwest::header::HeaderMap;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::contract;
use crate::photograph::{video, with_exif};
use crate::server::{TestServer, sample, told};

const V2: &str = "/v2/kyc/forensics/liveness/passive";
const V3: &str = "/v3/kyc/farsight/liveness/passive";
const VIDEO: &str = "/v2/kyc/forensics/video_liveness";
const ACTIVE: &str = "/v2/kyc/forensics/active_video_liveness";

/// The key where this dialect has it.
pub fn headers(key: &NewKey) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("client_id", key.id.as_str().parse().unwrap());
    headers.insert("client_secret", key.secret.as_str().parse().unwrap());
    headers.insert("module_secret", key.module_secret.as_str().parse().unwrap());
    headers
}

struct Desk {
    server: TestServer,
    headers: HeaderMap,
}

impl Desk {
    fn start() -> Self {
        let server = TestServer::start();
        let headers = headers(&server.key("desk", &[Scope::Verify]));
        Self { server, headers }
    }

    async fn json(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.server.client().post(self.server.url(path)).json(body);
        told(request.headers(self.headers.clone()).send().await.unwrap()).await
    }

    async fn form(&self, path: &str, form: Form) -> (u16, Value) {
        self.try_form(path, form).await.unwrap()
    }

    /// Nothing if the connection was closed before all was sent.
    async fn try_form(&self, path: &str, form: Form) -> Option<(u16, Value)> {
        let request = self.server.client().post(self.server.url(path));
        let request = request.multipart(form).headers(self.headers.clone());
        match request.send().await {
            Ok(answer) => Some(told(answer).await),
            Err(_) => None,
        }
    }
}

fn terms() -> Value {
    json!({"reference_id": "UNIQUE_ID_12345", "consent": true, "purpose": "Identity Verification"})
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

fn passive_image() -> Value {
    json!({
        "decentroTxnId": "32 hex",
        "status": "=SUCCESS",
        "responseCode": "=S00000",
        "message": "=Passive liveness check performed successfully",
        "data": {
            "status": "=SUCCESS",
            "live": "=yes|=no",
            "livenessScore": "percent text",
            "needToReview": "=yes|=no"
        },
        "responseKey": "=success_liveness_check"
    })
}

pub fn passive_video() -> Value {
    json!({
        "decentroTxnId": "32 hex",
        "status": "=SUCCESS",
        "responseCode": "=S00000",
        "message": "=Liveliness check performed successfully",
        "data": {"status": "=SUCCESS|=FAILURE", "confidence": "score text"},
        "responseKey": "=success_liveness_check"
    })
}

fn initiated() -> Value {
    json!({
        "decentroTxnId": "32 hex",
        "status": "=SUCCESS",
        "responseCode": "=S00000",
        "videoLivenessUrl": "url"
    })
}

/// The results of a session on a board that says where it is.
pub fn results() -> Value {
    json!({
        "decentroTxnId": "32 hex",
        "status": "=SUCCESS",
        "responseCode": "=S00000",
        "data": {
            "videoFaceMatchResults": [{
                "originalImage": "url",
                "results": {"matchScore": "percent", "covariance": "percent"},
                "finalMatchImage": "url|="
            }],
            "audioMatchResults": "null",
            "audioMatchReason": "text",
            "staticRisk": "=true|=false",
            "prerecordedRisk": "=true|=false",
            "liveliness": "=yes|=no",
            "geoLocation": {"latitude": "degrees text", "longitude": "degrees text"}
        }
    })
}

/// Every answer that the document has a sample of.
pub fn answers() -> Vec<Value> {
    vec![passive_image(), passive_video(), initiated(), results()]
}

/// Of a refusal.
fn key((status, answer): &(u16, Value)) -> (u16, &str) {
    let refusal = json!({
        "decentroTxnId": "32 hex",
        "status": "=FAILURE",
        "responseCode": "=E00009|=E00010|=E00026|=E00045",
        "message": "text",
        "responseKey": "text"
    });
    contract::hold(answer, &refusal);
    (*status, answer["responseKey"].as_str().unwrap())
}

#[tokio::test]
async fn an_image_is_tested_for_liveness_in_both_contracts() {
    let desk = Desk::start();
    let form = || {
        Form::new()
            .text("reference_id", "ManishGupta")
            .text("consent", "true")
            .text("purpose", "for bank verification only")
            .part("image", Part::bytes(sample("obama.jpg")).file_name("a.jpg"))
    };
    let skipping = form().text("skip_metadata_validation", "true");
    let by_form = desk.form(V2, skipping).await;
    let image = json!(STANDARD.encode(sample("obama.jpg")));
    let body = with(terms(), "image", image);
    let skipping = with(body.clone(), "skip_metadata_validation", json!(true));
    let by_json = desk.json(V3, &skipping).await;
    let photograph = json!(STANDARD.encode(with_exif(&sample("obama.jpg"))));
    let photographed = desk.json(V3, &with(terms(), "image", photograph)).await;
    for (status, answer) in [by_form, by_json, photographed] {
        assert_eq!(status, 200, "{answer}");
        contract::hold(&answer, &passive_image());
    }
    let expected = (400, "error_invalid_metadata");
    assert_eq!(key(&desk.json(V3, &body).await), expected);
    assert_eq!(key(&desk.form(V2, form()).await), expected);
}

#[tokio::test]
async fn what_is_wrong_with_an_image_is_told() {
    let desk = Desk::start();
    let body = |file: &[u8]| {
        let body = with(terms(), "image", json!(STANDARD.encode(file)));
        with(body, "skip_metadata_validation", json!(true))
    };
    let good = body(&sample("obama.jpg"));
    let cases = [
        (
            with(good.clone(), "consent", json!(false)),
            400,
            "error_consent_false",
        ),
        (
            with(good.clone(), "consent", json!("yes")),
            400,
            "error_invalid_consent_type",
        ),
        (
            with(good.clone(), "purpose", json!("")),
            400,
            "error_empty_purpose",
        ),
        (
            with(good.clone(), "reference_id", json!(null)),
            400,
            "error_empty_reference_id",
        ),
        (
            with(good.clone(), "image", json!("no base64")),
            400,
            "error_malformed_request",
        ),
        (
            with(good.clone(), "image", json!("")),
            400,
            "error_empty_file",
        ),
        (
            with(
                with(good.clone(), "image", json!("")),
                "consent",
                json!(false),
            ),
            400,
            "error_consent_false",
        ),
        (body(b"no picture"), 400, "error_invalid_file_format"),
        (
            body(&sample("astronaut.jpg")),
            400,
            "error_invalid_resolution",
        ),
    ];
    for (body, status, expected) in cases {
        assert_eq!(key(&desk.json(V3, &body).await), (status, expected));
    }
    let strangers = desk.server.client().post(desk.server.url(V3)).json(&good);
    let refused = told(strangers.send().await.unwrap()).await;
    assert_eq!(key(&refused), (401, "error_empty_module_secret"));
    let text = desk.server.client().post(desk.server.url(V2)).body("x");
    let refused = told(text.headers(desk.headers.clone()).send().await.unwrap()).await;
    assert_eq!(key(&refused), (415, "error_malformed_request"));
}

#[tokio::test]
async fn a_video_is_tested_for_liveness() {
    let Some(good) = video("mp4", "910:1136", 2) else {
        return;
    };
    let desk = Desk::start();
    let form = |file: Vec<u8>| {
        Form::new()
            .text("reference_id", "02a05f79-4d10-47d6-89a9-6e5b54160e3e")
            .text("consent", "true")
            .text("consent_purpose", "for bank account purpose only")
            .text("video_url", "")
            .part("video", Part::bytes(file).file_name("a.mp4"))
    };
    let (status, answer) = desk.form(VIDEO, form(good)).await;
    assert_eq!(status, 200, "{answer}");
    contract::hold(&answer, &passive_video());

    let small = video("mp4", "320:400", 1).unwrap();
    let long = video("mp4", "910:1136", 12).unwrap();
    let cases = [
        (b"no video".to_vec(), 400, "error_invalid_file_format"),
        (Vec::new(), 400, "error_empty_file"),
        (vec![0; 20_000_001], 413, "error_invalid_file_size"),
        (small, 400, "error_invalid_resolution"),
        (long, 400, "error_invalid_video_duration"),
    ];
    for (file, status, expected) in cases {
        match desk.try_form(VIDEO, form(file)).await {
            Some(answer) => assert_eq!(key(&answer), (status, expected)),
            None => assert_eq!(status, 413, "no answer"),
        }
    }
    let elsewhere = with(terms(), "video_url", json!("http://169.254.169.254/x.mp4"));
    let refused = desk.json(VIDEO, &elsewhere).await;
    assert_eq!(key(&refused), (400, "error_invalid_url"));
}

#[tokio::test]
async fn a_session_has_a_page_and_waits_for_its_person() {
    let desk = Desk::start();
    let initiate = format!("{ACTIVE}/initiate");
    let image = json!(STANDARD.encode(sample("obama.jpg")));
    let order = with(terms(), "face_image_base64s", json!([image]));
    let (status, opened) = desk.json(&initiate, &order).await;
    assert_eq!(status, 200, "{opened}");
    contract::hold(&opened, &initiated());
    let page = opened["videoLivenessUrl"].as_str().unwrap();
    let answer = desk.server.client().get(page).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
    assert!(
        !answer.text().await.unwrap().contains("http"),
        "loads from afar"
    );

    let results = format!("{ACTIVE}/{}", opened["decentroTxnId"].as_str().unwrap());
    let early = desk.json(&results, &terms()).await;
    assert_eq!(key(&early), (409, "error_session_not_completed"));
    let other = with(terms(), "reference_id", json!("another"));
    assert_eq!(
        key(&desk.json(&results, &other).await),
        (404, "error_session_not_found")
    );
    assert_eq!(
        key(&desk.json(&initiate, &order).await),
        (409, "error_duplicate_reference_id")
    );
    let fresh = |name: &str, value: Value| {
        let order = with(terms(), "reference_id", json!("new"));
        with(order, name, value)
    };
    let cases = [
        (
            fresh("face_image_base64s", json!(vec!["AAAA"; 5])),
            "error_invalid_image_count",
        ),
        (
            fresh("face_image_base64s", json!("AAAA")),
            "error_invalid_images",
        ),
        (
            fresh("face_image_urls", json!(["http://127.0.0.1/a.jpg"])),
            "error_invalid_url",
        ),
        (
            fresh("callback_url", json!("http://127.0.0.1/")),
            "error_invalid_url",
        ),
        (
            fresh("redirect_url", json!("javascript:alert(1)")),
            "error_invalid_url",
        ),
    ];
    for (order, expected) in cases {
        assert_eq!(key(&desk.json(&initiate, &order).await), (400, expected));
    }
}

#[tokio::test]
async fn a_page_takes_frames_only_while_it_asks_for_them() {
    let desk = Desk::start();
    let (_, opened) = desk.json(&format!("{ACTIVE}/initiate"), &terms()).await;
    let page = opened["videoLivenessUrl"].as_str().unwrap().to_owned();
    let post = |path: &str, body: Vec<u8>| {
        let request = desk.server.client().post(format!("{page}{path}"));
        async { told(request.body(body).send().await.unwrap()).await }
    };
    assert_eq!(post("/frame", b"early".to_vec()).await.0, 409);
    let (status, begun) = post("/start", Vec::new()).await;
    assert_eq!(
        (status, begun["instruction"].as_str()),
        (200, Some("look_here"))
    );
    assert_eq!(post("/start", Vec::new()).await.0, 409);
    assert_eq!(post("/frame", b"no picture".to_vec()).await.0, 400);
    assert_eq!(post("/frame", vec![0xFF; (1 << 20) + 1]).await.0, 400);
    assert_eq!(
        post("/frame", b"\xFF\xD8\xFF\xE0broken".to_vec()).await.0,
        400
    );
    assert_eq!(
        post("/place", b"{\"latitude\": 1e999}".to_vec()).await.0,
        400
    );
    let somewhere = b"{\"latitude\": 12.9, \"longitude\": 77.6}".to_vec();
    assert_eq!(post("/place", somewhere).await.0, 200);
    let unknown = desk
        .server
        .url("/verify-video/00000000000000000000000000000000");
    let answer = desk.server.client().get(unknown).send().await.unwrap();
    assert_eq!(answer.status(), 404);
}
