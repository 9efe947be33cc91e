//! The five dialects side by side: how one and the same thing is asked of each, and how each says no.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ostiary::http::api::keys::NewKey;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::bad_input::Sent;
use crate::server::{TestServer, sample, told};

/// A way to send a picture: a dialect, and how it takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Desk {
    Kairos,
    Verifik,
    /// The document of a session.
    Didit,
    DecentroForm,
    DecentroJson,
    IdMatch,
}

impl Desk {
    pub const ALL: [Self; 6] = [
        Self::Kairos,
        Self::Verifik,
        Self::Didit,
        Self::DecentroForm,
        Self::DecentroJson,
        Self::IdMatch,
    ];

    pub fn takes_json(self) -> bool {
        matches!(self, Self::Verifik | Self::DecentroJson | Self::IdMatch)
    }

    /// A POST with credentials. The didit desk opens a session for it.
    pub async fn request(self, server: &TestServer, key: &NewKey) -> RequestBuilder {
        let path = match self {
            Self::Kairos => "/v0.1/biometric-verification".into(),
            Self::Verifik => "/v2/face-recognition/compare-with-liveness".into(),
            Self::Didit => {
                let open = server.client().post(server.url("/v2/session/"));
                let open = self.with_credentials(open, key).json(&json!({}));
                let (status, session) = told(open.send().await.unwrap()).await;
                assert_eq!(status, 201, "{session}");
                let id = session["session_id"].as_str().unwrap();
                format!("/v2/session/{id}/document/")
            }
            Self::DecentroForm => "/v2/kyc/forensics/liveness/passive".into(),
            Self::DecentroJson => "/v3/kyc/farsight/liveness/passive".into(),
            Self::IdMatch => "/v1/id-face-match".into(),
        };
        self.with_credentials(server.client().post(server.url(&path)), key)
    }

    fn with_credentials(self, request: RequestBuilder, key: &NewKey) -> RequestBuilder {
        let (id, secret) = (key.id.as_str(), key.secret.as_str());
        match self {
            Self::Kairos => request.header("app_id", id).header("app_key", secret),
            Self::Verifik | Self::IdMatch => request.bearer_auth(key.bearer().as_str()),
            Self::Didit => request.header("x-api-key", key.bearer().as_str()),
            Self::DecentroForm | Self::DecentroJson => {
                request.headers(crate::decentro::headers(key))
            }
        }
    }

    /// A request that is good but for its picture.
    pub fn with_picture(self, picture: Vec<u8>) -> Sent {
        match self {
            Self::Kairos => Sent::Form(vec![("selfie", picture), ("image", sample("obama2.jpg"))]),
            Self::Didit => Sent::Form(vec![("document", picture)]),
            Self::DecentroForm => Sent::Form(vec![
                ("reference_id", b"a".to_vec()),
                ("consent", b"true".to_vec()),
                ("purpose", b"test".to_vec()),
                ("skip_metadata_validation", b"true".to_vec()),
                ("image", picture),
            ]),
            _ => self.with_text(&STANDARD.encode(picture)),
        }
    }

    /// As [`Self::with_picture`], of what takes base64.
    pub fn with_text(self, picture: &str) -> Sent {
        Sent::Json(match self {
            Self::Verifik => json!({
                "probe": picture,
                "gallery": [STANDARD.encode(sample("obama2.jpg"))],
                "search_mode": "FAST",
            }),
            Self::DecentroJson => json!({
                "reference_id": "a",
                "consent": true,
                "purpose": "test",
                "skip_metadata_validation": true,
                "image": picture,
            }),
            Self::IdMatch => json!({"selfie": picture, "id_type": "NIN", "id_number": "44"}),
            other => panic!("{other:?} takes no base64"),
        })
    }

    /// A request with everything there twice.
    pub fn doubled(self) -> Sent {
        match self.with_picture(b"x".to_vec()) {
            Sent::Form(fields) => Sent::Form([fields.clone(), fields].concat()),
            Sent::Json(body) => {
                let text = body.to_string();
                let fields = &text[1..text.len() - 1];
                let twice = format!("{{{fields},{fields}}}");
                Sent::Raw("application/json", twice.into_bytes())
            }
            raw => raw,
        }
    }

    /// The code that an answer has beside its status; nothing where the dialect has none.
    pub fn code(self, answer: &Value) -> &str {
        let field = match self {
            Self::Kairos => "error_code",
            Self::Verifik | Self::IdMatch => "code",
            Self::Didit => return "",
            Self::DecentroForm | Self::DecentroJson => "responseKey",
        };
        answer[field].as_str().unwrap_or_default()
    }
}
