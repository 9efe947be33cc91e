//! What can go wrong between a picture and its template.

use std::path::PathBuf;

use crate::domain::{CalibrationError, ComparisonError};

use super::Role;

/// An error of the vision room.
#[derive(Debug, thiserror::Error)]
pub enum VisionError {
    #[error("model manifest {}: {reason}; restore the models folder", path.display())]
    Manifest { path: PathBuf, reason: String },
    #[error("model manifest {}: no network has the role `{role}`; restore the models folder", path.display())]
    NoNetwork { path: PathBuf, role: Role },
    #[error("model manifest, network {id}: {source}; restore the models folder")]
    Calibration {
        id: String,
        #[source]
        source: CalibrationError,
    },
    #[error("model file {}: {source}; set the models folder or restore the file", path.display())]
    ModelUnreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "model file {} has {found} bytes, the manifest says {expected}; restore the file", path.display()
    )]
    ModelSize {
        path: PathBuf,
        expected: u64,
        found: u64,
    },
    #[error(
        "model file {} has sha256 {found}, the manifest says {expected}; restore the file that belongs \
         to this manifest", path.display()
    )]
    ModelHash {
        path: PathBuf,
        expected: String,
        found: String,
    },
    #[error("network {id} can't be loaded: {reason}; rebuild it with models/build")]
    ModelRejected { id: String, reason: String },
    #[error(
        "network {id}: {tensor} has shape {found:?}, the manifest says {expected:?}; restore the models folder"
    )]
    Shape {
        id: String,
        tensor: String,
        expected: Vec<usize>,
        found: Vec<usize>,
    },
    #[error("network {id} failed: {reason}; if it happens again, restart and check the memory")]
    Inference { id: String, reason: String },
    #[error("no face in the picture: use one that shows the whole face from the front")]
    NoFace,
    #[error("the face's landmarks fall together: use a picture that shows the face from the front")]
    Landmarks,
    #[error(transparent)]
    Template(#[from] ComparisonError),
}
