//! What this dialect says no with.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::api::calls::Outcome;

use super::transaction;
use super::wire::{Failure, Head};

/// The sides that an image or video may have, in pixels.
pub const SIDES: std::ops::RangeInclusive<u32> = 800..=2000;

/// A refused request. The keys are those that the service's users know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("reference_id is missing or empty")]
    EmptyReferenceId,
    #[error("reference_id must be text of at most 256 printable characters")]
    InvalidReferenceId,
    #[error("another session has this reference_id: use a new one for each session")]
    DuplicateReferenceId,
    #[error("consent must be true or false")]
    InvalidConsentType,
    #[error("the person has not consented: consent is false")]
    ConsentFalse,
    #[error("purpose is missing or empty")]
    EmptyPurpose,
    #[error("purpose must be text")]
    InvalidPurpose,
    #[error("purpose has more than 256 characters")]
    LongPurpose,
    #[error("{0}")]
    Malformed(String),
    #[error("send {0}")]
    ContentType(&'static str),
    #[error("the upload takes too long")]
    Slow,
    #[error("{field} is missing")]
    MissingFile { field: &'static str },
    #[error("{field} is larger than {limit}")]
    FileSize {
        field: &'static str,
        limit: &'static str,
    },
    #[error("{field} is not {wanted}")]
    FileFormat {
        field: &'static str,
        wanted: &'static str,
    },
    #[error("{width}x{height} pixels won't do: each side must have from 800 to 2000")]
    Resolution { width: u32, height: u32 },
    #[error("the video takes more than 10 s")]
    Duration,
    #[error(
        "the image lacks the EXIF tags {0}: send the file as the camera wrote it, or set \
         skip_metadata_validation during development"
    )]
    Metadata(String),
    #[error("no face is in the {0}: the whole face must show, evenly lit")]
    NoFace(&'static str),
    #[error("{field} is no usable URL: {problem}")]
    Url {
        field: &'static str,
        problem: String,
    },
    #[error("at most 4 images may be matched, not {0}")]
    TooManyImages(usize),
    #[error("{field} must be an array of texts")]
    InvalidImages { field: &'static str },
    #[error("there is no such session")]
    UnknownSession,
    #[error("the person has not finished the session yet")]
    SessionNotCompleted,
    #[error("client_id, client_secret or module_secret is missing")]
    EmptyCredentials,
    #[error("client_id, client_secret or module_secret is not right, or may not do this")]
    Unauthorised,
    #[error("try again in {seconds} s")]
    Later { seconds: u64 },
    #[error(
        "videos can't be decoded here (VIDEO_DECODER_MISSING): install the package ffmpeg on the board"
    )]
    VideoDecoderMissing,
    #[error("the board could not do this; its log says why")]
    Internal,
}

impl Fault {
    /// The `responseKey`.
    #[cfg(test)]
    pub fn key(&self) -> &'static str {
        self.words().2
    }

    fn words(&self) -> (StatusCode, &'static str, &'static str) {
        use Fault as F;
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        match self {
            F::EmptyReferenceId => (BAD, "E00009", "error_empty_reference_id"),
            F::InvalidReferenceId => (BAD, "E00009", "error_invalid_reference_id"),
            F::DuplicateReferenceId => (
                StatusCode::CONFLICT,
                "E00009",
                "error_duplicate_reference_id",
            ),
            F::InvalidConsentType => (BAD, "E00009", "error_invalid_consent_type"),
            F::ConsentFalse => (BAD, "E00009", "error_consent_false"),
            F::EmptyPurpose => (BAD, "E00009", "error_empty_purpose"),
            F::InvalidPurpose => (BAD, "E00009", "error_invalid_purpose"),
            F::LongPurpose => (BAD, "E00009", "error_long_purpose_length"),
            F::Malformed(_) => (BAD, "E00009", "error_malformed_request"),
            F::ContentType(_) => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "E00009",
                "error_malformed_request",
            ),
            F::Slow => (
                StatusCode::REQUEST_TIMEOUT,
                "E00009",
                "error_malformed_request",
            ),
            F::MissingFile { .. } => (BAD, "E00009", "error_empty_file"),
            F::FileSize { .. } => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "E00009",
                "error_invalid_file_size",
            ),
            F::FileFormat { .. } => (BAD, "E00009", "error_invalid_file_format"),
            F::Resolution { .. } => (BAD, "E00009", "error_invalid_resolution"),
            F::Duration => (BAD, "E00009", "error_invalid_video_duration"),
            F::Metadata(_) => (BAD, "E00009", "error_invalid_metadata"),
            F::NoFace(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "E00009",
                "error_face_not_detected",
            ),
            F::Url { .. } => (BAD, "E00009", "error_invalid_url"),
            F::TooManyImages(_) => (BAD, "E00009", "error_invalid_image_count"),
            F::InvalidImages { .. } => (BAD, "E00009", "error_invalid_images"),
            F::UnknownSession => (StatusCode::NOT_FOUND, "E00026", "error_session_not_found"),
            F::SessionNotCompleted => (
                StatusCode::CONFLICT,
                "E00026",
                "error_session_not_completed",
            ),
            F::EmptyCredentials => (
                StatusCode::UNAUTHORIZED,
                "E00010",
                "error_empty_module_secret",
            ),
            F::Unauthorised => (
                StatusCode::UNAUTHORIZED,
                "E00010",
                "error_unauthorized_module",
            ),
            F::Later { .. } => (
                StatusCode::TOO_MANY_REQUESTS,
                "E00045",
                "error_provider_error",
            ),
            F::VideoDecoderMissing => (
                StatusCode::SERVICE_UNAVAILABLE,
                "E00045",
                "error_provider_error",
            ),
            F::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "E00045",
                "error_decentro_error",
            ),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (status, response_code, response_key) = self.words();
        let body = Failure {
            head: Head {
                decentro_txn_id: transaction::new_id(),
                status: "FAILURE",
                response_code,
            },
            message: self.to_string(),
            response_key,
        };
        let mut answer = (status, Json(body)).into_response();
        answer.extensions_mut().insert(Outcome(response_key));
        if let Self::Later { seconds } = self {
            answer
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}
