//! What this dialect says no with: `{"detail": "..."}` and a status.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::api::ApiState;
use crate::http::api::backend::BackendError;
use crate::http::api::credentials::Refusal;
use crate::http::api::sessions::{SessionError, StageError};
use crate::http::api::upload::UploadError;

use super::wire::Detail;

/// A refused request.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{0}")]
    Refused(Refusal),
    #[error("{0}")]
    Upload(#[from] UploadError),
    #[error("{field} has more than 512 characters")]
    TooLong { field: &'static str },
    #[error("callback is no http or https address")]
    Callback,
    #[error("send either video or selfie, not both")]
    Both,
    #[error("no face is in the {field}: the whole face must show, evenly lit")]
    NoFace { field: &'static str },
    #[error("there is no such session")]
    UnknownSession,
    #[error("{0}")]
    Stage(#[from] StageError),
    #[error("{0}")]
    Backend(#[from] BackendError),
    #[error("there is no room for more sessions or files; try again later")]
    Full,
    #[error("the board could not do this; its log says why")]
    Internal,
}

impl Fault {
    fn status(&self) -> StatusCode {
        match self {
            Self::Refused(Refusal::Missing(_) | Refusal::Wrong) => StatusCode::UNAUTHORIZED,
            Self::Refused(Refusal::Scope(_)) => StatusCode::FORBIDDEN,
            Self::Refused(_) | Self::Full | Self::Backend(BackendError::Busy { .. }) => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::Upload(UploadError::TooLarge { .. }) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Upload(UploadError::WrongContentType { .. }) => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::Upload(UploadError::Timeout) => StatusCode::REQUEST_TIMEOUT,
            Self::Upload(_) | Self::TooLong { .. } | Self::Callback | Self::Both => {
                StatusCode::BAD_REQUEST
            }
            Self::Backend(
                BackendError::Undecodable { .. }
                | BackendError::UndecodableVideo { .. }
                | BackendError::VideoTooLong { .. },
            ) => StatusCode::BAD_REQUEST,
            Self::NoFace { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::UnknownSession => StatusCode::NOT_FOUND,
            Self::Stage(_) => StatusCode::CONFLICT,
            Self::Backend(BackendError::VideoDecoderMissing) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Backend(_) | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<&Refusal> for Fault {
    fn from(refusal: &Refusal) -> Self {
        Self::Refused(refusal.clone())
    }
}

impl From<SessionError> for Fault {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Full(_) => Self::Full,
            other => {
                tracing::error!(error = %other, "a session can't be opened");
                Self::Internal
            }
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status = self.status();
        let body = Json(Detail {
            detail: self.to_string(),
        });
        let mut answer = (status, body).into_response();
        // Refusals say themselves when to come back.
        if status == StatusCode::TOO_MANY_REQUESTS && !matches!(self, Self::Refused(_)) {
            let seconds = HeaderValue::from(ApiState::RETRY_AFTER.as_secs());
            answer.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        answer
    }
}
