//! What can go wrong between a folder of images and its error rates.

use std::path::PathBuf;

use crate::domain::{ScoreError, SiteCalibrationError};

/// Why an evaluation could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    #[error("can't read {path}: {source}", path = path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path}: {source}", path = path.display())]
    Csv { path: PathBuf, source: csv::Error },
    #[error(
        "{path} has no column {column}: the first line must name file_x, file_y and Decision",
        path = path.display()
    )]
    MissingColumn { path: PathBuf, column: &'static str },
    #[error("{path}, line {line}: Decision is {found:?}: write Yes or No", path = path.display())]
    UnknownDecision {
        path: PathBuf,
        line: u64,
        found: String,
    },
    #[error(
        "{path}, line {line}: there is no image file {image}: name it relative to the list's folder",
        path = path.display(),
        image = image.display()
    )]
    MissingImage {
        path: PathBuf,
        line: u64,
        image: PathBuf,
    },
    #[error("{path} lists no pairs: add a line for each pair below the header", path = path.display())]
    NoPairs { path: PathBuf },
    #[error(
        "{path} has no images in subfolders: make one subfolder a person, with that person's images",
        path = path.display()
    )]
    NoPeople { path: PathBuf },
    #[error(
        "{path} has no {missing} images: expected {path}/[CAMERA/]bona_fide/ and {path}/[CAMERA/]SPECIES/ with images",
        path = path.display()
    )]
    NoPresentations {
        path: PathBuf,
        missing: &'static str,
    },
    #[error("camera {camera}: {source}")]
    Site {
        camera: String,
        source: SiteCalibrationError,
    },
    #[error(transparent)]
    Scores(#[from] ScoreError),
    #[error("can't draw {path}: {detail}", path = path.display())]
    Draw { path: PathBuf, detail: String },
    #[error("can't write {path}: {source}", path = path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
}
