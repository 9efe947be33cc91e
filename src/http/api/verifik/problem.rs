//! Why a request is not carried out, in this dialect's words.

use std::fmt::Display;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::http::api::ApiState;
use crate::http::api::backend::BackendError;
use crate::http::api::calls::Outcome;
use crate::http::api::credentials::{Refusal, with_retry_after};
use crate::http::api::upload::UploadError;

use super::wire::Failure;

/// Documented is 409 `MissingParameter`; the others are worded after it.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    pub message: String,
}

impl Problem {
    /// As documented: `missing probe\n`, a line for each.
    pub fn missing(names: &[&str]) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            code: "MissingParameter",
            message: names
                .iter()
                .map(|name| format!("missing {name}\n"))
                .collect(),
        }
    }

    /// A parameter is there and won't do.
    pub fn invalid(what: impl Display) -> Self {
        Self::new(StatusCode::CONFLICT, "InvalidParameter", what)
    }

    /// `picture` shows nobody who could be compared.
    pub fn no_face(picture: &str) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "FaceNotFound",
            format!("no face was found in {picture}; send a clear, well-lit selfie"),
        )
    }

    fn new(status: StatusCode, code: &'static str, what: impl Display) -> Self {
        Self {
            status,
            code,
            message: format!("{what}\n"),
        }
    }
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        let (status, code) = match refusal {
            Refusal::Missing(_) | Refusal::Wrong => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Refusal::Scope(_) => (StatusCode::FORBIDDEN, "Forbidden"),
            Refusal::LockedOut { .. } | Refusal::TooMany { .. } | Refusal::Busy { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, "TooManyRequests")
            }
        };
        Self::new(status, code, refusal)
    }
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        let (status, code) = match &error {
            UploadError::Missing(name) => return Self::missing(&[name]),
            UploadError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge"),
            UploadError::WrongContentType { .. } => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType")
            }
            UploadError::Timeout => (StatusCode::REQUEST_TIMEOUT, "RequestTimeout"),
            _ => return Self::invalid(error),
        };
        Self::new(status, code, error)
    }
}

impl From<BackendError> for Problem {
    fn from(error: BackendError) -> Self {
        let (status, code) = match error {
            BackendError::Busy { .. } => (StatusCode::TOO_MANY_REQUESTS, "TooManyRequests"),
            BackendError::Undecodable { .. } => return Self::invalid(error),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "ServerError"),
        };
        Self::new(status, code, error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let failure = Failure {
            code: self.code,
            message: self.message,
        };
        let mut answer = (self.status, Json(failure)).into_response();
        answer.extensions_mut().insert(Outcome(self.code));
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            return with_retry_after(answer, ApiState::RETRY_AFTER);
        }
        answer
    }
}
