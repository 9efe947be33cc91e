//! The good frames of somebody who agreed.

use std::time::Duration;

use crate::domain::challenge::{Observation, ObservedFace};
use crate::domain::{
    CapturedSample, Covered, Guidance, InconclusiveReason, Moment, PadScore, Policy, Screen,
    Sighting,
};

/// Gathers frames.
#[derive(Debug, Default)]
pub(super) struct Sampling {
    samples: Vec<CapturedSample>,
    /// Of the same frames.
    pads: Vec<PadScore>,
    last: Option<Moment>,
    /// What would make the frame before a good one.
    hint: Option<Screen>,
}

impl Sampling {
    /// Frames that are wanted.
    pub(super) const WANTED: u8 = 5;
    /// Frames closer to each other show the same.
    pub(super) const GAP: Duration = Duration::from_millis(250);

    pub(super) fn done(&self) -> u8 {
        self.samples.len() as u8
    }

    pub(super) fn screen(&self) -> Screen {
        self.hint.clone().unwrap_or(Screen::Enrolling {
            done: self.done(),
            wanted: Self::WANTED,
        })
    }

    /// Takes a frame, if it is a good one.
    pub(super) fn look(
        &mut self,
        seen: &Observation,
        face: &ObservedFace,
        sighting: &Sighting,
        covered: Covered,
        is_frontal: bool,
        policy: &Policy,
    ) {
        let is_early = |last| seen.captured.since(last) < Self::GAP;
        if self.last.is_some_and(is_early) {
            return;
        }
        self.hint = if seen.faces > 1 {
            Some(Screen::TryAgain(InconclusiveReason::InconsistentFrames))
        } else if !policy.is_at_door(&sighting.face) {
            Some(Screen::Guide(Guidance::ComeCloser))
        } else if !is_frontal {
            Some(Screen::Guide(Guidance::LookHere))
        } else if covered != Covered::default() {
            Some(Screen::ShowFace)
        } else if sighting.quality < policy.quality_floor {
            Some(Screen::Guide(
                sighting.guidance.unwrap_or(Guidance::HoldStill),
            ))
        } else {
            None
        };
        // A frame without a score was there before, or was not tested: it can't tell that somebody lives.
        if let (None, Some(pad)) = (&self.hint, sighting.pad)
            && self.samples.len() < usize::from(Self::WANTED)
        {
            self.last = Some(seen.captured);
            self.pads.push(pad);
            self.samples.push(CapturedSample {
                template: face.template.clone(),
                quality: sighting.quality,
                area: face.bounds.area(),
            });
        }
    }

    /// The mean PAD score, once there are all the frames.
    pub(super) fn score(&self) -> Option<PadScore> {
        let sum: f32 = self.pads.iter().map(|pad| pad.get()).sum();
        (self.done() >= Self::WANTED).then(|| PadScore::saturating(sum / f32::from(self.done())))
    }

    pub(super) fn take(&mut self) -> Vec<CapturedSample> {
        std::mem::take(&mut self.samples)
    }
}
