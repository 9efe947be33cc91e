//! The `id_match` dialect, by its document.

use std::process::Command;

use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ostiary::domain::Point;
use ostiary::http::api::keys::{NewKey, Scope};
use ostiary::vision::{Analyser, DetectorChoice, VisionOptions};
use serde_json::{Value, json};

use crate::contract;
use crate::server::{TestServer, root, sample, told};

const PATH: &str = "/v1/id-face-match";

fn picture(name: &str) -> String {
    STANDARD.encode(sample(name))
}

const NUMBER: &str = "44-A";

/// Imports a register of one person with this number, as its operator would.
pub fn import(server: &TestServer, number: &str) {
    let folder = tempfile::tempdir().unwrap();
    let register = folder.path().join("register.csv");
    let portrait = root("tests/samples/obama.jpg");
    let rows = format!(
        "id_type,id_number,portrait,full_name,date_of_birth\nNIN,{number},{},Barack Obama,1961-08-04\n",
        portrait.display()
    );
    std::fs::write(&register, rows).unwrap();
    let imported = Command::new(env!("CARGO_BIN_EXE_ostiary"))
        .current_dir(root("."))
        .arg("--data")
        .arg(server.state().folder())
        .args(["identity", "import"])
        .arg(&register)
        .output()
        .unwrap();
    assert!(imported.status.success(), "{imported:?}");
}

fn body() -> Value {
    json!({"selfie": picture("obama2.jpg"), "id_number": "44-a", "id_type": "nin"})
}

/// `body` with some fields other ones; null takes a field away.
fn with(change: Value) -> Value {
    let mut body = body();
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn matched(server: &TestServer, key: &NewKey, body: &Value) -> (u16, Value) {
    let request = server.post(PATH, key).json(body);
    told(request.send().await.unwrap()).await
}

fn documented() -> Value {
    json!({
        "success": "bool",
        "code": "=SUCCESS",
        "message": "text",
        "verification_type": "=ID_FACE_MATCH",
        "data": {
            "match_result": "=CONFIRMED|=MISMATCH",
            "confidence": {
                "score": "score",
                "threshold": "score",
                "status": "=STRONG_MATCH|=STANDARD_MATCH|=NO_MATCH"
            },
            "identity": {
                "id_type": "=NIN",
                "id_number": "=44-A",
                "full_name": "=Barack Obama",
                "date_of_birth": "=1961-08-04"
            },
            "details": {
                "reason_code": "=MATCH_SUCCESS|=SCORE_BELOW_THRESHOLD",
                "remarks": "text"
            }
        },
        "meta": {"request_id": "12 letters"}
    })
}

fn failure(code: &str) -> Value {
    json!({
        "success": "bool",
        "code": format!("={code}"),
        "message": "text",
        "verification_type": "=ID_FACE_MATCH",
        "data": "null",
        "meta": {"request_id": "12 letters"}
    })
}

#[tokio::test]
async fn the_holder_is_confirmed_and_another_is_not() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    import(&server, NUMBER);
    let (status, holder) = matched(&server, &key, &body()).await;
    assert_eq!(status, 200, "{holder}");
    contract::hold(&holder, &documented());
    assert_eq!(holder["success"], true);
    assert_eq!(holder["data"]["match_result"], "CONFIRMED");
    assert_eq!(holder["data"]["confidence"]["threshold"], 0.75);
    let score = holder["data"]["confidence"]["score"].as_f64().unwrap();
    assert!(
        (score * 100.0 - (score * 100.0).round()).abs() < 1e-9,
        "{score}"
    );

    let data_url = format!("data:image/jpeg;base64,{}", picture("astronaut.jpg"));
    let stranger = with(json!({"selfie": data_url, "threshold": 0.6}));
    let (status, stranger) = matched(&server, &key, &stranger).await;
    assert_eq!(status, 200, "{stranger}");
    contract::hold(&stranger, &documented());
    let data = &stranger["data"];
    assert_eq!(
        (&stranger["success"], &data["match_result"]),
        (&json!(true), &json!("MISMATCH"))
    );
    assert_eq!(data["details"]["reason_code"], "SCORE_BELOW_THRESHOLD");
    assert_eq!(data["confidence"]["status"], "NO_MATCH");
}

/// The sample with two dark lenses before its eyes.
fn with_sunglasses() -> String {
    let mut picture = image::load_from_memory(&sample("obama2.jpg"))
        .unwrap()
        .into_rgb8();
    let options = VisionOptions {
        threads: 1,
        detector: DetectorChoice::ShortRange,
    };
    let mut analyser = Analyser::load(&root("models"), &options).unwrap();
    let points = analyser.detect(&picture).unwrap()[0].landmarks;
    let distance = |x: f32, y: f32, eye: Point| (x - eye.x).hypot(y - eye.y);
    let eyes = [points.right_eye, points.left_eye];
    let radius = 0.4 * distance(eyes[0].x, eyes[0].y, eyes[1]);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if eyes
            .iter()
            .any(|&eye| distance(x as f32, y as f32, eye) < radius)
        {
            pixel.0 = [22; 3];
        }
    }
    let mut file = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut file, image::ImageFormat::Png)
        .unwrap();
    STANDARD.encode(file.into_inner())
}

