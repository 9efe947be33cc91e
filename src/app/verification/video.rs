//! `Job::ExamineVideo` and `Job::WriteVideo`: what a video tells, and making one.

use std::time::Duration;

use super::bench::{Bench, failed};
use crate::app::LivenessWatch;
use crate::capture::{self, CaptureError};
use crate::domain::{ExaminedFrame, ExaminedVideo, Portrait};
use crate::http::api::backend::BackendError;
use crate::vision::VisionError;

/// The longest MP4 that is made.
const MAX_CLIP: Duration = Duration::from_secs(15);
/// Frames that are looked at, spread over the video.
const LOOKED_AT: usize = 8;
/// Of them, frames with a PAD score.
const PAD_FRAMES: usize = 3;
/// Frames that are handed back for comparisons.
const COMPARED: usize = 6;

/// Finds the person of a video: the best frames, and liveness over some of them.
pub(super) fn examine(
    bench: &mut Bench<'_>,
    file: &[u8],
    longest: Duration,
    wants_clip: bool,
) -> Result<ExaminedVideo, BackendError> {
    let video = capture::decode_video(file, longest).map_err(undecodable)?;
    let step = video.frames.len().div_ceil(LOOKED_AT).max(1);
    let mut frames = Vec::new();
    let mut watch = LivenessWatch::default();
    for (number, frame) in video.frames.iter().step_by(step).enumerate() {
        let picture = capture::decode(&frame.jpeg, "a frame of the video").map_err(undecodable)?;
        // The first frames of a hand-held video shake, so scores are spread over it.
        let network = number % LOOKED_AT.div_ceil(PAD_FRAMES) == 0 || watch.frames() == 0;
        let face = bench.stage(|analyser| watch.look(analyser, &picture, frame.at, network))?;
        let Some(face) = face else { continue };
        let template = bench.stage(|analyser| match analyser.embed(&picture, &face).cloned() {
            Err(VisionError::Landmarks) => Ok(None),
            other => other.map(Some),
        })?;
        if let Some(template) = template {
            frames.push(ExaminedFrame {
                jpeg: Portrait(frame.jpeg.clone()),
                template,
                quality: bench.analyser.quality(&picture, &face).quality,
            });
        }
    }
    let fused = watch.fused();
    let says = |name: &str| {
        fused.as_ref().is_some_and(|fused| {
            fused
                .cues
                .iter()
                .any(|cue| cue.name == name && cue.value >= 0.5)
        })
    };
    frames.sort_by_key(|frame| std::cmp::Reverse(frame.quality));
    frames.truncate(COMPARED);
    let clip = if wants_clip {
        let jpegs: Vec<_> = video.frames.iter().map(|f| f.jpeg.clone()).collect();
        let rate = jpegs.len() as f32 / video.duration.as_secs_f32().max(0.1);
        Some(write(&jpegs, rate)?)
    } else {
        None
    };
    Ok(ExaminedVideo {
        width: video.width,
        height: video.height,
        duration: video.duration,
        frames,
        pad: fused.as_ref().map(|fused| fused.score),
        static_risk: says("frozen") || says("flat_motion") || says("lifeless"),
        // A face that another takes the place of was cut in.
        prerecorded_risk: says("repeated") || (watch.frames() > 0 && !watch.is_one_face()),
        clip,
    })
}

/// Makes an MP4 file.
pub(super) fn write(jpegs: &[Vec<u8>], per_second: f32) -> Result<Vec<u8>, BackendError> {
    capture::encode_video(jpegs, per_second, MAX_CLIP).map_err(|error| match error {
        CaptureError::VideoDecoderMissing => BackendError::VideoDecoderMissing,
        other => failed(&other),
    })
}

fn undecodable(error: CaptureError) -> BackendError {
    match error {
        CaptureError::VideoDecoderMissing => BackendError::VideoDecoderMissing,
        CaptureError::VideoTooLong { longest } => BackendError::VideoTooLong { longest },
        CaptureError::VideoProgram(_) => failed(&error),
        other => BackendError::UndecodableVideo {
            reason: other.to_string(),
        },
    }
}
