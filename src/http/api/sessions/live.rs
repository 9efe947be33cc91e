//! A running capture: the challenge, and what is kept of its frames.

use std::collections::VecDeque;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::domain::challenge::{
    Challenge, ChallengeFailure, ChallengeRules, ChallengeState, Instruction,
};
use crate::domain::{Moment, ObservedFrame};
use crate::http::api::Place;

use super::findings::Cues;
use super::footage::{Clip, Footage, JpegFile, LiveFrame};

/// The live video's length.
const CLIP: Duration = Duration::from_secs(15);
/// The live video's frames before they are encoded, in bytes.
const MAX_CLIP_BYTES: usize = 24 << 20;
/// Frames that are compared with the references.
const MAX_COMPARED: usize = 6;
/// Longer than at the door, for a person who reads the instructions on a page.
const RULES: ChallengeRules = ChallengeRules {
    actions: 3,
    step_time: Duration::from_secs(10),
    time_limit: Duration::from_secs(60),
    restarts: 1,
};

/// Where the seed of a challenge comes from: the system's random numbers, but for tests.
pub type SeedSource = fn() -> Result<[u8; 32], getrandom::Error>;

/// A seed that nobody can foresee.
///
/// # Errors
/// If the system has no random source.
pub fn random_seed() -> Result<[u8; 32], getrandom::Error> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}

/// One person in front of one camera.
#[derive(Debug)]
pub struct LiveCapture {
    challenge: Challenge,
    latest: Moment,
    clip: VecDeque<(Moment, JpegFile)>,
    clip_bytes: usize,
    /// Best quality first.
    compared: Vec<LiveFrame>,
    pub place: Option<Place>,
}

impl LiveCapture {
    /// Begins a challenge. As long as the seed is unknown, so is what it draws.
    #[must_use]
    pub fn new(seed: [u8; 32], now: Moment) -> Self {
        let mut drawn = 0_u64;
        let random = move || {
            drawn += 1;
            let digest = Sha256::new()
                .chain_update(seed)
                .chain_update(drawn.to_be_bytes())
                .finalize();
            u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
        };
        Self {
            challenge: Challenge::new(random, RULES, now),
            latest: now,
            clip: VecDeque::new(),
            clip_bytes: 0,
            compared: Vec::new(),
            place: None,
        }
    }

    /// How the challenge stands.
    #[must_use]
    pub fn state(&self) -> ChallengeState {
        self.challenge.state()
    }

    /// Actions asked for over all, 0 to 1.
    #[must_use]
    pub fn progress(&self) -> f32 {
        let (done, all) = self.challenge.progress();
        done as f32 / all.max(1) as f32
    }

    /// When the last frame came.
    #[must_use]
    pub fn latest(&self) -> Moment {
        self.latest
    }

    /// Takes a frame and what the worker saw in it.
    pub fn take(&mut self, now: Moment, jpeg: JpegFile, seen: ObservedFrame) -> ChallengeState {
        self.latest = now;
        let was_frontal_look = self.is_frontal_look();
        let state = self.challenge.step(now, &seen.observation);
        self.keep_in_clip(now, jpeg.clone());
        // Only frames of the person whom the challenge follows.
        if was_frontal_look
            && self.challenge.template().is_some()
            && !matches!(state, ChallengeState::Failed(_))
            && let (Some(face), Some(quality)) = (seen.observation.face, seen.quality)
        {
            self.compared.push(LiveFrame {
                jpeg,
                template: face.template,
                quality,
            });
            self.compared
                .sort_by_key(|frame| std::cmp::Reverse(frame.quality));
            self.compared.truncate(MAX_COMPARED);
        }
        state
    }

    /// Ends the challenge, as failed if it hasn't passed by then, and hands over what was kept.
    #[must_use]
    pub fn into_footage(mut self, now: Moment) -> Footage {
        let state = self.challenge.tick(now);
        let (done, _) = self.challenge.progress();
        let span = match (self.clip.front(), self.clip.back()) {
            (Some((first, _)), Some((last, _))) => last.since(*first),
            _ => Duration::ZERO,
        };
        let gaps = self.clip.len().saturating_sub(1);
        let clip = if gaps == 0 || span.is_zero() {
            Clip::None
        } else {
            Clip::Frames {
                per_second: gaps as f32 / span.as_secs_f32(),
                jpegs: self.clip.into_iter().map(|(_, jpeg)| jpeg).collect(),
            }
        };
        Footage {
            frames: self.compared,
            clip,
            cues: cues(state, done),
            score: None,
            place: self.place,
        }
    }

