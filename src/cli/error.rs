//! Why a command could not do its work.

use std::path::PathBuf;

use crate::app::AppError;
use crate::capture::CaptureError;
use crate::config::ConfigError;
use crate::domain::{ComparisonError, IdentityKeyError, SubjectIdError};
use crate::enrolment::EnrolmentError;
use crate::http::api::ApiError;
use crate::http::api::verifik::signature::SignatureProblem;
use crate::vision::VisionError;

use super::evaluate::EvaluateError;

/// An error of a command; each has a stable code for scripts.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error("{}", usage(.0))]
    Usage(clap::Error),
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Image(#[from] CaptureError),
    #[error("{}: {source}", path.display())]
    Face { path: PathBuf, source: VisionError },
    #[error(transparent)]
    Vision(#[from] VisionError),
    #[error(transparent)]
    Comparison(#[from] ComparisonError),
    #[error("{id:?}: {source}")]
    SubjectId { id: String, source: SubjectIdError },
    #[error("the config file has no schedule {name:?}; there is {defined}")]
    Schedule { name: String, defined: String },
    #[error(transparent)]
    Enrolment(#[from] EnrolmentError),
    #[error(transparent)]
    Identity(#[from] IdentityKeyError),
    #[error("no such document of the type {0} is known; `ostiary identity list` shows which are")]
    UnknownIdentity(String),
    #[error(transparent)]
    Evaluation(#[from] EvaluateError),
    #[error("{0}: give a date as YYYY-MM-DD")]
    Date(String),
    #[error("nobody is enrolled under the ID number {0}; `ostiary gallery list` shows who is")]
    NobodyEnrolled(String),
    #[error("there is no key named {0}; `ostiary api key list` shows all")]
    NoSuchKey(String),
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("{}: {source}", path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is no answer of the local API: {source}", path.display())]
    NoAnswer {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("{}: {problem}", path.display())]
    Signature {
        path: PathBuf,
        problem: SignatureProblem,
    },
    #[error("{} holds no public key: that is 64 hexadecimal digits", .0.display())]
    PublicKey(PathBuf),
    #[error("the frame's way through a door can't be measured: {0}")]
    Bench(String),
    #[error("the answer has no JSON form: {0}")]
    Json(#[from] serde_json::Error),
}

impl CliError {
    /// The stable code that scripts see in `{"error": {"code": …}}`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Usage(_) | Self::Date(_) => "usage",
            Self::Config(ConfigError::UnknownKey { .. })
            | Self::App(AppError::Config(ConfigError::UnknownKey { .. })) => "unknown_config_key",
            Self::Config(_) => "config",
            Self::Image(_) => "image",
            Self::Face {
                source: VisionError::NoFace,
                ..
            } => "no_face",
            Self::Face { source, .. } | Self::Vision(source) => vision_code(source),
            Self::Comparison(_) => "comparison",
            Self::SubjectId { .. } => "invalid_id",
            Self::Schedule { .. } => "unknown_schedule",
            Self::Enrolment(_) => "enrolment",
            Self::Evaluation(_) => "evaluation",
            Self::Identity(_) => "invalid_id",
            Self::UnknownIdentity(_) => "unknown_identity",
            Self::NobodyEnrolled(_) => "not_enrolled",
            Self::Api(_) | Self::NoSuchKey(_) => "api",
            Self::App(AppError::Enrolment(_)) => "enrolment",
            Self::App(AppError::Config(_)) => "config",
            Self::App(_) => "daemon",
            Self::NoAnswer { .. } | Self::Signature { .. } => "no_signed_answer",
            Self::PublicKey(_) => "public_key",
            Self::File { .. } => "file",
            Self::Bench(_) => "analysis",
            Self::Json(_) => "internal",
        }
    }
}

fn vision_code(error: &VisionError) -> &'static str {
    match error {
        VisionError::NoFace => "no_face",
        VisionError::ModelHash { .. } => "model_hash",
        VisionError::Manifest { .. }
        | VisionError::NoNetwork { .. }
        | VisionError::Calibration { .. }
        | VisionError::ModelUnreadable { .. }
        | VisionError::ModelSize { .. }
        | VisionError::ModelRejected { .. }
        | VisionError::Shape { .. } => "model",
        _ => "analysis",
    }
}

/// The first line of clap's message says what is wrong; the rest is the usage.
fn usage(error: &clap::Error) -> String {
    let text = error.to_string();
    text.lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned()
}
