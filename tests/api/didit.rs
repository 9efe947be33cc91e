//! The sessions and reports of the didit dialect.

use ostiary::http::api::keys::{NewKey, Scope};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::server::{TestServer, sample, told};

struct Desk {
    server: TestServer,
    key: NewKey,
}

impl Desk {
    fn start() -> Self {
        let server = TestServer::start();
        let key = server.key("desk", &[Scope::Verify]);
        Self { server, key }
    }

    async fn create(&self, body: Value) -> (u16, Value) {
        let request = self.server.client().post(self.server.url("/v2/session/"));
        let request = request.header("x-api-key", self.key.bearer().as_str());
        told(request.json(&body).send().await.unwrap()).await
    }

    async fn send(&self, id: &str, step: &str, field: &'static str, file: Vec<u8>) -> (u16, Value) {
        let url = self.server.url(&format!("/v2/session/{id}/{step}/"));
        let form = Form::new().part(field, Part::bytes(file).file_name("file"));
        let request = self.server.client().post(url).multipart(form);
        let request = request.header("x-api-key", self.key.bearer().as_str());
        told(request.send().await.unwrap()).await
    }

    async fn decision(&self, id: &str, key: &NewKey) -> (u16, Value) {
        let url = self.server.url(&format!("/v2/session/{id}/decision/"));
        let request = self.server.client().get(url);
        told(
            request
                .header("x-api-key", key.bearer().as_str())
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// Content type and content of a temporary file.
    async fn fetch(&self, url: &Value) -> (String, Vec<u8>) {
        let request = self.server.client().get(url.as_str().unwrap());
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let kind = answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        (kind, answer.bytes().await.unwrap().to_vec())
    }
}

fn field<'a>(told: &'a Value, name: &str) -> &'a str {
    told[name].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_document_and_a_selfie_become_a_report() {
    let desk = Desk::start();
    let body = json!({"vendor_data": "visitor-17", "callback": "https://app.example/done"});
    let (status, session) = desk.create(body).await;
    assert_eq!(status, 201, "{session}");
    assert_eq!(field(&session, "status"), "Not Started");
    assert_eq!(field(&session, "vendor_data"), "visitor-17");
    let (id, token) = (
        field(&session, "session_id"),
        field(&session, "session_token"),
    );
    assert_eq!(token.len(), 32);
    assert!(field(&session, "url").ends_with(token));

    let (status, report) = desk.decision(id, &desk.key).await;
    let face = &report["face"];
    assert_eq!(
        (status, face["status"].as_str()),
        (200, Some("Not Finished"))
    );
    assert_eq!(face["face_match_similarity"], 0.0);

    let early = desk.send(id, "live", "selfie", sample("obama2.jpg")).await;
    assert_eq!(early.0, 409, "the document comes first");
    let taken = desk
        .send(id, "document", "document", sample("obama.jpg"))
        .await;
    assert_eq!(taken.0, 200, "{}", taken.1);
    let again = desk
        .send(id, "document", "document", sample("obama.jpg"))
        .await;
    assert_eq!(again.0, 409);
    let taken = desk.send(id, "live", "selfie", sample("obama2.jpg")).await;
    assert_eq!(taken.0, 200, "{}", taken.1);

    let (_, report) = desk.decision(id, &desk.key).await;
    let face = report["face"].as_object().unwrap();
    assert_eq!(face.len(), 8);
    for name in ["status", "face_match_status", "liveness_status"] {
        let words = ["Approved", "Rejected", "In Review"];
        assert!(words.contains(&face[name].as_str().unwrap()), "{name}");
    }
    for name in ["face_match_similarity", "liveness_confidence"] {
        assert!(
            (0.0..=100.0).contains(&face[name].as_f64().unwrap()),
            "{name}"
        );
    }
    assert_eq!(face["face_match_status"], "Approved");
    let (kind, portrait) = desk.fetch(&face["source_image"]).await;
    let portrait = image::load_from_memory(&portrait).unwrap();
    assert_eq!(kind, "image/jpeg");
    assert!(portrait.width() <= 1920 && portrait.height() <= 1080);
    let (kind, target) = desk.fetch(&face["target_image"]).await;
    assert_eq!(
        (kind.as_str(), target),
        ("image/jpeg", sample("obama2.jpg"))
    );
    assert_eq!(face["video_url"], "");

    let stranger = desk.server.key("stranger", &[Scope::Verify]);
    assert_eq!(desk.decision(id, &stranger).await.0, 404);
}

#[tokio::test]
async fn another_person_is_rejected() {
    let desk = Desk::start();
    let (_, session) = desk.create(json!({})).await;
    let id = field(&session, "session_id");
    desk.send(id, "document", "document", sample("biden.jpg"))
        .await;
    desk.send(id, "live", "selfie", sample("obama2.jpg")).await;
    let (_, report) = desk.decision(id, &desk.key).await;
    assert_eq!(report["face"]["face_match_status"], "Rejected");
    assert_eq!(report["face"]["status"], "Rejected");
}

#[tokio::test]
async fn what_is_wrong_is_told() {
    let desk = Desk::start();
    let (_, session) = desk.create(json!({})).await;
    let id = field(&session, "session_id");
    let cases = [
        ("document", "other", sample("obama.jpg"), 400),
        ("document", "document", b"no picture".to_vec(), 400),
        ("document", "document", Vec::new(), 400),
        ("document", "document", vec![0; (10 << 20) + 1], 413),
        ("live", "selfie", sample("obama.jpg"), 409),
    ];
    for (step, name, file, expected) in cases {
        let (status, answer) = desk.send(id, step, name, file).await;
        assert_eq!(status, expected, "{step} {name}: {answer}");
        assert!(!field(&answer, "detail").is_empty());
    }
    for callback in ["javascript:alert(1)", "file:///etc/passwd", "x"] {
        assert_eq!(desk.create(json!({"callback": callback})).await.0, 400);
    }
    for unknown in ["x", "..%2F..", "00000000-0000-0000-0000-000000000000"] {
        assert_eq!(desk.decision(unknown, &desk.key).await.0, 404, "{unknown}");
    }
    let request = desk.server.client().post(desk.server.url("/v2/session/"));
    assert_eq!(request.json(&json!({})).send().await.unwrap().status(), 401);
}