#[tokio::test]
async fn sunglasses_have_to_be_taken_off() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    import(&server, NUMBER);
    let hidden = with(json!({"selfie": with_sunglasses()}));
    let (status, refused) = matched(&server, &key, &hidden).await;
    assert_eq!(status, 422, "{refused}");
    contract::hold(&refused, &failure("LANDMARKS_NOT_FOUND"));
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("sunglasses"), "{message}");
}

#[tokio::test]
async fn every_documented_error_has_its_code_and_status() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    let refused = async |key: &NewKey, body: &Value| {
        let (status, answer) = matched(&server, key, body).await;
        let code = answer["code"].as_str().unwrap_or_default().to_owned();
        contract::hold(&answer, &failure(&code));
        assert_eq!(answer["success"], false);
        (status, code)
    };
    let code = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(
        refused(&key, &body()).await,
        code(403, "SUBSCRIPTION_REQUIRED")
    );
    import(&server, NUMBER);
    let blank = {
        let mut file = std::io::Cursor::new(Vec::new());
        let grey = image::RgbImage::from_pixel(200, 200, image::Rgb([90, 90, 90]));
        grey.write_to(&mut file, image::ImageFormat::Png).unwrap();
        STANDARD.encode(file.into_inner())
    };
    let large = STANDARD.encode(vec![0; (10 << 20) + 1]);
    for (change, expected) in [
        (json!({"selfie": null}), code(400, "VALIDATION_ERROR")),
        (json!({"id_number": null}), code(400, "VALIDATION_ERROR")),
        (json!({"id_type": null}), code(400, "VALIDATION_ERROR")),
        (
            json!({"id_number": "1'; DROP TABLE identity"}),
            code(400, "VALIDATION_ERROR"),
        ),
        (
            json!({"id_type": "../../etc/passwd"}),
            code(400, "VALIDATION_ERROR"),
        ),
        (json!({"id_number": "４４"}), code(400, "VALIDATION_ERROR")),
        (json!({"threshold": "high"}), code(400, "INVALID_THRESHOLD")),
        (
            json!({"threshold": 1.5}),
            code(400, "INVALID_THRESHOLD_RANGE"),
        ),
        (
            json!({"threshold": -1}),
            code(400, "INVALID_THRESHOLD_RANGE"),
        ),
        (json!({"selfie": "not base64!"}), code(400, "INVALID_INPUT")),
        (json!({"selfie": 7}), code(400, "INVALID_INPUT")),
        (json!({"selfie": "R0lGODlh"}), code(400, "INVALID_INPUT")),
        (json!({"selfie": large}), code(400, "INVALID_INPUT")),
        (json!({"id_number": "45"}), code(404, "ID_NOT_FOUND")),
        (json!({"id_type": "PASSPORT"}), code(404, "ID_NOT_FOUND")),
        (json!({"selfie": blank}), code(422, "LANDMARKS_NOT_FOUND")),
    ] {
        assert_eq!(refused(&key, &with(change.clone())).await, expected);
    }
    let enrolling = server.key("enrolling", &[Scope::Enrol]);
    assert_eq!(refused(&enrolling, &body()).await, code(403, "FORBIDDEN"));
    for (text, expected) in [
        ("{\"threshold\": 1e999}", "INVALID_THRESHOLD_RANGE"),
        ("{\"threshold\": NaN}", "VALIDATION_ERROR"),
        (
            "{\"id_type\": \"a\", \"id_type\": \"b\"}",
            "VALIDATION_ERROR",
        ),
    ] {
        let request = server
            .post(PATH, &key)
            .header("content-type", "application/json");
        let (status, answer) = told(request.body(text).send().await.unwrap()).await;
        assert_eq!((status, &answer["code"]), (400, &json!(expected)), "{text}");
    }
}

#[tokio::test]
async fn a_register_over_http_is_asked_if_its_host_is_allowed() {
    let register = Router::new().route(
        "/lookup",
        post(|Json(question): Json<Value>| async move {
            if question != json!({"id_type": "NIN", "id_number": "44-A"}) {
                return (StatusCode::NOT_FOUND, Json(json!({})));
            }
            let photo = picture("obama.jpg");
            let answer = json!({"identity": {"name": "B. O.", "address": {"town": "Chicago"}}, "photo": photo});
            (StatusCode::OK, Json(answer))
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, register).await });

    let start = |allowed: Vec<String>| {
        TestServer::start_with(move |config| {
            config.api.identity_url = Some(format!("http://{address}/lookup"));
            config.api.allowed_hosts = allowed;
        })
    };
    let server = start(vec![address.to_string()]);
    let key = server.key("desk", &[Scope::Verify]);
    let (status, answer) = matched(&server, &key, &body()).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["data"]["match_result"], "CONFIRMED");
    assert_eq!(answer["data"]["identity"]["address"]["town"], "Chicago");
    let (status, answer) = matched(&server, &key, &with(json!({"id_number": "45"}))).await;
    assert_eq!((status, &answer["code"]), (404, &json!("ID_NOT_FOUND")));

    let server = start(vec![]);
    let key = server.key("desk", &[Scope::Verify]);
    let (status, answer) = matched(&server, &key, &body()).await;
    assert_eq!((status, &answer["code"]), (500, &json!("SERVICE_ERROR")));
    assert!(!answer.to_string().contains("127.0.0.1"));
}
