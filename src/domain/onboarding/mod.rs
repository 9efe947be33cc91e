//! Enrolment at the door: a front desk asks, the person who stands there agrees and is enrolled.
//!
//! A pure state machine, like the [challenge](super::challenge) from which it has its eyes. Invariants:
//!
//! - nothing of a face is kept before its person has agreed, see [`consent`];
//! - one face, followed from frame to frame by place and by template, belongs to the whole;
//! - every frame that is kept is new, frontal, good enough, uncovered, tested for liveness and shows nobody else;
//! - the whole is bounded in time, and what has ended stays ended.
//!
//! ```text
//!   Asking ── a held turn to the right ──▶ Capturing ── enough good frames that live ──▶ Saving ──▶ Ended
//!      └─ no, gone, replaced, too late ──────┴────────────── cancelled, a fault ──────────┴────────▶ Ended
//! ```

mod consent;
mod order;
mod sampling;
#[cfg(test)]
pub(super) mod tests;

use std::sync::Arc;
use std::time::Duration;

use super::challenge::{ChallengeFailure, Identity, Neutral};
use super::{Analysis, Moment, Policy, Screen};
use consent::{Answer, Consent};
pub use order::{
    Capture, CapturedSample, EnrolmentEnd, EnrolmentOrder, EnrolmentStage, EnrolmentUpdate,
};
use sampling::Sampling;

/// One enrolment at the door.
#[derive(Debug)]
pub(super) struct Onboarding {
    order: Arc<EnrolmentOrder>,
    deadline: Moment,
    identity: Identity,
    consented: Option<Moment>,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Asking(Consent),
    Capturing(Sampling),
    Saving { since: Moment },
    Ended { end: EnrolmentEnd, at: Moment },
}

impl Onboarding {
    /// A store that has not answered by then has failed.
    const SAVING_LIMIT: Duration = Duration::from_secs(30);

    pub fn new(order: Arc<EnrolmentOrder>, now: Moment) -> Self {
        Self {
            deadline: now + order.time_limit,
            order,
            identity: Identity::default(),
            consented: None,
            phase: Phase::Asking(Consent::default()),
        }
    }

    /// How it stands.
    pub fn update(&self) -> EnrolmentUpdate {
        EnrolmentUpdate {
            order: Arc::clone(&self.order),
            stage: self.stage(),
            consented: self.consented,
        }
    }

    pub fn stage(&self) -> EnrolmentStage {
        match &self.phase {
            Phase::Asking(_) => EnrolmentStage::Asking,
            Phase::Capturing(sampling) => EnrolmentStage::Capturing {
                done: sampling.done(),
                wanted: Sampling::WANTED,
            },
            Phase::Saving { .. } => EnrolmentStage::Saving,
            Phase::Ended { end, .. } => EnrolmentStage::Ended(*end),
        }
    }

    /// What the person is shown.
    pub fn screen(&self) -> Screen {
        match &self.phase {
            Phase::Asking(_) => Screen::Consent,
            Phase::Capturing(sampling) => sampling.screen(),
            Phase::Saving { .. } => Screen::Enrolling {
                done: Sampling::WANTED,
                wanted: Sampling::WANTED,
            },
            Phase::Ended { end, .. } => Screen::EnrolmentEnded(*end),
        }
    }

    /// Whether it is about the order of this id.
    pub fn is(&self, id: u128) -> bool {
        self.order.id == id
    }

    /// Since when it has ended.
    pub fn ended(&self) -> Option<Moment> {
        match self.phase {
            Phase::Ended { at, .. } => Some(at),
            _ => None,
        }
    }

    /// Lets time pass.
    pub fn tick(&mut self, now: Moment) {
        match &self.phase {
            Phase::Asking(_) | Phase::Capturing(_) => {
                if now > self.deadline {
                    self.end(now, EnrolmentEnd::TimedOut);
                }
            }
            Phase::Saving { since } if now.since(*since) > Self::SAVING_LIMIT => {
                self.end(now, EnrolmentEnd::Failed);
            }
            Phase::Saving { .. } | Phase::Ended { .. } => {}
        }
    }

    /// Takes a frame; what is to be stored, once there is enough.
    pub fn take(&mut self, now: Moment, frame: &Analysis, policy: &Policy) -> Option<Capture> {
        self.tick(now);
        if !matches!(self.phase, Phase::Asking(_) | Phase::Capturing(_)) {
            return None;
        }
        let seen = frame.movement.as_ref();
        let seen = seen.and_then(|seen| Some((seen, seen.face.as_ref()?)));
        let (Some((seen, face)), Some(sighting)) = (seen, &frame.sighting) else {
            // By the times the frames were taken, so that a slow analysis loses nobody.
            if self.identity.is_lost(frame.captured) {
                self.end(now, EnrolmentEnd::Left);
            }
            return None;
        };
        if !self.identity.is_newer(seen.captured) {
            return None;
        }
        let neutral = Neutral::of(&face.mesh);
        if let Err(failure) = self.identity.follow(face, seen.captured, neutral.is_some()) {
            let end = match failure {
                ChallengeFailure::FaceReplaced => EnrolmentEnd::Replaced,
                _ => EnrolmentEnd::Left,
            };
            self.end(now, end);
            return None;
        }
        match &mut self.phase {
            Phase::Asking(consent) => {
                if seen.faces > 1 || !policy.is_at_door(&sighting.face) {
                    consent.begin_anew();
                    return None;
                }
                match consent.look(seen.captured, &face.mesh, neutral)? {
                    Answer::Yes => {
                        self.consented = Some(now);
                        self.phase = Phase::Capturing(Sampling::default());
                    }
                    Answer::No => self.end(now, EnrolmentEnd::Declined),
                    Answer::Flat => self.end(now, EnrolmentEnd::Attack),
                }
                None
            }
            Phase::Capturing(sampling) => {
                sampling.look(
                    seen,
                    face,
                    sighting,
                    frame.covered,
                    neutral.is_some(),
                    policy,
                );
                self.complete(now, policy)
            }
            Phase::Saving { .. } | Phase::Ended { .. } => None,
        }
    }

    /// Ends it, unless it has ended already.
    pub fn end(&mut self, now: Moment, end: EnrolmentEnd) {
        if self.ended().is_none() {
            self.phase = Phase::Ended { end, at: now };
        }
    }

    /// Goes on to the store once there are enough frames that live.
    fn complete(&mut self, now: Moment, policy: &Policy) -> Option<Capture> {
        let Phase::Capturing(sampling) = &mut self.phase else {
            return None;
        };
        let (score, consented) = (sampling.score()?, self.consented?);
        if !policy.is_bona_fide(score) {
            self.end(now, EnrolmentEnd::Attack);
            return None;
        }
        let samples = sampling.take();
        self.phase = Phase::Saving { since: now };
        Some(Capture {
            order: Arc::clone(&self.order),
            consented,
            samples,
        })
    }
}
