//! `ostiary identify`: 1:N, an image against everybody enrolled.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use time::UtcDateTime;

use crate::domain::{Band, Candidate, Comparison, Standing};

use super::answer::{Answer, Exit};
use super::context::{self, Context};
use super::error::CliError;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Image of the person in question
    probe: PathBuf,
}

#[derive(Debug, Serialize)]
struct Identification<'a> {
    /// `identified`, `review`, `expired` or `unknown`.
    verdict: &'static str,
    /// The ID number; null if unknown.
    subject: Option<&'a str>,
    /// Of the most similar subject, 0 to 1; null if nobody is enrolled.
    similarity: Option<f32>,
    /// The most similar subjects, best first.
    candidates: Vec<Listed<'a>>,
}

#[derive(Debug, Serialize)]
struct Listed<'a> {
    subject: &'a str,
    similarity: f32,
    cosine: f32,
}

impl<'a> From<&'a Candidate> for Listed<'a> {
    fn from(candidate: &'a Candidate) -> Self {
        Self {
            subject: candidate.subject.as_str(),
            similarity: candidate.similarity.get(),
            cosine: candidate.cosine.get(),
        }
    }
}

/// Looks the largest face of an image up in the gallery, by the policy's thresholds. Liveness is not tested.
///
/// # Errors
/// If the image can't be read or shows no face, or nobody has ever been enrolled.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Answer, CliError> {
    let mut analyser = context.analyser()?;
    let gallery = context.store(&analyser)?.load(
        analyser.calibration().clone(),
        analyser.template_dimension(),
    )?;
    let probe = context::probe(&mut analyser, &arguments.probe)?;
    let comparison = gallery.identify(&probe.template, UtcDateTime::now())?;
    let candidates = match &comparison {
        Comparison::Identification(candidates) => candidates.as_slice(),
        Comparison::Verification { candidate, .. } => candidate.as_slice(),
    };
    let best = candidates.first();
    let (exit, verdict) = match best.map(|c| (context.config.policy.band(c.similarity), c.standing))
    {
        None | Some((Band::Reject, _)) => (Exit::No, "unknown"),
        Some((_, Standing::Expired)) => (Exit::No, "expired"),
        Some((Band::Accept, Standing::Valid | Standing::OutsideHours)) => (Exit::Yes, "identified"),
        Some((Band::Review, Standing::Valid | Standing::OutsideHours)) => {
            (Exit::CouldNotTell, "review")
        }
    };
    let known = best.filter(|_| verdict != "unknown");
    let text = match known {
        Some(candidate) => {
            format!(
                "{verdict}: {} (similarity {:.2})",
                candidate.subject,
                candidate.similarity.get()
            )
        }
        None => verdict.to_owned(),
    };
    let answer = Identification {
        verdict,
        subject: known.map(|candidate| candidate.subject.as_str()),
        similarity: best.map(|candidate| candidate.similarity.get()),
        candidates: candidates.iter().map(Listed::from).collect(),
    };
    Answer::new(exit, text, &answer)
}
