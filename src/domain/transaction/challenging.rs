//! The active challenge between the decision to grant and the grant.

use super::{Analysis, Effects, Observation, State, Transaction};
use crate::domain::challenge::{
    Challenge, ChallengeFailure, ChallengeRules, ChallengeState, Occasion,
};
use crate::domain::{
    Band, Decision, DenialReason, Evidence, InconclusiveReason, Moment, Policy, Screen, SubjectId,
};

/// Somebody who would be let in, and is asked for a few movements first.
#[derive(Debug)]
pub(super) struct Challenging {
    /// What the grant rests on.
    pub(super) observation: Observation,
    subject: SubjectId,
    challenge: Challenge,
    /// Whether the person in the challenge was recognised once more.
    is_confirmed: bool,
}

/// Uniform random numbers that nobody can foresee, or none while the system has none.
pub(super) struct Random(Box<dyn FnMut() -> Option<u32> + Send>);

impl Random {
    pub(super) fn new(numbers: impl FnMut() -> Option<u32> + Send + 'static) -> Self {
        Self(Box::new(numbers))
    }

    /// `None` if a number was missing.
    fn challenge(&mut self, now: Moment) -> Option<Challenge> {
        let mut complete = true;
        let numbers = || {
            (self.0)().unwrap_or_else(|| {
                complete = false;
                0
            })
        };
        let challenge = Challenge::new(numbers, ChallengeRules::default(), now);
        complete.then_some(challenge)
    }
}

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Random(..)")
    }
}

impl Challenging {
    /// Takes a frame in; a decision once the challenge is over.
    fn take(&mut self, now: Moment, analysis: &Analysis, policy: &Policy) -> Option<Decision> {
        let comparison = analysis
            .sighting
            .as_ref()
            .and_then(|s| s.comparison.as_ref());
        if let Some(best) = comparison.and_then(|c| c.best())
            && policy.band(best.similarity) == Band::Accept
        {
            if best.subject != self.subject {
                return Some(Decision::Inconclusive(
                    InconclusiveReason::InconsistentFrames,
                ));
            }
            self.is_confirmed = true;
        }
        match &analysis.movement {
            Some(movement) => self.challenge.step(now, movement),
            None => self.challenge.tick(now),
        };
        self.decision()
    }

    fn decision(&self) -> Option<Decision> {
        match self.challenge.state() {
            ChallengeState::Showing(_) => None,
            // Only who was recognised while the challenge ran has passed it.
            ChallengeState::Passed if self.is_confirmed => {
                Some(Decision::Granted(self.subject.clone()))
            }
            ChallengeState::Passed => Some(Decision::Inconclusive(
                InconclusiveReason::InconsistentFrames,
            )),
            ChallengeState::Failed(failure) => Some(match failure {
                ChallengeFailure::Flat | ChallengeFailure::FaceReplaced => {
                    Decision::Denied(DenialReason::PresentationAttack)
                }
                ChallengeFailure::FaceLost => Decision::Inconclusive(InconclusiveReason::FaceLost),
                ChallengeFailure::TimedOut
                | ChallengeFailure::WrongAction
                | ChallengeFailure::TooSoon
                | ChallengeFailure::SeveralFaces => Decision::Denied(DenialReason::ChallengeFailed),
            }),
        }
    }
}

impl Transaction {
    /// Whether the policy asks for a challenge before this grant.
    pub(super) fn calls_for_challenge(&self, evidence: &Evidence, off_hours: bool) -> bool {
        let asked = |occasion| self.policy.challenge.contains(occasion);
        let doubtful = || evidence.pad.is_some_and(|s| self.policy.is_doubtful(s));
        asked(Occasion::EveryGrant)
            || asked(Occasion::Doubt) && doubtful()
            || asked(Occasion::AfterLockout) && self.is_wary
            || asked(Occasion::OffHours) && off_hours
    }

    /// Goes from the observation that `subject` would be let in by to the challenge.
    pub(super) fn begin_challenge(
        &mut self,
        now: Moment,
        subject: SubjectId,
        effects: &mut Effects,
    ) {
        let Some(challenge) = self.random.challenge(now) else {
            let fault = Decision::Inconclusive(InconclusiveReason::AnalysisFailed);
            return self.settle(now, fault, effects);
        };
        if let State::Observing(observation) = std::mem::replace(&mut self.state, State::Idle) {
            self.state = State::Challenging(Challenging {
                observation,
                subject,
                challenge,
                is_confirmed: false,
            });
            self.show_instruction(effects);
        }
    }

    /// Takes a frame of a running challenge; false if there is none.
    pub(super) fn take_challenge(
        &mut self,
        now: Moment,
        analysis: &Analysis,
        effects: &mut Effects,
    ) -> bool {
        let State::Challenging(challenging) = &mut self.state else {
            return false;
        };
        match challenging.take(now, analysis, &self.policy) {
            Some(decision) => self.conclude(now, decision, effects),
            None => self.show_instruction(effects),
        }
        true
    }

    /// Lets time pass for a running challenge.
    pub(super) fn tick_challenge(&mut self, now: Moment, effects: &mut Effects) {
        if let State::Challenging(challenging) = &mut self.state {
            challenging.challenge.tick(now);
            if let Some(decision) = challenging.decision() {
                self.conclude(now, decision, effects);
            }
        }
    }

    fn show_instruction(&mut self, effects: &mut Effects) {
        if let State::Challenging(challenging) = &self.state
            && let ChallengeState::Showing(instruction) = challenging.challenge.state()
        {
            self.show(Screen::Challenge(instruction), effects);
        }
    }
}
