//! `ostiary liveness`: presentation attack detection on one image.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::capture;

use super::answer::{Answer, Exit};
use super::context::Context;
use super::error::CliError;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Image as the camera took it, with the surroundings of the face
    image: PathBuf,
}

#[derive(Debug, Serialize)]
struct Liveness {
    /// `bona_fide` or `attack`.
    verdict: &'static str,
    /// 0 to 1, higher is bona fide.
    pad_score: f32,
    cues: Vec<Cue>,
}

/// What the network said of one crop.
#[derive(Debug, Serialize)]
struct Cue {
    name: String,
    /// The network's raw output; low is bona fide.
    raw: f32,
}

/// Tells a live person from a picture, a screen or a mask, as far as one image can.
///
/// # Errors
/// If the image can't be read or shows no face.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Answer, CliError> {
    let path = &arguments.image;
    let image = capture::open(path)?;
    let mut analyser = context.analyser()?;
    let located = analyser.locate(&image).map_err(|source| CliError::Face {
        path: path.clone(),
        source,
    })?;
    let result = analyser.liveness(&located.image, &located.largest)?;
    let (exit, verdict) = if context.config.policy.is_bona_fide(result.score) {
        (Exit::Yes, "bona_fide")
    } else {
        (Exit::No, "attack")
    };
    let cues: Vec<Cue> = result
        .cues
        .iter()
        .map(|cue| Cue {
            name: format!("texture_crop_{}", cue.crop_factor),
            raw: cue.raw,
        })
        .collect();
    let text = format!("{verdict}: PAD score {:.2}", result.score.get());
    Answer::new(
        exit,
        text,
        &Liveness {
            verdict,
            pad_score: result.score.get(),
            cues,
        },
    )
}
