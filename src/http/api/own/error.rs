//! What goes wrong, as `{"error": {"code": …, "message": …}}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::wire::{ErrorAnswer, ErrorBody};
use crate::http::api::ApiState;
use crate::http::api::backend::{BackendError, EnrolRefusal};
use crate::http::api::calls::Outcome;
use crate::http::api::credentials::{Refusal, with_retry_after};
use crate::http::api::enrolments::DoorRefusal;
use crate::http::api::sessions::SessionError;
use crate::http::api::upload::UploadError;

/// Why a request has no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum OwnError {
    #[error(transparent)]
    Upload(#[from] UploadError),
    #[error(transparent)]
    Backend(#[from] BackendError),
    #[error(transparent)]
    Enrolment(#[from] EnrolRefusal),
    #[error("{field}: {problem}")]
    Value {
        field: &'static str,
        problem: String,
    },
    #[error("{0} shows no face")]
    NoFace(&'static str),
    #[error("the largest face of {0} can't be aligned; send a frontal picture")]
    NotComparable(&'static str),
    #[error(transparent)]
    Door(#[from] DoorRefusal),
    #[error("nobody is enrolled under this ID number")]
    NotEnrolled,
    #[error("there is no such session of this key")]
    NoSession,
    #[error("there is no room for more sessions; try again later")]
    Full,
    #[error("the board could not do this; its log says why")]
    Failed,
}

impl From<SessionError> for OwnError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Full(_) => Self::Full,
            other => {
                tracing::error!(error = %other, "a session can't be opened");
                Self::Failed
            }
        }
    }
}

impl OwnError {
    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Upload(error) => match error {
                UploadError::Missing(_) => (StatusCode::BAD_REQUEST, "missing_field"),
                UploadError::Repeated(_) => (StatusCode::BAD_REQUEST, "repeated_field"),
                UploadError::NotText(_) => (StatusCode::BAD_REQUEST, "not_text"),
                UploadError::NotBase64 { .. } => (StatusCode::BAD_REQUEST, "not_base64"),
                UploadError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
                UploadError::WrongContentType { .. } => {
                    (StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_content_type")
                }
                UploadError::Malformed(_) => (StatusCode::BAD_REQUEST, "malformed"),
                UploadError::Timeout => (StatusCode::REQUEST_TIMEOUT, "too_slow"),
            },
            Self::Backend(error) => match error {
                BackendError::Busy { .. } => (StatusCode::TOO_MANY_REQUESTS, "busy"),
                BackendError::Undecodable { .. } => {
                    (StatusCode::UNPROCESSABLE_ENTITY, "not_a_picture")
                }
                // No video is asked for here.
                BackendError::UndecodableVideo { .. }
                | BackendError::VideoTooLong { .. }
                | BackendError::VideoDecoderMissing
                | BackendError::Failed => (StatusCode::INTERNAL_SERVER_ERROR, "failed"),
            },
            Self::Enrolment(refusal) => (StatusCode::UNPROCESSABLE_ENTITY, refusal.code),
            Self::Value { .. } => (StatusCode::BAD_REQUEST, "invalid_value"),
            Self::NoFace(_) => (StatusCode::UNPROCESSABLE_ENTITY, "no_face"),
            Self::NotComparable(_) => (StatusCode::UNPROCESSABLE_ENTITY, "not_comparable"),
            Self::NotEnrolled => (StatusCode::NOT_FOUND, "not_enrolled"),
            Self::Door(refusal) => match refusal {
                DoorRefusal::NoDoor => (StatusCode::SERVICE_UNAVAILABLE, "no_door"),
                DoorRefusal::Busy => (StatusCode::CONFLICT, "door_busy"),
                DoorRefusal::NoSuchEnrolment => (StatusCode::NOT_FOUND, "no_enrolment"),
                DoorRefusal::TooLate => (StatusCode::CONFLICT, "too_late"),
            },
            Self::NoSession => (StatusCode::NOT_FOUND, "no_session"),
            Self::Full => (StatusCode::TOO_MANY_REQUESTS, "busy"),
            Self::Failed => (StatusCode::INTERNAL_SERVER_ERROR, "failed"),
        }
    }
}

impl IntoResponse for OwnError {
    fn into_response(self) -> Response {
        let (status, code) = self.status_and_code();
        let answer = told(status, code, self.to_string());
        match self {
            Self::Backend(BackendError::Busy { retry_after }) => {
                with_retry_after(answer, retry_after)
            }
            Self::Full => with_retry_after(answer, ApiState::RETRY_AFTER),
            _ => answer,
        }
    }
}

/// The answer to who is not let through.
pub(super) fn refused(refusal: &Refusal) -> Response {
    let status = match refusal {
        Refusal::Missing(_) | Refusal::Wrong => StatusCode::UNAUTHORIZED,
        Refusal::Scope(_) => StatusCode::FORBIDDEN,
        Refusal::LockedOut { .. } | Refusal::TooMany { .. } | Refusal::Busy { .. } => {
            StatusCode::TOO_MANY_REQUESTS
        }
    };
    told(status, refusal.code(), refusal.to_string())
}

fn told(status: StatusCode, code: &'static str, message: String) -> Response {
    let error = ErrorBody {
        code: code.to_owned(),
        message,
    };
    let mut answer = (status, Json(ErrorAnswer { error })).into_response();
    answer.extensions_mut().insert(Outcome(code));
    answer
}
