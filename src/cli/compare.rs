//! `ostiary compare`: 1:1, two images.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::domain::Band;

use super::answer::{Answer, Exit};
use super::context::{self, Context};
use super::error::CliError;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Image of the person in question
    probe: PathBuf,
    /// Image that the person is compared with, such as an ID document
    reference: PathBuf,
}

#[derive(Debug, Serialize)]
struct Comparison {
    /// `mated`, `review` or `non_mated`.
    verdict: &'static str,
    /// Calibrated, 0 to 1.
    similarity: f32,
    /// Raw, -1 to 1.
    cosine: f32,
    reason: &'static str,
}

/// Compares the largest faces of two images by the policy's thresholds. Liveness is not tested.
///
/// # Errors
/// If an image can't be read or shows no face.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Answer, CliError> {
    let mut analyser = context.analyser()?;
    let probe = context::probe(&mut analyser, &arguments.probe)?;
    let reference = context::probe(&mut analyser, &arguments.reference)?;
    let policy = &context.config.policy;
    let cosine = probe.template.compare(&reference.template)?;
    let similarity = analyser.calibration().similarity(cosine);
    let poor = [&probe, &reference]
        .iter()
        .any(|p| p.quality.quality < policy.quality_floor);
    let (exit, verdict, reason) = match (policy.band(similarity), poor) {
        // Poor pictures make people look less alike, so they can't deny.
        (Band::Review | Band::Reject, true) => (Exit::CouldNotTell, "review", "poor_quality"),
        (Band::Accept, _) => (Exit::Yes, "mated", "similarity_at_or_above_accept"),
        (Band::Review, false) => (Exit::CouldNotTell, "review", "similarity_in_review_band"),
        (Band::Reject, false) => (Exit::No, "non_mated", "similarity_below_review"),
    };
    let text = format!(
        "{verdict}: similarity {:.2} (cosine {:.3}), {reason}",
        similarity.get(),
        cosine.get()
    );
    let answer = Comparison {
        verdict,
        similarity: similarity.get(),
        cosine: cosine.get(),
        reason,
    };
    Answer::new(exit, text, &answer)
}
