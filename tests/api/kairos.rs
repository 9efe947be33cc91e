//! The `kairos` dialect, by its document.

use std::io::Cursor;
use std::num::NonZeroU32;

use image::imageops::{self, FilterType};
use image::{ImageFormat, RgbImage};
use ostiary::http::api::keys::{NewKey, Scope};
use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::contract;
use crate::server::{TestServer, sample, told};

const PATH: &str = "/v0.1/biometric-verification";

fn form(fields: &[(&'static str, &[u8])]) -> Form {
    fields.iter().fold(Form::new(), |form, (name, content)| {
        form.part(*name, Part::bytes(content.to_vec()).file_name("file"))
    })
}

fn post(server: &TestServer, key: &NewKey) -> RequestBuilder {
    let request = server.client().post(server.url(PATH));
    request
        .header("app_id", key.id.as_str())
        .header("app_key", key.secret.as_str())
}

async fn verify(
    server: &TestServer,
    key: &NewKey,
    fields: &[(&'static str, &[u8])],
) -> (u16, Value) {
    let request = post(server, key).multipart(form(fields));
    told(request.send().await.unwrap()).await
}

/// Two pictures side by side, at the first one's height.
fn beside(left: &[u8], right: &[u8]) -> Vec<u8> {
    let [left, right] = [left, right].map(|file| image::load_from_memory(file).unwrap().to_rgb8());
    let width = right.width() * left.height() / right.height();
    let right = imageops::resize(&right, width, left.height(), FilterType::Triangle);
    let mut both = RgbImage::new(left.width() + width, left.height());
    imageops::replace(&mut both, &left, 0, 0);
    imageops::replace(&mut both, &right, left.width().into(), 0);
    let mut file = Cursor::new(Vec::new());
    both.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

pub fn documented() -> Value {
    let face = json!({
        "confidence": "score",
        "delta": {"x": "pixels", "y": "pixels"},
        "top_left": {"x": "pixels", "y": "pixels"}
    });
    let size = json!({"height": "pixels", "width": "pixels"});
    json!({
        "api_req_uid": "uuid",
        "processed_at": "date",
        "requested_at": "date",
        "response_code": "1",
        "response_data": {
            "biometric": {
                "face_match_confidence": "score",
                "image": {"faces_predicted": [face], "img": size},
                "selfie": {"faces_liveness": "score", "faces_predicted": [face], "img": size}
            },
            "decision": {
                "details": [{
                    "code": "text",
                    "confidence": "score",
                    "decision": "=review|=reject|=warning",
                    "description": "text"
                }],
                "reject_score": "score",
                "review_score": "score",
                "warning_score": "score"
            }
        }
    })
}

fn codes(answer: &Value) -> Vec<&str> {
    let details = answer["response_data"]["decision"]["details"].as_array();
    let details = details.unwrap().iter();
    details
        .map(|detail| detail["code"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_answer_is_as_documented_for_the_same_person_and_for_another() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    let (obama, obama2) = (sample("obama.jpg"), sample("obama2.jpg"));
    let (status, mated) = verify(&server, &key, &[("selfie", &obama), ("image", &obama2)]).await;
    assert_eq!(status, 200, "{mated}");
    contract::hold(&mated, &documented());
    let biometric = &mated["response_data"]["biometric"];
    assert_eq!(
        biometric["selfie"]["img"],
        json!({"height": 1137, "width": 910})
    );
    assert!(biometric["face_match_confidence"].as_f64().unwrap() > 0.75);
    assert!(!codes(&mated).contains(&"FAILED_FACE_MATCH"));
    let liveness = biometric["selfie"]["faces_liveness"].as_f64().unwrap();
    assert_eq!(
        codes(&mated).contains(&"FAILED_SELFIE_LIVENESS"),
        liveness < 0.6
    );

    let stranger = sample("astronaut.jpg");
    let (status, other) = verify(&server, &key, &[("selfie", &obama), ("image", &stranger)]).await;
    assert_eq!(status, 200, "{other}");
    contract::hold(&other, &documented());
    let decision = &other["response_data"]["decision"];
    let details = decision["details"].as_array().unwrap();
    let failed = details
        .iter()
        .find(|d| d["code"] == "FAILED_FACE_MATCH")
        .unwrap();
    let description = failed["description"].as_str().unwrap();
    assert!(
        description.starts_with("Faces do not match; threshold failed: 0.4 < ")
            && description.ends_with(" (actual) < 0.56"),
        "{description}"
    );
    let weight = format!("{}_score", failed["decision"].as_str().unwrap());
    assert_eq!(decision[weight], 1);
}

#[tokio::test]
async fn with_image_multiface_every_face_is_compared() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    let selfie = sample("obama2.jpg");
    let group = beside(&sample("biden.jpg"), &sample("obama.jpg"));
    let fields: [(&str, &[u8]); 2] = [("selfie", &selfie), ("image", &group)];
    let (status, largest) = verify(&server, &key, &fields).await;
    assert_eq!(status, 200, "{largest}");
    assert!(codes(&largest).contains(&"IMAGE_MULTIPLE_FACES"));
    contract::hold(&largest, &documented());

    let all = [fields[0], fields[1], ("image_multiface", b"true")];
    let (status, all) = verify(&server, &key, &all).await;
    assert_eq!(status, 200, "{all}");
    let biometric = &all["response_data"]["biometric"];
    let faces = biometric["image"]["faces_predicted"].as_array().unwrap();
    assert_eq!(faces.len(), 2);
    let scores = faces
        .iter()
        .map(|f| f["face_match_confidence"].as_f64().unwrap());
    let (low, high) = scores.fold((1.0_f64, 0.0_f64), |(l, h), s| (l.min(s), h.max(s)));
    assert!(low < 0.56 && high > 0.75, "{low} {high}");
    assert_eq!(biometric["face_match_confidence"].as_f64(), Some(high));
    assert!(!codes(&all).contains(&"FAILED_FACE_MATCH"));
}

#[tokio::test]
async fn a_picture_without_a_face_is_rejected_and_no_error() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    let mut nobody = Cursor::new(Vec::new());
    let grey = RgbImage::from_pixel(480, 480, image::Rgb([90, 90, 90]));
    grey.write_to(&mut nobody, ImageFormat::Png).unwrap();
    let nobody = nobody.into_inner();
    let fields: [(&str, &[u8]); 2] = [("selfie", &nobody), ("image", &nobody)];
    let (status, answer) = verify(&server, &key, &fields).await;
    assert_eq!(status, 200, "{answer}");
    contract::hold(&answer, &documented());
    assert_eq!(codes(&answer), ["NO_SELFIE_FACE", "NO_IMAGE_FACE"]);
    assert_eq!(answer["response_data"]["decision"]["reject_score"], 1);
}

#[tokio::test]
async fn the_bands_can_be_changed() {
    let server = TestServer::start_with(|config| {
        config.api.bands.kairos = Some(ostiary::config::DialectBands {
            comparison: [0.98, 0.99],
            liveness: [0.0, 0.0],
        });
    });
    let key = server.key("desk", &[Scope::Verify]);
    let (obama, biden) = (sample("obama.jpg"), sample("astronaut.jpg"));
    let (_, answer) = verify(&server, &key, &[("selfie", &obama), ("image", &biden)]).await;
    assert_eq!(codes(&answer), ["FAILED_FACE_MATCH"]);
    let detail = &answer["response_data"]["decision"]["details"][0];
    assert_eq!(detail["decision"], "reject");
    let description = detail["description"].as_str().unwrap();
    assert!(description.contains("0.98 <") && description.contains("< 0.99"));
}

#[tokio::test]
async fn what_is_wrong_has_its_status() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    let face = sample("obama.jpg");
    let small = sample("biden.jpg");
    type Fields<'f> = Vec<(&'static str, &'f [u8])>;
    let cases: [(&str, Fields<'_>, u16, &str); 7] = [
        ("no selfie", vec![("image", &face)], 400, "selfie"),
        ("no image", vec![("selfie", &face)], 400, "image"),
        (
            "two selfies",
            vec![("selfie", &face), ("selfie", &face), ("image", &face)],
            400,
            "selfie",
        ),
        (
            "neither true nor false",
            vec![
                ("selfie", &face),
                ("image", &face),
                ("image_multiface", b"maybe"),
            ],
            400,
            "image_multiface",
        ),
        (
            "264 pixels wide",
            vec![("selfie", &small), ("image", &face)],
            400,
            "480x480",
        ),
        (
            "no picture",
            vec![("selfie", b"GIF89a"), ("image", &face)],
            400,
            "selfie",
        ),
        (
            "an empty picture",
            vec![("selfie", b""), ("image", &face)],
            400,
            "selfie",
        ),
    ];
    let failure = json!({
        "api_req_uid": "uuid", "response_code": "0", "error_code": "text", "message": "text"
    });
    for (case, fields, expected, named) in cases {
        let (status, answer) = verify(&server, &key, &fields).await;
        assert_eq!(status, expected, "{case}: {answer}");
        contract::hold(&answer, &failure);
        assert!(
            answer["message"].as_str().unwrap().contains(named),
            "{case}: {answer}"
        );
    }
    let json = post(&server, &key).json(&json!({"selfie": "x"}));
    assert_eq!(told(json.send().await.unwrap()).await.0, 415);
}

#[tokio::test]
async fn credentials_and_limits_have_their_documented_status() {
    let server = TestServer::start_with(|config| {
        config.api.requests_per_minute = NonZeroU32::MIN;
    });
    let key = server.key("desk", &[Scope::Verify]);
    let enrolling = server.key("enrolling", &[Scope::Enrol]);
    let send = async |request: RequestBuilder| {
        let (status, answer) = told(request.send().await.unwrap()).await;
        (status, answer["error_code"].as_str().map(str::to_owned))
    };
    let bare = || server.client().post(server.url(PATH));
    let code = |code: &str| Some(code.to_owned());
    assert_eq!(send(bare()).await, (401, code("UNAUTHORIZED")));
    let wrong = bare()
        .header("app_id", key.id.as_str())
        .header("app_key", "wrong");
    assert_eq!(send(wrong).await, (401, code("UNAUTHORIZED")));
    assert_eq!(
        send(post(&server, &enrolling)).await,
        (403, code("FORBIDDEN"))
    );
    let first = send(post(&server, &key).multipart(form(&[]))).await;
    assert_eq!(first, (400, code("INVALID_REQUEST")));
    let second = send(post(&server, &key).multipart(form(&[]))).await;
    assert_eq!(second, (403, code("LIMIT_EXCEEDED")));
}
