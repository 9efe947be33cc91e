//! What keeps the door from being served.

use std::io;
use std::path::PathBuf;

use crate::capture::CaptureError;
use crate::config::ConfigError;
use crate::domain::{ComparisonError, GalleryError, SubjectIdError};
use crate::door::DoorError;
use crate::enrolment::EnrolmentError;
use crate::http::HttpError;
use crate::http::api::ApiError;
use crate::http::api::sessions::SessionError;
use crate::panel::PanelError;
use crate::telemetry::TelemetryError;
use crate::vision::VisionError;

use super::SiteError;

/// An error of the wiring, or of a room it wires.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error(
        "{name} is in none of these places: {places}; name its folder with --models or --board"
    )]
    Resource { name: String, places: String },
    #[error("the {name} thread can't be started: {source}")]
    Thread {
        name: &'static str,
        source: io::Error,
    },
    #[error("data folder {}: {source}", path.display())]
    Data { path: PathBuf, source: io::Error },
    #[error("{}: {key}: {source}", file.display())]
    Wiring {
        file: PathBuf,
        key: &'static str,
        source: DoorError,
    },
    #[error("{}: {key}: {source}", file.display())]
    Display {
        file: PathBuf,
        key: &'static str,
        source: PanelError,
    },
    #[error("the networks are not loaded")]
    AnalyserMissing,
    #[error("signals can't be handled: {0}")]
    Signals(#[from] ctrlc::Error),
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error(transparent)]
    Capture(#[from] CaptureError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Comparison(#[from] ComparisonError),
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error(transparent)]
    Enrolment(#[from] EnrolmentError),
    #[error(transparent)]
    Gallery(#[from] GalleryError),
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error(transparent)]
    Panel(#[from] PanelError),
    #[error(transparent)]
    Site(#[from] SiteError),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    SubjectId(#[from] SubjectIdError),
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    #[error(transparent)]
    Vision(#[from] VisionError),
}
