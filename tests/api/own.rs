//! `/api/v1`

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ostiary::http::api::keys::Scope;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::contract;
use crate::server::{TestServer, sample, told};

fn file(name: &str) -> Part {
    Part::bytes(sample(name)).file_name(name.to_owned())
}

fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().unwrap();
    object.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn pictures_are_compared_as_forms_and_as_json() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    let form = Form::new()
        .part("probe", file("obama.jpg"))
        .part("reference", file("obama2.jpg"))
        .text("liveness", "false");
    let answer = server.post("/api/v1/verify", &key).multipart(form).send();
    let (status, mated) = told(answer.await.unwrap()).await;
    assert_eq!(
        (status, &mated["verdict"]),
        (200, &json!("mated")),
        "{mated}"
    );
    assert_eq!(
        keys(&mated),
        [
            "cosine",
            "liveness",
            "probe",
            "reference",
            "similarity",
            "subject",
            "thresholds",
            "verdict"
        ]
    );
    assert_eq!(
        mated["liveness"],
        json!({"tested": false, "score": null, "bona_fide": null})
    );
    assert!(mated["cosine"].as_f64().unwrap() > 0.3);
    assert_eq!(mated["probe"]["faces"], 1);

    let body = json!({
        "probe": STANDARD.encode(sample("obama.jpg")),
        "reference": format!("data:image/jpeg;base64,{}", STANDARD.encode(sample("biden.jpg"))),
        "liveness": false,
    });
    let answer = server.post("/api/v1/verify", &key).json(&body).send();
    let (status, other) = told(answer.await.unwrap()).await;
    assert_eq!(
        (status, &other["verdict"]),
        (200, &json!("non_mated")),
        "{other}"
    );

    // Liveness is tested unless said otherwise.
    let body = json!({
        "probe": STANDARD.encode(sample("obama.jpg")),
        "reference": STANDARD.encode(sample("obama2.jpg")),
    });
    let answer = server.post("/api/v1/verify", &key).json(&body).send();
    let (_, tested) = told(answer.await.unwrap()).await;
    assert_eq!(tested["liveness"]["tested"], true, "{tested}");
    let passes = tested["liveness"]["bona_fide"] == true;
    assert_eq!(tested["verdict"] == "mated", passes, "{tested}");
}

#[tokio::test]
async fn who_is_enrolled_is_identified_listed_and_removed() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify, Scope::Enrol]);
    let (status, empty) = told(server.get("/api/v1/gallery", &key).send().await.unwrap()).await;
    assert_eq!((status, empty), (200, json!({"subjects": []})));

    let form = Form::new()
        .text("subject", "44")
        .text("name", "Barack")
        .text("until", "2099-12-31")
        .part("picture", file("obama.jpg"));
    let answer = server.post("/api/v1/gallery", &key).multipart(form).send();
    let (status, enrolled) = told(answer.await.unwrap()).await;
    assert_eq!(
        (status, &enrolled["templates"]),
        (201, &json!(1)),
        "{enrolled}"
    );
    assert_eq!(enrolled["expires_at"], "2100-01-01T00:00:00Z");

    let form = Form::new()
        .text("subject", "45")
        .part("picture", file("obama2.jpg"));
    let answer = server.post("/api/v1/gallery", &key).multipart(form).send();
    let (status, refused) = told(answer.await.unwrap()).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (422, &json!("already_enrolled")),
        "{refused}"
    );

    for (probe, verdict) in [("obama2.jpg", "mated"), ("biden.jpg", "non_mated")] {
        let form = Form::new()
            .part("probe", file(probe))
            .text("liveness", "false");
        let answer = server.post("/api/v1/identify", &key).multipart(form).send();
        let (status, found) = told(answer.await.unwrap()).await;
        assert_eq!(
            (status, &found["verdict"]),
            (200, &json!(verdict)),
            "{found}"
        );
        assert_eq!(found["candidates"][0]["subject"], "44");
        assert!(found["candidates"][0]["cosine"].is_number());

        let form = Form::new()
            .part("probe", file(probe))
            .text("subject", "44")
            .text("liveness", "false");
        let answer = server.post("/api/v1/verify", &key).multipart(form).send();
        let (_, found) = told(answer.await.unwrap()).await;
        assert_eq!(found["verdict"], verdict, "{found}");
        assert_eq!(
            (&found["subject"], &found["reference"]),
            (&json!("44"), &Value::Null)
        );
    }

    let (status, shown) = told(server.get("/api/v1/gallery/44", &key).send().await.unwrap()).await;
    assert_eq!((status, &shown["name"]), (200, &json!("Barack")));
    let url = server.url("/api/v1/gallery/44");
    for expected in [204, 404] {
        let removed = server
            .client()
            .delete(&url)
            .bearer_auth(key.bearer().as_str());
        assert_eq!(removed.send().await.unwrap().status(), expected);
    }
}

