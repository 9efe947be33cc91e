//! The `verifik` dialect, by its document.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ostiary::http::api::keys::{NewKey, Scope};
use ostiary::http::api::verifik::signature;
use serde_json::{Value, json};

use crate::contract;
use crate::server::{TestServer, root, sample, told};

const PATH: &str = "/v2/face-recognition/compare-with-liveness";

fn picture(name: &str) -> String {
    STANDARD.encode(sample(name))
}

/// The documented example with pictures of ours.
fn body() -> Value {
    json!({
        "os": "DESKTOP",
        "probe": picture("obama.jpg"),
        "gallery": [picture("biden.jpg"), picture("obama2.jpg")],
        "search_mode": "FAST",
        "compare_min_score": 0.85,
        "liveness_min_score": 0.6
    })
}

/// `body` with some fields other ones; null takes a field away.
fn with(mut body: Value, change: Value) -> Value {
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn compare(server: &TestServer, key: &NewKey, body: &Value) -> (u16, Value) {
    let request = server.post(PATH, key).json(body);
    told(request.send().await.unwrap()).await
}

pub fn documented() -> Value {
    json!({
        "data": {
            "comparison": {
                "client": "24 hex",
                "type": "=compareLive",
                "search_mode": "=FAST|=ACCURATE",
                "compare_min_score": "score",
                "gallery": ["text"],
                "probe": ["text"],
                "status": "=success|=failed",
                "_id": "24 hex",
                "comparedAt": "timestamp",
                "result": {"score": "score", "passed": "bool"},
                "updatedAt": "timestamp",
                "createdAt": "timestamp",
                "__v": "0"
            },
            "liveness": {
                "client": "24 hex",
                "type": "=liveness",
                "status": "=success|=failed|=notTested",
                "search_mode": "=FAST",
                "os": "=DESKTOP|=IOS|=ANDROID",
                "liveness_min_score": "score",
                "_id": "24 hex",
                "result": {"liveness_score": "score|null", "passed": "bool", "min_score": "score"},
                "updatedAt": "timestamp",
                "createdAt": "timestamp",
                "__v": "0"
            }
        },
        "signature": {
            "dateTime": "long date",
            "message": "text",
            "algorithm": "=Ed25519",
            "publicKey": "64 hex",
            "value": "text"
        },
        "id": "5 letters"
    })
}

#[tokio::test]
async fn the_best_of_the_gallery_counts_and_the_answer_is_as_documented() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    for search_mode in ["FAST", "ACCURATE"] {
        let body = with(body(), json!({"search_mode": search_mode}));
        let (status, answer) = compare(&server, &key, &body).await;
        assert_eq!(status, 200, "{answer}");
        contract::hold(&answer, &documented());
        let (comparison, liveness) = (&answer["data"]["comparison"], &answer["data"]["liveness"]);
        assert_eq!(comparison["search_mode"], search_mode);
        assert_eq!(comparison["client"], key.id.as_str());
        assert_eq!(comparison["status"], "success");
        assert!(comparison["result"]["score"].as_f64().unwrap() >= 0.85);
        let score = liveness["result"]["liveness_score"].as_f64().unwrap();
        assert_eq!(liveness["result"]["passed"], score >= 0.6);
        assert_eq!(
            liveness["status"],
            if score >= 0.6 { "success" } else { "failed" }
        );
    }
}

#[tokio::test]
async fn liveness_is_not_tested_of_a_stranger() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    let body = with(body(), json!({"gallery": [picture("biden.jpg")]}));
    let (status, answer) = compare(&server, &key, &body).await;
    assert_eq!(status, 200, "{answer}");
    contract::hold(&answer, &documented());
    assert_eq!(answer["data"]["comparison"]["status"], "failed");
    let liveness = &answer["data"]["liveness"];
    assert_eq!(liveness["status"], "notTested");
    assert_eq!(liveness["result"]["liveness_score"], Value::Null);
}

#[tokio::test]
async fn crop_face_gives_the_faces_of_the_gallery() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    let body = with(body(), json!({"cropFace": true}));
    let (_, answer) = compare(&server, &key, &body).await;
    contract::hold(&answer, &documented());
    let gallery = answer["data"]["comparison"]["gallery"].as_array().unwrap();
    assert_eq!(gallery.len(), 2);
    for crop in gallery {
        let crop = STANDARD.decode(crop.as_str().unwrap()).unwrap();
        let crop = image::load_from_memory(&crop).unwrap();
        assert!(crop.width() <= 626, "{}", crop.width());
    }
}

