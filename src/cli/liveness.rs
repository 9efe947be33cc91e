//! `ostiary liveness`: presentation attack detection on an image or a video.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::app::LivenessWatch;
use crate::capture;
use crate::domain::liveness::{CueReading, FusedLiveness, LightCues, LivenessFrame, fuse};
use crate::vision::frame_print;

use super::answer::{Answer, Exit};
use super::context::Context;
use super::error::CliError;

/// Longest video that is looked at.
const LONGEST: Duration = Duration::from_secs(60);
/// Larger video files are cut off, and so can't be read.
const MAX_VIDEO_BYTES: u64 = 64 << 20;
/// Frames of a video that the liveness network sees, spread over it.
const NETWORK_FRAMES: usize = 5;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Image or video (.mp4, .webm) as the camera took it, with the surroundings of the face
    file: PathBuf,
}

#[derive(Debug, Serialize)]
struct Liveness {
    /// `bona_fide`, `attack` or `inconclusive`.
    verdict: &'static str,
    /// 0 to 1, higher is bona fide: that of the network, lowered by the cues.
    pad_score: f32,
    /// Mean of the liveness network's scores.
    network_score: f32,
    /// Frames that showed a face.
    frames: usize,
    cues: Vec<Cue>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Cue {
    /// What the network said of one crop.
    Crop {
        name: String,
        /// Its raw output; low is bona fide.
        raw: f32,
    },
    /// What speaks against a living face.
    Reading {
        name: &'static str,
        /// 0 says nothing, 1 is all it can say.
        value: f32,
        /// What a value of 1 takes from the log-odds of the score.
        weight: f32,
    },
}

impl From<&CueReading> for Cue {
    fn from(reading: &CueReading) -> Self {
        Self::Reading {
            name: reading.name,
            value: reading.value,
            weight: reading.weight,
        }
    }
}

/// Tells a live person from a picture, a screen or a mask, as far as one image or a video can.
///
/// # Errors
/// If the file can't be read or shows no face.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Answer, CliError> {
    let path = &arguments.file;
    let is_video = path.extension().is_some_and(|extension| {
        ["mp4", "webm"]
            .iter()
            .any(|e| extension.eq_ignore_ascii_case(e))
    });
    if is_video {
        of_video(context, path)
    } else {
        of_image(context, path)
    }
}

fn of_image(context: &Context, path: &Path) -> Result<Answer, CliError> {
    let image = capture::open(path)?;
    let mut analyser = context.analyser()?;
    let located = analyser.locate(&image).map_err(|source| CliError::Face {
        path: path.into(),
        source,
    })?;
    let result = analyser.liveness(&located.image, &located.largest)?;
    let frame = LivenessFrame {
        at: Duration::ZERO,
        pad: Some(result.score),
        mesh: None,
        print: frame_print(&located.image),
        image: analyser.image_cues(&located.image, &located.largest),
        light: LightCues::default(),
    };
    let crops = result.cues.iter().map(|cue| Cue::Crop {
        name: format!("texture_crop_{}", cue.crop_factor),
        raw: cue.raw,
    });
    // One frame with a score always fuses.
    let fused = fuse(&[frame]).ok_or_else(|| no_face(path))?;
    answer(context, &fused, 1, true, crops.collect())
}

fn of_video(context: &Context, path: &Path) -> Result<Answer, CliError> {
    let unreadable = |source| CliError::File {
        path: path.into(),
        source,
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_VIDEO_BYTES).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    let video = capture::decode_video(&bytes, LONGEST)?;
    let mut analyser = context.analyser()?;
    let mut watch = LivenessWatch::default();
    let every = video
        .frames
        .len()
        .min(LivenessWatch::MAX_FRAMES)
        .div_ceil(NETWORK_FRAMES);
    for frame in &video.frames {
        let picture = capture::decode(&frame.jpeg, &path.display().to_string())?;
        let network = watch.frames().is_multiple_of(every);
        watch.look(&mut analyser, &picture, frame.at, network)?;
        if watch.frames() == LivenessWatch::MAX_FRAMES {
            break;
        }
    }
    let fused = watch.fused().ok_or_else(|| no_face(path))?;
    answer(
        context,
        &fused,
        watch.frames(),
        watch.is_one_face(),
        Vec::new(),
    )
}

fn no_face(path: &Path) -> CliError {
    CliError::Face {
        path: path.into(),
        source: crate::vision::VisionError::NoFace,
    }
}

fn answer(
    context: &Context,
    fused: &FusedLiveness,
    frames: usize,
    is_one_face: bool,
    mut cues: Vec<Cue>,
) -> Result<Answer, CliError> {
    let (exit, verdict) = if !context.config.policy.is_bona_fide(fused.score) {
        (Exit::No, "attack")
    } else if !is_one_face {
        (Exit::CouldNotTell, "inconclusive")
    } else {
        (Exit::Yes, "bona_fide")
    };
    cues.extend(fused.cues.iter().map(Cue::from));
    let mut text = format!("{verdict}: PAD score {:.2}", fused.score.get());
    for cue in fused.cues.iter().filter(|cue| cue.value > 0.0) {
        text.push_str(&format!(", {} {:.2}", cue.name, cue.value));
    }
    if !is_one_face {
        text.push_str(", not one face throughout");
    }
    Answer::new(
        exit,
        text,
        &Liveness {
            verdict,
            pad_score: fused.score.get(),
            network_score: fused.network.get(),
            frames,
            cues,
        },
    )
}
