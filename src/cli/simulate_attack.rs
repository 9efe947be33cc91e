//! `ostiary simulate-attack`: a portrait as a print or a screen held up to a camera would show it.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use image::codecs::jpeg::JpegEncoder;
use serde::Serialize;

use crate::capture::{self, CaptureError};
use crate::vision::{Medium, recapture};

use super::answer::{Answer, Exit};
use super::error::CliError;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Portrait with the surroundings of the face
    image: PathBuf,
    /// What is held up
    #[arg(long)]
    kind: Kind,
    /// JPEG file to write [default: beside the image, named after the kind]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The same number makes the same attack
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Print,
    Phone,
    Monitor,
    Tablet,
}

impl Kind {
    fn medium(self) -> (Medium, &'static str) {
        match self {
            Self::Print => (Medium::Print, "print"),
            Self::Phone => (Medium::Phone, "phone"),
            Self::Monitor => (Medium::Monitor, "monitor"),
            Self::Tablet => (Medium::Tablet, "tablet"),
        }
    }
}

#[derive(Debug, Serialize)]
struct Simulated {
    kind: Kind,
    seed: u64,
    file: PathBuf,
}

/// How well a camera keeps what it sees.
const JPEG_QUALITY: u8 = 80;

/// Writes the simulated attack.
///
/// # Errors
/// If the image can't be read or the file not be written.
pub fn run(arguments: &Arguments) -> Result<Answer, CliError> {
    let (medium, word) = arguments.kind.medium();
    let path = &arguments.image;
    let picture = capture::open(path)?;
    let seen = recapture(&picture, medium, arguments.seed);
    let mut jpeg = Cursor::new(Vec::new());
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY)
        .encode_image(&seen)
        .map_err(|error| CaptureError::Corrupt {
            name: path.display().to_string(),
            reason: error.to_string(),
        })?;
    let file = arguments
        .out
        .clone()
        .unwrap_or_else(|| path.with_extension(format!("{word}.jpg")));
    fs::write(&file, jpeg.into_inner()).map_err(|source| CliError::File {
        path: file.clone(),
        source,
    })?;
    Answer::new(
        Exit::Yes,
        file.display().to_string(),
        &Simulated {
            kind: arguments.kind,
            seed: arguments.seed,
            file,
        },
    )
}
