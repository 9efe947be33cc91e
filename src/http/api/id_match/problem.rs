//! Why a request is not carried out, in this dialect's documented codes.

use std::fmt::Display;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::http::api::ApiState;
use crate::http::api::backend::BackendError;
use crate::http::api::calls::Outcome;
use crate::http::api::credentials::{Refusal, with_retry_after};
use crate::http::api::fetch::FetchError;
use crate::http::api::upload::UploadError;

use super::answer;

/// The document's table of codes, and the last three, which it leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    ValidationError,
    InvalidThreshold,
    InvalidThresholdRange,
    InvalidInput,
    Forbidden,
    SubscriptionRequired,
    IdNotFound,
    LandmarksNotFound,
    ServiceError,
    Unauthorized,
    TooManyRequests,
    RequestTimeout,
}

impl Code {
    /// HTTP status and code.
    pub fn parts(self) -> (u16, &'static str) {
        match self {
            Self::ValidationError => (400, "VALIDATION_ERROR"),
            Self::InvalidThreshold => (400, "INVALID_THRESHOLD"),
            Self::InvalidThresholdRange => (400, "INVALID_THRESHOLD_RANGE"),
            Self::InvalidInput => (400, "INVALID_INPUT"),
            Self::Unauthorized => (401, "UNAUTHORIZED"),
            Self::Forbidden => (403, "FORBIDDEN"),
            Self::SubscriptionRequired => (403, "SUBSCRIPTION_REQUIRED"),
            Self::IdNotFound => (404, "ID_NOT_FOUND"),
            Self::RequestTimeout => (408, "REQUEST_TIMEOUT"),
            Self::LandmarksNotFound => (422, "LANDMARKS_NOT_FOUND"),
            Self::TooManyRequests => (429, "TOO_MANY_REQUESTS"),
            Self::ServiceError => (500, "SERVICE_ERROR"),
        }
    }
}

/// A code with what to do about it. No message has an ID number in it.
#[derive(Debug)]
pub struct Problem {
    pub code: Code,
    message: String,
}

impl Problem {
    pub fn new(code: Code, message: impl Display) -> Self {
        Self {
            code,
            message: message.to_string(),
        }
    }
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        let code = match refusal {
            Refusal::Missing(_) | Refusal::Wrong => Code::Unauthorized,
            Refusal::Scope(_) => Code::Forbidden,
            Refusal::LockedOut { .. } | Refusal::TooMany { .. } | Refusal::Busy { .. } => {
                Code::TooManyRequests
            }
        };
        Self::new(code, refusal)
    }
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        let code = match &error {
            UploadError::NotBase64 { .. }
            | UploadError::TooLarge { .. }
            | UploadError::NotText(_) => Code::InvalidInput,
            UploadError::Timeout => Code::RequestTimeout,
            // 1e999 is a number to JSON, but to nobody's floats, and the threshold is the only number.
            UploadError::Malformed(reason) if reason.contains("number out of range") => {
                Code::InvalidThresholdRange
            }
            _ => Code::ValidationError,
        };
        Self::new(code, error)
    }
}

impl From<BackendError> for Problem {
    fn from(error: BackendError) -> Self {
        let code = match error {
            BackendError::Busy { .. } => Code::TooManyRequests,
            BackendError::Undecodable { .. } => Code::InvalidInput,
            _ => Code::ServiceError,
        };
        Self::new(code, error)
    }
}

/// The identity source's host is not the caller's business; it is in the log.
impl From<FetchError> for Problem {
    fn from(error: FetchError) -> Self {
        tracing::warn!(%error, "the identity source gives no answer");
        Self::new(
            Code::ServiceError,
            "the identity source gives no answer; try again later",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code) = self.code.parts();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(answer::failed(code, self.message))).into_response();
        response.extensions_mut().insert(Outcome(code));
        if self.code == Code::TooManyRequests {
            return with_retry_after(response, ApiState::RETRY_AFTER);
        }
        response
    }
}
