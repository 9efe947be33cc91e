//! The rules of one door, in numbers.

use std::time::Duration;

use super::challenge::Occasions;
use super::{Face, LockoutRules, PadScore, Quality, Similarity};

/// A policy value that no door may run with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy.{key}: {problem}")]
pub struct PolicyError {
    /// The key as the config file has it.
    pub key: &'static str,
    /// What is wrong and what would do.
    pub problem: String,
}

/// What a similarity means for this door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// At or above the accept threshold.
    Accept,
    /// Below the accept threshold, at or above the review threshold: a person has to look.
    Review,
    /// Below the review threshold.
    Reject,
}

/// Thresholds and times. [`Policy::default`] is a cautious indoor door.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Similarity from which probe and reference count as mated.
    pub accept_similarity: Similarity,
    /// Similarity from which a person should look at the case.
    pub review_similarity: Similarity,
    /// PAD score from which a presentation counts as bona fide.
    pub liveness_threshold: PadScore,
    /// Frames below this quality are not compared.
    pub quality_floor: Quality,
    /// Shorter side of the face box, in pixels, from which a person counts as standing at the door.
    pub min_face_pixels: u32,
    /// Compared frames of one tracked face that a decision rests on, 1 to 10.
    pub frames_needed: u8,
    /// Frames of them with a PAD score, 1 to `frames_needed`.
    pub liveness_frames: u8,
    /// From the first sight of a face to the decision, 1 to 60 s.
    pub time_limit: Duration,
    /// A frame older than this at the end of its analysis counts for nothing, 50 ms to 10 s.
    pub max_frame_age: Duration,
    /// How long an outcome is shown before the next transaction, 0.5 to 60 s.
    pub cool_down: Duration,
    /// How long the strike is released, 0.2 to 30 s.
    pub strike_time: Duration,
    /// How long a reference named by badge, QR code or MQTT waits for its face, 1 to 60 s.
    pub claim_time: Duration,
    /// Without a frame for so long the camera counts as lost, 0.5 to 60 s.
    pub camera_silence: Duration,
    /// Failed attempts until nobody is let in for a time: 0 to 100 attempts, 1 s to 1 h.
    pub lockout: LockoutRules,
    /// For so long nobody is let in a second time, 0 to 1 h; zero for no anti-passback.
    pub anti_passback: Duration,
    /// When somebody is asked for an active challenge before being let in.
    pub challenge: Occasions,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            accept_similarity: Similarity::saturating(0.70),
            review_similarity: Similarity::saturating(0.60),
            liveness_threshold: PadScore::saturating(0.50),
            quality_floor: Quality::from_fraction(0.40),
            min_face_pixels: 80,
            frames_needed: 3,
            liveness_frames: 2,
            time_limit: Duration::from_secs(8),
            max_frame_age: Duration::from_secs(3),
            cool_down: Duration::from_secs(3),
            strike_time: Duration::from_secs(3),
            claim_time: Duration::from_secs(15),
            camera_silence: Duration::from_secs(5),
            lockout: LockoutRules::default(),
            anti_passback: Duration::ZERO,
            challenge: Occasions::default(),
        }
    }
}

impl Policy {
    /// The most frames a decision can rest on.
    pub const MAX_FRAMES: u8 = 10;