#[tokio::test]
async fn a_session_waits_for_its_person_and_refuses_who_leaves() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    let form = Form::new()
        .part("reference", file("obama.jpg"))
        .text("redirect_url", "https://app.example/done");
    let opened = server.post("/api/v1/sessions", &key).multipart(form).send();
    let (status, opened) = told(opened.await.unwrap()).await;
    assert_eq!(status, 201, "{opened}");
    let waiting = json!({
        "id": "uuid", "stage": "=ready", "url": "url", "verdict": "null", "liveness": "null",
        "comparison": "null", "picture": "null", "video": "null"
    });
    contract::hold(&opened, &waiting);
    let path = format!("/api/v1/sessions/{}", opened["id"].as_str().unwrap());
    let show = async |key| told(server.get(&path, key).send().await.unwrap()).await;
    let stranger = server.key("stranger", &[Scope::Verify]);
    let (status, refused) = show(&stranger).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (404, &json!("no_session"))
    );

    let page = opened["url"].as_str().unwrap();
    let post = |path: &str| server.client().post(format!("{page}{path}"));
    assert_eq!(post("/start").send().await.unwrap().status(), 200);
    let frame = post("/frame")
        .body(sample("obama2.jpg"))
        .send()
        .await
        .unwrap();
    assert_eq!(frame.status(), 200);
    let mut shown = show(&key).await.1;
    for _ in 0..120 {
        if shown["stage"] == "finished" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        shown = show(&key).await.1;
    }
    let finished = json!({
        "id": "uuid", "stage": "=finished", "url": "null", "verdict": "=presentation_attack",
        "liveness": {
            "score": "score", "bona_fide": "bool", "challenge_passed": "bool",
            "static_risk": "bool", "prerecorded_risk": "bool"
        },
        "comparison": {"similarity": "score", "cosine": "cosine", "steadiness": "score"},
        "picture": "url|null", "video": "url|null"
    });
    contract::hold(&shown, &finished);
    assert_eq!(shown["liveness"]["challenge_passed"], false);
    assert_eq!(shown["liveness"]["bona_fide"], false);

    for (body, code) in [
        (
            json!({"redirect_url": "javascript:alert(1)"}),
            "invalid_value",
        ),
        (
            json!({"callback_url": "http://169.254.169.254/"}),
            "invalid_value",
        ),
        (json!({"reference": "AA A="}), "not_base64"),
        (json!({"other": 1}), "malformed"),
    ] {
        let request = server.post("/api/v1/sessions", &key).json(&body);
        let (status, refused) = told(request.send().await.unwrap()).await;
        assert_eq!(
            (status, &refused["error"]["code"]),
            (400, &json!(code)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn the_board_tells_of_itself() {
    let server = TestServer::start();
    let health = server.client().get(server.url("/api/v1/health"));
    let (status, health) = told(health.send().await.unwrap()).await;
    assert_eq!((status, &health["status"]), (200, &json!("ok")));

    let document = server.client().get(server.url("/api/v1/openapi.json"));
    let (_, document) = told(document.send().await.unwrap()).await;
    assert!(document["paths"]["/api/v1/verify"]["post"].is_object());

    let key = server.key("admin", &[Scope::Admin]);
    let (status, decisions) = told(
        server
            .get("/api/v1/decisions?limit=5", &key)
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!((status, decisions), (200, json!({"decisions": []})));
    for path in ["/metrics", "/api/v1/metrics"] {
        let (status, metrics) = told(server.get(path, &key).send().await.unwrap()).await;
        let metrics = metrics.as_str().unwrap();
        assert_eq!(status, 200);
        assert!(
            metrics.contains("ostiary_api_requests_total{dialect=\"own\",code=\"200\"}"),
            "{metrics}"
        );
    }
}

#[tokio::test]
async fn an_enrolment_at_the_door_wants_a_key_sense_and_a_door() {
    const PATH: &str = "/api/v1/door/enrolments";
    let server = TestServer::start();
    let verifier = server.key("verifier", &[Scope::Verify]);
    let desk = server.key("desk", &[Scope::Enrol]);
    let order = json!({"subject": "17"});
    let cases = [
        (&verifier, &order, 403, "scope_missing"),
        (&desk, &json!({"subject": "../17"}), 400, "invalid_value"),
        (
            &desk,
            &json!({"subject": "17", "time_limit_s": 9}),
            400,
            "invalid_value",
        ),
        (
            &desk,
            &json!({"subject": "17", "time_limit_s": 301}),
            400,
            "invalid_value",
        ),
        (
            &desk,
            &json!({"subject": "17", "time_limit_s": -1}),
            400,
            "malformed",
        ),
        (
            &desk,
            &json!({"subject": "17", "until": "tomorrow"}),
            400,
            "invalid_value",
        ),
        (
            &desk,
            &json!({"subject": "17", "name": "A".repeat(256)}),
            400,
            "invalid_value",
        ),
        (
            &desk,
            &json!({"subject": "17", "force": true}),
            400,
            "malformed",
        ),
        (
            &desk,
            &json!({"subject": "17", "name": "A".repeat(20_000)}),
            413,
            "too_large",
        ),
        // All is well but for the door, which this server has none of.
        (&desk, &order, 503, "no_door"),
    ];
    for (key, body, status, code) in cases {
        let answer = server.post(PATH, key).json(body).send().await.unwrap();
        let (found, told) = told(answer).await;
        assert_eq!(
            (found, &told["error"]["code"]),
            (status, &json!(code)),
            "{body}"
        );
    }
    for id in ["x", "5b0c4d2e-6c1f-4f0a-9a53-0d6b7c1e2f30"] {
        let path = format!("{PATH}/{id}");
        let shown = told(server.get(&path, &desk).send().await.unwrap()).await;
        assert_eq!(
            (shown.0, &shown.1["error"]["code"]),
            (404, &json!("no_enrolment"))
        );
        let cancelled = server
            .client()
            .delete(server.url(&path))
            .bearer_auth(desk.bearer().as_str());
        assert_eq!(cancelled.send().await.unwrap().status(), 404);
    }
}
