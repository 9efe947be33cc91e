//! That one and the same face belongs to the whole challenge.

use std::time::Duration;

use crate::domain::{BoundingBox, Moment, Template};

use super::{ChallengeFailure, ObservedFace};

/// Follows one face by place and by template.
#[derive(Debug, Default)]
pub(in crate::domain) struct Identity {
    /// Of the first frontal look.
    first: Option<Template>,
    /// Where the face was last, and when.
    last: Option<(BoundingBox, Moment)>,
}

impl Identity {
    /// Longest time without a face, or without a frame at all.
    const LOST_AFTER: Duration = Duration::from_millis(1_500);
    /// Least overlap (IoU) of the boxes of one face from frame to frame.
    const MIN_IOU: f32 = 0.25;
    /// Least cosine between a frontal look and the first one: one in a hundred strangers reaches .53.
    const FRONTAL: f32 = 0.5;
    /// The same for a face that is turned or has its eyes closed, which the embedder knows less well.
    const TURNED: f32 = 0.2;

    pub(in crate::domain) fn template(&self) -> Option<&Template> {
        self.first.as_ref()
    }

    /// Whether a face was there and is so no more.
    pub(in crate::domain) fn is_lost(&self, now: Moment) -> bool {
        self.first.is_some()
            && self
                .last
                .is_some_and(|(_, seen)| now.since(seen) > Self::LOST_AFTER)
    }

    pub(in crate::domain) fn is_newer(&self, captured: Moment) -> bool {
        self.last.is_none_or(|(_, seen)| captured > seen)
    }

    /// Takes the face of a new frame. Before the first frontal look anybody may come and go.
    pub(in crate::domain) fn follow(
        &mut self,
        face: &ObservedFace,
        captured: Moment,
        is_frontal: bool,
    ) -> Result<(), ChallengeFailure> {
        let last = self.last.replace((face.bounds, captured));
        let Some(first) = &self.first else {
            if is_frontal {
                self.first = Some(face.template.clone());
            }
            return Ok(());
        };
        let Some((bounds, seen)) = last else {
            return Err(ChallengeFailure::FaceLost);
        };
        if captured.since(seen) > Self::LOST_AFTER {
            return Err(ChallengeFailure::FaceLost);
        }
        let least = if is_frontal {
            Self::FRONTAL
        } else {
            Self::TURNED
        };
        let same = face
            .template
            .compare(first)
            .is_ok_and(|cosine| cosine.get() >= least);
        if !same || face.bounds.iou(&bounds) < Self::MIN_IOU {
            return Err(ChallengeFailure::FaceReplaced);
        }
        Ok(())
    }
}