    fn is_frontal_look(&self) -> bool {
        self.state() == ChallengeState::Showing(Instruction::LookHere)
    }

    fn keep_in_clip(&mut self, now: Moment, jpeg: JpegFile) {
        self.clip_bytes += jpeg.0.len();
        self.clip.push_back((now, jpeg));
        while let Some((oldest, _)) = self.clip.front()
            && (now.since(*oldest) > CLIP || self.clip_bytes > MAX_CLIP_BYTES)
        {
            if let Some((_, dropped)) = self.clip.pop_front() {
                self.clip_bytes -= dropped.0.len();
            }
        }
    }
}

/// A picture neither moves by itself nor like a head; a recording moves, but not as it is told to.
fn cues(state: ChallengeState, actions_done: usize) -> Cues {
    let failure = match state {
        ChallengeState::Failed(failure) => Some(failure),
        ChallengeState::Showing(_) | ChallengeState::Passed => None,
    };
    Cues {
        static_risk: match failure {
            Some(ChallengeFailure::Flat) => true,
            Some(ChallengeFailure::TimedOut) => actions_done == 0,
            _ => false,
        },
        prerecorded_risk: matches!(
            failure,
            Some(ChallengeFailure::WrongAction | ChallengeFailure::FaceReplaced)
        ),
        challenge_passed: Some(state == ChallengeState::Passed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment::new(Duration::ZERO);

    fn empty(now: Moment) -> ObservedFrame {
        ObservedFrame {
            observation: crate::domain::challenge::Observation {
                captured: now,
                faces: 0,
                face: None,
            },
            quality: None,
        }
    }

    #[test]
    fn what_speaks_against_life_depends_on_the_failure() {
        let of = |failure, done| cues(ChallengeState::Failed(failure), done);
        assert!(of(ChallengeFailure::Flat, 2).static_risk);
        assert!(of(ChallengeFailure::TimedOut, 0).static_risk);
        assert!(!of(ChallengeFailure::TimedOut, 1).static_risk);
        assert!(of(ChallengeFailure::WrongAction, 1).prerecorded_risk);
        assert!(of(ChallengeFailure::FaceReplaced, 1).prerecorded_risk);
        assert_eq!(
            of(ChallengeFailure::FaceLost, 1).challenge_passed,
            Some(false)
        );

        let passed = cues(ChallengeState::Passed, 3);
        assert!(!passed.is_refused());
    }

    #[test]
    fn an_unfinished_capture_is_not_live() {
        let footage = LiveCapture::new([7; 32], START).into_footage(START);
        assert_eq!(footage.cues.challenge_passed, Some(false));
        assert!(matches!(footage.clip, Clip::None));
    }

    #[test]
    fn the_clip_is_the_last_fifteen_seconds() {
        let mut capture = LiveCapture::new([7; 32], START);
        for tenth in 0..200 {
            let now = Moment::new(Duration::from_millis(100 * tenth));
            capture.take(now, JpegFile(vec![0; 10]), empty(now));
        }
        assert_eq!(capture.clip.len(), 151);
        assert_eq!(capture.clip_bytes, 1510);
        let now = capture.latest();
        let Clip::Frames { per_second, jpegs } = capture.into_footage(now).clip else {
            panic!("no clip");
        };
        assert_eq!(jpegs.len(), 151);
        assert!((per_second - 10.0).abs() < 1e-3);
    }

    #[test]
    fn frames_without_a_face_are_in_the_clip_alone() {
        let mut capture = LiveCapture::new([7; 32], START);
        let large = JpegFile(vec![0; MAX_CLIP_BYTES / 2 + 1]);
        for second in 1..3 {
            let now = Moment::new(Duration::from_secs(second));
            capture.take(now, large.clone(), empty(now));
        }
        assert_eq!(capture.clip.len(), 1, "bytes are bounded");
        assert!(capture.compared.is_empty());
    }

    #[test]
    fn seeds_differ() {
        assert_ne!(random_seed().unwrap(), random_seed().unwrap());
    }
}
