//! The sessions and reports of the didit dialect.

use std::process::Command;

use ostiary::http::api::keys::{NewKey, Scope};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::contract;
use crate::photograph::video;
use crate::server::{TestServer, sample, told};

pub fn report() -> Value {
    let status = "=Approved|=Rejected|=In Review|=Not Finished";
    json!({
        "session_id": "uuid",
        "vendor_data": "text|null",
        "face": {
            "status": status,
            "face_match_status": status,
            "liveness_status": status,
            "face_match_similarity": "percent",
            "liveness_confidence": "percent",
            "source_image": "url|=",
            "target_image": "url|=",
            "video_url": "url|="
        }
    })
}

/// [`report`] with every file there.
fn complete_report() -> Value {
    let mut report = report();
    for file in ["source_image", "target_image", "video_url"] {
        report["face"][file] = json!("url");
    }
    report
}

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
    let opened = json!({
        "session_id": "uuid",
        "session_token": "32 hex",
        "url": "url",
        "status": "=Not Started",
        "workflow_id": "null",
        "vendor_data": "=visitor-17",
        "callback": "=https://app.example/done"
    });
    contract::hold(&session, &opened);
    let (id, token) = (
        field(&session, "session_id"),
        field(&session, "session_token"),
    );
    assert!(field(&session, "url").ends_with(token));

    let (status, report) = desk.decision(id, &desk.key).await;
    contract::hold(&report, &self::report());
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
    contract::hold(&taken.1, &json!({"session_id": "uuid", "detail": "text"}));
    let again = desk
        .send(id, "document", "document", sample("obama.jpg"))
        .await;
    assert_eq!(again.0, 409);
    let taken = desk.send(id, "live", "selfie", sample("obama2.jpg")).await;
    assert_eq!(taken.0, 200, "{}", taken.1);

    let (_, report) = desk.decision(id, &desk.key).await;
    contract::hold(&report, &self::report());
    let face = &report["face"];
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
async fn a_video_is_told_of_with_all_its_files() {
    let Some(uploaded) = video("webm", "910:1136", 3) else {
        return;
    };
    let desk = Desk::start();
    let (_, session) = desk.create(json!({})).await;
    let id = field(&session, "session_id");
    desk.send(id, "document", "document", sample("obama2.jpg"))
        .await;
    let taken = desk.send(id, "live", "video", uploaded).await;
    assert_eq!(taken.0, 200, "{}", taken.1);
    let (_, report) = desk.decision(id, &desk.key).await;
    contract::hold(&report, &complete_report());
    let face = &report["face"];
    assert_eq!(face["face_match_status"], "Approved", "{report}");
    // The video is of a still picture.
    assert_ne!(face["liveness_status"], "Approved", "{report}");
    let (kind, target) = desk.fetch(&face["target_image"]).await;
    assert_eq!(kind, "image/jpeg");
    assert!(image::load_from_memory(&target).unwrap().height() >= 720);
    let (kind, video) = desk.fetch(&face["video_url"]).await;
    assert_eq!(kind, "video/mp4");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), video).unwrap();
    let probed = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-show_entries",
            "format=duration:stream=codec_name",
        ])
        .args(["-of", "csv=p=0"])
        .arg(file.path())
        .output()
        .unwrap();
    let probed = String::from_utf8(probed.stdout).unwrap();
    let (codec, duration) = probed.trim().split_once('\n').unwrap();
    assert_eq!(codec, "h264");
    assert!(
        (1.0..=15.0).contains(&duration.parse().unwrap()),
        "{duration}"
    );
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
        contract::hold(&answer, &json!({"detail": "text"}));
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