    /// Checks every value against its range and against the others.
    ///
    /// # Errors
    /// The first value that won't do, with its key and range.
    pub fn validated(self) -> Result<Self, PolicyError> {
        let fail = |key, problem: String| Err(PolicyError { key, problem });
        if self.accept_similarity.get() < 0.5 {
            return fail(
                "accept_similarity",
                format!(
                    "{} is below 0.5, where most strangers match",
                    self.accept_similarity.get()
                ),
            );
        }
        if self.review_similarity > self.accept_similarity {
            return fail(
                "review_similarity",
                format!(
                    "{} is above accept_similarity ({})",
                    self.review_similarity.get(),
                    self.accept_similarity.get()
                ),
            );
        }
        if self.liveness_threshold.get() <= 0.0 {
            return fail(
                "liveness_threshold",
                "0 lets every picture pass; use more than 0".into(),
            );
        }
        if !(20..=2000).contains(&self.min_face_pixels) {
            return fail(
                "min_face_pixels",
                format!("{} is not from 20 to 2000", self.min_face_pixels),
            );
        }
        if !(1..=Self::MAX_FRAMES).contains(&self.frames_needed) {
            return fail(
                "frames_needed",
                format!(
                    "{} is not from 1 to {}",
                    self.frames_needed,
                    Self::MAX_FRAMES
                ),
            );
        }
        if !(1..=self.frames_needed).contains(&self.liveness_frames) {
            return fail(
                "liveness_frames",
                format!(
                    "{} is not from 1 to frames_needed ({})",
                    self.liveness_frames, self.frames_needed
                ),
            );
        }
        let spans = [
            ("time_limit_ms", self.time_limit, 1_000, 60_000),
            ("max_frame_age_ms", self.max_frame_age, 50, 10_000),
            ("cool_down_ms", self.cool_down, 500, 60_000),
            ("strike_time_ms", self.strike_time, 200, 30_000),
            ("claim_time_ms", self.claim_time, 1_000, 60_000),
            ("camera_silence_ms", self.camera_silence, 500, 60_000),
            ("anti_passback_ms", self.anti_passback, 0, 3_600_000),
            ("lockout_time_ms", self.lockout.first, 1_000, 3_600_000),
            ("lockout_longest_ms", self.lockout.longest, 1_000, 3_600_000),
        ];
        for (key, span, min, max) in spans {
            if !(min..=max).contains(&span.as_millis()) {
                return fail(
                    key,
                    format!("{} ms is not from {min} to {max} ms", span.as_millis()),
                );
            }
        }
        if self.lockout.attempts > 100 {
            let attempts = self.lockout.attempts;
            return fail(
                "lockout_attempts",
                format!("{attempts} is not from 0 to 100"),
            );
        }
        if self.lockout.first > self.lockout.longest {
            return fail(
                "lockout_time_ms",
                "is longer than lockout_longest_ms".into(),
            );
        }
        if self.max_frame_age > self.time_limit {
            return fail("max_frame_age_ms", "is longer than time_limit_ms".into());
        }
        Ok(self)
    }

    /// Whether a PAD score is bona fide, but less than .2 above the threshold.
    #[must_use]
    pub fn is_doubtful(&self, score: PadScore) -> bool {
        const DOUBT: f32 = 0.2;
        self.is_bona_fide(score) && score.get() < self.liveness_threshold.get() + DOUBT
    }

    /// The band a similarity falls into.
    #[must_use]
    pub fn band(&self, similarity: Similarity) -> Band {
        if similarity >= self.accept_similarity {
            Band::Accept
        } else if similarity >= self.review_similarity {
            Band::Review
        } else {
            Band::Reject
        }
    }

    /// Whether a face is near enough for a person at the door.
    #[must_use]
    pub fn is_at_door(&self, face: &Face) -> bool {
        face.bounds.width.min(face.bounds.height) >= self.min_face_pixels as f32
    }

    /// Whether a PAD score counts as bona fide.
    #[must_use]
    pub fn is_bona_fide(&self, score: PadScore) -> bool {
        score >= self.liveness_threshold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_valid() {
        assert!(Policy::default().validated().is_ok());
    }

    #[test]
    fn a_bad_value_is_named_with_its_range() {
        type Spoil = fn(&mut Policy);
        let cases: [(&str, Spoil); 6] = [
            ("accept_similarity", |p| {
                p.accept_similarity = Similarity::saturating(0.3)
            }),
            ("review_similarity", |p| {
                p.review_similarity = Similarity::MAX
            }),
            ("liveness_threshold", |p| {
                p.liveness_threshold = PadScore::MIN
            }),
            ("frames_needed", |p| p.frames_needed = 0),
            ("liveness_frames", |p| {
                p.liveness_frames = p.frames_needed + 1
            }),
            ("strike_time_ms", |p| {
                p.strike_time = Duration::from_secs(31)
            }),
        ];
        for (key, spoil) in cases {
            let mut policy = Policy::default();
            spoil(&mut policy);
            assert_eq!(policy.validated().unwrap_err().key, key);
        }
    }

    #[test]
    fn thresholds_belong_to_the_better_band() {
        let policy = Policy::default();
        assert_eq!(policy.band(policy.accept_similarity), Band::Accept);
        assert_eq!(policy.band(policy.review_similarity), Band::Review);
        assert_eq!(policy.band(Similarity::saturating(0.5999)), Band::Reject);
    }
}
