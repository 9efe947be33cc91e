//! What nobody should send, sent to every dialect: each says no in its own documented words, tells nothing of the
//! board, and lives.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use ostiary::http::api::keys::{NewKey, Scope};
use ostiary::telemetry::{AuditPublicKey, verify};
use serde_json::{Value, json};

use crate::bad_input::{Sent, png_of};
use crate::desks::Desk;
use crate::server::{TestServer, sample, told, works};

/// A status and a code for each of [`Desk::ALL`].
pub type Expected = [(u16, &'static str); 6];

const NO_PICTURE: Expected = [
    (400, "INVALID_REQUEST"),
    (409, "InvalidParameter"),
    (400, ""),
    (400, "error_invalid_file_format"),
    (400, "error_invalid_file_format"),
    (400, "INVALID_INPUT"),
];
const EMPTY: Expected = [
    (400, "INVALID_REQUEST"),
    (409, "MissingParameter"),
    (400, ""),
    (400, "error_empty_file"),
    (400, "error_empty_file"),
    (400, "VALIDATION_ERROR"),
];
const TOO_LARGE: Expected = [
    (413, "INVALID_REQUEST"),
    (413, "PayloadTooLarge"),
    (413, ""),
    (413, "error_invalid_file_size"),
    (413, "error_invalid_file_size"),
    (400, "INVALID_INPUT"),
];
const NOT_BASE64: [(u16, &str); 3] = [
    (409, "InvalidParameter"),
    (400, "error_malformed_request"),
    (400, "INVALID_INPUT"),
];
const WRONG_TYPE: Expected = [
    (415, "INVALID_REQUEST"),
    (415, "UnsupportedMediaType"),
    (415, ""),
    (415, "error_malformed_request"),
    (415, "error_malformed_request"),
    (400, "VALIDATION_ERROR"),
];
const MISSING: Expected = [
    (400, "INVALID_REQUEST"),
    (409, "MissingParameter"),
    (400, ""),
    (400, "error_empty_reference_id"),
    (400, "error_empty_reference_id"),
    (400, "VALIDATION_ERROR"),
];
const REPEATED: Expected = [
    (400, "INVALID_REQUEST"),
    (409, "InvalidParameter"),
    (400, ""),
    (400, "error_malformed_request"),
    (400, "error_malformed_request"),
    (400, "VALIDATION_ERROR"),
];
/// A server that knows one identity, so that the id_match dialect is open.
pub fn start() -> (TestServer, NewKey) {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    crate::id_match::import(&server, "44");
    (server, key)
}

async fn refused(
    server: &TestServer,
    key: &NewKey,
    case: (&str, Desk, Sent),
    expected: (u16, &str),
) {
    let (name, desk, sent) = case;
    let Ok(answer) = sent.with(desk.request(server, key).await).send().await else {
        // Refused unread: the connection may be closed before the client has sent all of it.
        assert_eq!(expected.0, 413, "{name}, {desk:?}: no answer");
        return;
    };
    let (status, answer) = told(answer).await;
    assert_eq!(
        (status, desk.code(&answer)),
        expected,
        "{name}, {desk:?}: {answer}"
    );
    let text = answer.to_string();
    let folder = server.state().folder().display().to_string();
    for secret in [folder.as_str(), ".rs", "panicked", "/root"] {
        assert!(!text.contains(secret), "{name}, {desk:?}: {text}");
    }
    assert!(text.len() < 1000, "{name}, {desk:?}: {text}");
}

#[tokio::test]
async fn what_is_no_picture_is_refused_by_every_dialect() {
    let (server, key) = start();
    let face = sample("obama.jpg");
    let page = b"<html><script>alert(1)</script>".to_vec();
    let cases = [
        ("0 bytes", vec![], EMPTY),
        ("10 MB + 1 byte", vec![0; (10 << 20) + 1], TOO_LARGE),
        ("a bomb", png_of(60_000, 60_000), NO_PICTURE),
        ("a larger bomb", png_of(1 << 31, 1 << 31), NO_PICTURE),
        ("a PNG without pixels", png_of(900, 900), NO_PICTURE),
        (
            "a page with a JPEG behind it",
            [page, face.clone()].concat(),
            NO_PICTURE,
        ),
        ("a GIF", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), NO_PICTURE),
        ("half a JPEG", face[..face.len() / 2].to_vec(), NO_PICTURE),
    ];
    for (name, picture, expected) in cases {
        for (desk, expected) in Desk::ALL.into_iter().zip(expected) {
            let sent = desk.with_picture(picture.clone());
            refused(&server, &key, (name, desk, sent), expected).await;
        }
    }
    assert!(works(&server, &key).await);
}

#[tokio::test]
async fn what_is_no_request_is_refused_by_every_dialect() {
    let (server, key) = start();
    let text = STANDARD.encode(sample("obama.jpg"));
    let spoilt = [
        ("a space", format!("{} {}", &text[..40], &text[40..])),
        ("lines", format!("{}\n{}", &text[..76], &text[76..])),
        ("the alphabet for URLs", URL_SAFE.encode([0xfb, 0xff, 0xfe])),
        ("no padding", "AAA".into()),
        (
            "a data URL of a PDF",
            format!("data:application/pdf;base64,{text}"),
        ),
    ];
    let json_desks = Desk::ALL.into_iter().filter(|desk| desk.takes_json());
    for (desk, expected) in json_desks.zip(NOT_BASE64) {
        for (name, text) in &spoilt {
            refused(&server, &key, (name, desk, desk.with_text(text)), expected).await;
        }
    }
    for (place, desk) in Desk::ALL.into_iter().enumerate() {
        let plain = Sent::Raw("text/plain", b"x".to_vec());
        refused(&server, &key, ("a text", desk, plain), WRONG_TYPE[place]).await;
        let nothing = if desk.takes_json() {
            Sent::Json(json!({}))
        } else {
            Sent::Form(vec![("other", b"x".to_vec())])
        };
        refused(&server, &key, ("no field", desk, nothing), MISSING[place]).await;
        refused(
            &server,
            &key,
            ("all twice", desk, desk.doubled()),
            REPEATED[place],
        )
        .await;
    }
    assert!(works(&server, &key).await);
}

#[tokio::test]
async fn numbers_that_are_none_are_refused() {
    let (server, key) = start();
    let cases = [
        (
            Desk::Verifik,
            "compare_min_score",
            "NaN",
            (409, "InvalidParameter"),
        ),
        (
            Desk::Verifik,
            "compare_min_score",
            "1e999",
            (409, "InvalidParameter"),
        ),
        (
            Desk::Verifik,
            "liveness_min_score",
            "-1e999",
            (409, "InvalidParameter"),
        ),
        (Desk::IdMatch, "threshold", "NaN", (400, "VALIDATION_ERROR")),
        (
            Desk::IdMatch,
            "threshold",
            "1e999",
            (400, "INVALID_THRESHOLD_RANGE"),
        ),
        (
            Desk::IdMatch,
            "threshold",
            "\"0.8\"",
            (400, "INVALID_THRESHOLD"),
        ),
        (
            Desk::DecentroJson,
            "consent",
            "1e999",
            (400, "error_malformed_request"),
        ),
        (
            Desk::DecentroJson,
            "consent",
            "NaN",
            (400, "error_malformed_request"),
        ),
    ];
    for (desk, field, number, expected) in cases {
        let Sent::Json(mut body) = desk.with_text("AAAA") else {
            panic!("{desk:?}")
        };
        body.as_object_mut().unwrap().remove(field);
        let text = body.to_string();
        let text = format!("{},\"{field}\":{number}}}", &text[..text.len() - 1]);
        let sent = Sent::Raw("application/json", text.into_bytes());
        refused(&server, &key, (number, desk, sent), expected).await;
    }
}

/// Names of the caller's own are words like any other, to be told again and no more; ids of ours are known or not.
#[tokio::test]
async fn ids_are_never_taken_for_anything_else() {
    let (server, key) = start();
    for (id, expected) in [
        ("1'; DROP TABLE subject;--", (400, "VALIDATION_ERROR")),
        // A number may have dots and strokes in it, and this one is nobody's.
        ("../../etc/passwd", (404, "ID_NOT_FOUND")),
        ("\u{2460}\u{1f600}", (400, "VALIDATION_ERROR")),
        ("<script>alert(1)</script>", (400, "VALIDATION_ERROR")),
    ] {
        let sent = Sent::Json(json!({"selfie": "AAAA", "id_type": "NIN", "id_number": id}));
        refused(&server, &key, (id, Desk::IdMatch, sent), expected).await;
        let open = server.client().post(server.url("/v2/session/"));
        let open = open.header("x-api-key", key.bearer().as_str());
        let open = open.json(&json!({"vendor_data": id}));
        let (status, session) = told(open.send().await.unwrap()).await;
        assert_eq!((status, &session["vendor_data"]), (201, &json!(id)));
        let terms = json!({"reference_id": id, "consent": true, "purpose": id});
        let initiate = "/v2/kyc/forensics/active_video_liveness/initiate";
        let initiate = server.client().post(server.url(initiate)).json(&terms);
        let initiate = initiate.headers(crate::decentro::headers(&key));
        let (status, opened) = told(initiate.send().await.unwrap()).await;
        assert_eq!(status, 200, "{opened}");
    }
    for id in [
        "..%2F..%2Fetc%2Fpasswd",
        "1'%3B--",
        "%00",
        "%FF",
        "%F0%9F%98%80",
    ] {
        let path = format!("/v2/kyc/forensics/active_video_liveness/{id}");
        let terms = json!({"reference_id": "a", "consent": true, "purpose": "test"});
        let data = server.client().post(server.url(&path)).json(&terms);
        let data = data.headers(crate::decentro::headers(&key)).send();
        let decision = server.url(&format!("/v2/session/{id}/decision/"));
        let decision = server.client().get(decision);
        let decision = decision.header("x-api-key", key.bearer().as_str()).send();
        for answer in [data.await.unwrap(), decision.await.unwrap()] {
            let (status, answer) = told(answer).await;
            assert!([400, 404].contains(&status), "{id}: {status} {answer}");
        }
        for path in ["/media/", "/verify-video/"] {
            let url = server.url(&format!("{path}{id}"));
            let answer = server.client().get(url).send().await.unwrap();
            assert!([400, 404].contains(&answer.status().as_u16()), "{path}{id}");
        }
    }
}

#[tokio::test]
async fn every_call_of_every_dialect_is_in_the_signed_log() {
    let (server, key) = start();
    let mut expected = Vec::new();
    for (place, desk) in Desk::ALL.into_iter().enumerate() {
        if desk == Desk::Didit {
            expected.push((201, String::new()));
        }
        let request = desk.request(&server, &key).await;
        Sent::Raw("text/plain", b"x".to_vec())
            .with(request)
            .send()
            .await
            .unwrap();
        let (status, code) = WRONG_TYPE[place];
        expected.push((u64::from(status), code.to_owned()));
    }
    let folder = server.state().folder().join("api-audit");
    let public = AuditPublicKey::load(&folder.join("audit.pub")).unwrap();
    assert_eq!(verify(&folder, &public).unwrap().records, 7);
    let log = std::fs::read_to_string(folder.join("audit-000000000001.jsonl")).unwrap();
    let logged = log.lines().map(|line| {
        let entry = serde_json::from_str::<Value>(line).unwrap()["entry"].take();
        assert_eq!(entry["caller"], "desk", "{entry}");
        assert!(entry["route"].is_string(), "{entry}");
        let outcome = entry["outcome"].as_str().unwrap_or_default();
        (entry["status"].as_u64().unwrap(), outcome.to_owned())
    });
    assert_eq!(logged.collect::<Vec<_>>(), expected);
}
