//! What a session has found out: the only thing that is kept of it.

use crate::domain::{Cosine, PadScore, Similarity};

use super::MediaUrl;
use crate::http::api::Place;

/// The outcome of a session.
#[derive(Debug, Clone)]
pub struct Findings {
    pub liveness: Liveness,
    /// One for each reference, in their order.
    pub matches: Vec<Match>,
    /// The live frame of the best quality, a JPEG file; absent if no face was seen.
    pub target: Option<MediaUrl>,
    /// The live video, an MP4 file; absent for a single picture, or where it can't be made.
    pub video: Option<MediaUrl>,
    /// Where the person's browser or the board is, if either tells.
    pub place: Option<Place>,
}

/// Whether a living person was in front of the camera.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Liveness {
    /// Of the frames together.
    pub score: PadScore,
    pub cues: Cues,
}

/// What speaks for or against a living person beside the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cues {
    /// Whether a flat or motionless thing may have been shown.
    pub static_risk: bool,
    /// Whether a recording may have been shown.
    pub prerecorded_risk: bool,
    /// Whether the challenge was passed; `None` where there was none.
    pub challenge_passed: Option<bool>,
}

impl Cues {
    /// Whether anything speaks against a living person.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.static_risk || self.prerecorded_risk || self.challenge_passed == Some(false)
    }
}

/// The comparison of the live frames with one reference.
#[derive(Debug, Clone)]
pub struct Match {
    /// Of the frame that matches best.
    pub similarity: Similarity,
    /// Of the same frame, raw.
    pub cosine: Cosine,
    /// How little the similarity varies over the compared frames, 0 to 1; see [`steadiness`].
    pub steadiness: f32,
    /// The frame that matches best, a JPEG file.
    pub frame: Option<MediaUrl>,
}

/// One minus twice the standard deviation, which for values from 0 to 1 is itself from 0 to 1.
/// A single value doesn't vary; no value is not steady at all.
#[must_use]
pub fn steadiness(similarities: &[Similarity]) -> f32 {
    if similarities.is_empty() {
        return 0.0;
    }
    let count = similarities.len() as f32;
    let mean = similarities.iter().map(|s| s.get()).sum::<f32>() / count;
    let squares = similarities.iter().map(|s| (s.get() - mean).powi(2));
    let deviation = (squares.sum::<f32>() / count).sqrt();
    (1.0 - 2.0 * deviation).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[f32]) -> f32 {
        let similarities: Vec<_> = values.iter().map(|&v| Similarity::saturating(v)).collect();
        steadiness(&similarities)
    }

    #[test]
    fn what_varies_is_less_steady() {
        assert_eq!(of(&[]), 0.0);
        assert_eq!(of(&[0.3]), 1.0);
        assert_eq!(of(&[0.0, 1.0]), 0.0);
        assert!(of(&[0.8, 0.82, 0.79]) > of(&[0.8, 0.4, 0.79]));
    }

    proptest! {
        #[test]
        fn steadiness_is_a_fraction(values in prop::collection::vec(0.0_f32..=1.0, 0..20)) {
            prop_assert!((0.0..=1.0).contains(&of(&values)));
        }
    }
}
