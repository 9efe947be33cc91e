//! The dialect of a liveness service: passive image and video liveness, and active video liveness.
//!
//! What differs and why is in docs/api/decentro.md. Consent, purpose and reference are checked before
//! anything is looked at; every answer has a `decentroTxnId`.

mod active;
mod answer;
mod fault;
mod metadata;
mod passive;
mod terms;
mod transaction;
mod wire;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::post;

use crate::http::api::ApiState;
use crate::http::api::backend::BackendError;
use crate::http::api::credentials::{CredentialScheme, Guard, Refusal, guard};
use crate::http::api::keys::Scope;
use crate::http::api::upload::UploadError;
use crate::http::api::{Dialect, ScoreBands};

use fault::Fault;

/// The documented routes.
pub fn routes(state: &ApiState) -> Router<ApiState> {
    let routes = Router::new()
        .route("/v2/kyc/forensics/liveness/passive", post(passive::image))
        .route("/v3/kyc/farsight/liveness/passive", post(passive::image))
        .route("/v2/kyc/forensics/video_liveness", post(passive::video))
        .route(
            "/v2/kyc/forensics/active_video_liveness/initiate",
            post(active::initiate),
        )
        .route(
            "/v2/kyc/forensics/active_video_liveness/{transaction}",
            post(active::data),
        );
    let asked = Guard {
        scheme: CredentialScheme::Triple {
            id: "client_id",
            secret: "client_secret",
            module: "module_secret",
        },
        scope: Scope::Verify,
        on_refusal: |refusal| Fault::from(refusal).into_response(),
    };
    guard(routes, state, asked)
}

fn bands(state: &ApiState) -> ScoreBands {
    state.settings().bands(Dialect::Decentro, answer::BANDS)
}

impl From<&Refusal> for Fault {
    fn from(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Missing(_) => Self::EmptyCredentials,
            Refusal::Wrong | Refusal::Scope(_) => Self::Unauthorised,
            Refusal::LockedOut { after } | Refusal::TooMany { after } | Refusal::Busy { after } => {
                Self::Later {
                    seconds: after.as_secs() + 1,
                }
            }
        }
    }
}

impl From<UploadError> for Fault {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::TooLarge { .. } => Self::FileSize {
                field: "the file",
                limit: "the limit: 10 MB for an image, 20 MB for a video",
            },
            UploadError::NotBase64 { problem, .. } => {
                Self::Malformed(format!("the image is no base64: {problem}"))
            }
            UploadError::WrongContentType { .. } => {
                Self::ContentType("multipart/form-data or application/json")
            }
            UploadError::Timeout => Self::Slow,
            other => Self::Malformed(other.to_string()),
        }
    }
}

impl From<BackendError> for Fault {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::Busy { retry_after } => Self::Later {
                seconds: retry_after.as_secs(),
            },
            BackendError::Undecodable { .. } => Self::FileFormat {
                field: "image",
                wanted: "a JPG or PNG image",
            },
            BackendError::UndecodableVideo { .. } => Self::FileFormat {
                field: "video",
                wanted: "an mp4 or webm video of at most 10 s",
            },
            BackendError::VideoTooLong { .. } => Self::Duration,
            BackendError::VideoDecoderMissing => Self::VideoDecoderMissing,
            BackendError::Failed => Self::Internal,
        }
    }
}