#[tokio::test]
async fn anybody_with_the_public_key_can_check_an_answer() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    let body = with(body(), json!({"gallery": [picture("biden.jpg")]}));
    let (_, answer) = compare(&server, &key, &body).await;
    // No credentials are needed for it.
    let request = server
        .client()
        .get(server.url("/v2/face-recognition/public-key"));
    let (status, published) = told(request.send().await.unwrap()).await;
    assert_eq!(status, 200);
    assert_eq!(published["publicKey"], answer["signature"]["publicKey"]);
    let public_key = server.state().result_signer().unwrap().public_key();
    assert_eq!(signature::verify(&answer, &public_key), Ok(()));

    let folder = tempfile::tempdir().unwrap();
    let [answer_file, key_file] = ["answer.json", "key.json"].map(|name| folder.path().join(name));
    std::fs::write(&key_file, published.to_string()).unwrap();
    let verify = |answer: &Value| {
        std::fs::write(&answer_file, serde_json::to_string_pretty(answer).unwrap()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_ostiary"));
        command
            .current_dir(root("."))
            .arg("--data")
            .arg(folder.path());
        command.arg("verify-signature").arg(&answer_file);
        command.arg("--public-key").arg(&key_file);
        command.output().unwrap().status.code()
    };
    assert_eq!(verify(&answer), Some(0));
    let mut forged = answer.clone();
    forged["data"]["comparison"]["status"] = "success".into();
    assert_eq!(verify(&forged), Some(1));
    assert_eq!(verify(&json!({"no": "answer"})), Some(2));
}

#[tokio::test]
async fn what_is_wrong_has_its_status_and_names_the_parameter() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    let blank = {
        let mut file = std::io::Cursor::new(Vec::new());
        let grey = image::RgbImage::from_pixel(200, 200, image::Rgb([90, 90, 90]));
        grey.write_to(&mut file, image::ImageFormat::Png).unwrap();
        STANDARD.encode(file.into_inner())
    };
    let cases = [
        (
            json!({"search_mode": null}),
            409,
            "MissingParameter",
            "missing search_mode\n",
        ),
        (
            json!({"probe": null}),
            409,
            "MissingParameter",
            "missing probe\n",
        ),
        (
            json!({"gallery": null}),
            409,
            "MissingParameter",
            "missing gallery\n",
        ),
        (
            json!({"compare_min_score": 0.66}),
            409,
            "InvalidParameter",
            "compare_min_score",
        ),
        (
            json!({"compare_min_score": 0.96}),
            409,
            "InvalidParameter",
            "compare_min_score",
        ),
        (
            json!({"liveness_min_score": 0.51}),
            409,
            "InvalidParameter",
            "liveness_min_score",
        ),
        (
            json!({"liveness_min_score": 1.1}),
            409,
            "InvalidParameter",
            "liveness_min_score",
        ),
        (json!({"os": "BEOS"}), 409, "InvalidParameter", "os"),
        (
            json!({"search_mode": "SLOW"}),
            409,
            "InvalidParameter",
            "search_mode",
        ),
        (json!({"probe": "AA A="}), 409, "InvalidParameter", "probe"),
        (
            json!({"gallery": ["R0lG"]}),
            409,
            "InvalidParameter",
            "gallery[0]",
        ),
        (json!({"probe": blank}), 422, "FaceNotFound", "probe"),
        (
            json!({"gallery": [blank]}),
            422,
            "FaceNotFound",
            "gallery[0]",
        ),
    ];
    for (change, expected, code, named) in cases {
        let (status, answer) = compare(&server, &key, &with(body(), change)).await;
        assert_eq!(
            (status, &answer["code"]),
            (expected, &json!(code)),
            "{answer}"
        );
        contract::hold(&answer, &json!({"code": "text", "message": "text"}));
        assert!(
            answer["message"].as_str().unwrap().contains(named),
            "{answer}"
        );
    }
    let bare = server.client().post(server.url(PATH)).json(&body());
    let (status, answer) = told(bare.send().await.unwrap()).await;
    assert_eq!((status, &answer["code"]), (401, &json!("Unauthorized")));
}
