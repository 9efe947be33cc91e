//! The access transaction: from the first sight of a face to the effects of the decision.
//!
//! `step(now, input) -> effects`, with no clock, thread, file or socket in it. Duties:
//!
//! - gathers evidence of one tracked face from fresh frames only, and gives up at the time limit;
//! - asks for liveness only when a face is worth it ([`Transaction::demand`]), and never decides a
//!   match without it;
//! - orders effects so that a decision is recorded before the strike is released;
//! - on a fault ends the transaction as inconclusive and says so on the panel.
//!
//! ```text
//!            face at the door            evidence complete, time limit
//!   Idle ───────────────────▶ Observing ─────── Challenging ────────▶ Settled
//!    ▲ ▲                          │ face lost                           │ cool-down over
//!    │ └──────────────────────────┘                                     │ (after a grant: face gone too)
//!    └──────────────────────────────────────────────────────────────────┘
//!   any ── fault ──▶ OutOfService ── fresh frame ──▶ Idle
//! ```
//!
//! Between the decision to grant and the grant there may be a challenge, if the policy asks for one.
//!
//! After too many failed attempts the door comes to rest as LockedOut instead of Idle, until its time is
//! over: nobody is compared and no claim is taken. While somebody is being enrolled it is the same.

mod attempts;
mod challenging;
mod claims;
mod enrolling;
mod faults;
mod interface;
mod observation;
mod outcome;
#[cfg(test)]
mod tests;

use super::onboarding::Onboarding;
use super::{
    Alarm, Decision, DoorEvent, Guidance, InconclusiveReason, Lockout, Moment, Passback, Policy,
    Screen, Sighting, SubjectId, TrackId, decide,
};
use challenging::{Challenging, Random};
pub use interface::{Against, Analysis, DecisionRecord, Demand, Effect, Effects, Fault, Input};
use observation::Observation;

#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a box would allocate on the frame path"
)]
enum State {
    Idle,
    Observing(Observation),
    Challenging(Challenging),
    Settled {
        until: Moment,
        granted: bool,
        /// Who was let in, while they stand there.
        staying: Option<TrackId>,
    },
    LockedOut,
    /// Nobody is let in meanwhile.
    Enrolling(Onboarding),
    OutOfService,
}

/// The state machine of one door.
#[derive(Debug)]
pub struct Transaction {
    policy: Policy,
    state: State,
    /// Who was claimed, and when.
    claim: Option<(SubjectId, Moment)>,
    shown: Option<Screen>,
    last_frame: Moment,
    stale_frames: u32,
    lockout: Lockout,
    passback: Passback,
    /// Until when nobody is let in.
    locked: Option<Moment>,
    /// After a lock-out, until somebody is let in.
    is_wary: bool,
    random: Random,
    /// The stranger last counted as a failed attempt; one who stays is not counted again.
    stranger: Option<TrackId>,
}

impl Transaction {
    /// Stale frames in a row from which the analysis counts as too slow to serve the door.
    const MAX_STALE_FRAMES: u32 = 10;

    /// A door at rest; `now` starts the wait for the first frame. Challenges are drawn by `random`: uniform numbers
    /// that nobody can foresee, or `None` while there are none.
    #[must_use]
    pub fn new(
        policy: Policy,
        now: Moment,
        random: impl FnMut() -> Option<u32> + Send + 'static,
    ) -> Self {
        Self {
            policy,
            state: State::Idle,
            claim: None,
            shown: None,
            last_frame: now,
            stale_frames: 0,
            lockout: Lockout::new(policy.lockout),
            passback: Passback::new(policy.anti_passback),
            locked: None,
            is_wary: false,
            random: Random::new(random),
            stranger: None,
        }
    }

    /// The rules it runs by.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What the next analysis should bring.
    #[must_use]
    pub fn demand(&self) -> Demand {
        let wanted = match &self.state {
            State::Settled { .. } | State::LockedOut | State::Enrolling(_) => None,
            State::Observing(_) | State::Challenging(_) => {
                self.observation().map(|o| o.against.clone())
            }
            State::Idle | State::OutOfService => Some(self.claimed()),
        };
        let liveness = matches!(&self.state, State::Observing(o) if o.wants_liveness(&self.policy));
        let (follows, samples) = self.enrolment_demand();
        Demand {
            comparison: wanted,
            liveness: liveness || samples,
            movement: matches!(&self.state, State::Challenging(_)) || follows,
            covers: samples,
        }
    }

    /// Takes one input and says what the outside must do.
    pub fn step(&mut self, now: Moment, input: Input) -> Effects {
        let mut effects = Effects::new();
        self.pass_time(now, &mut effects);
        match input {
            Input::Tick => {}
            Input::GalleryChanged => self.forget_comparisons(),
            Input::Claimed(subject) => self.take_claim(now, subject, &mut effects),
            Input::Fault(fault) => self.fail(now, fault, &mut effects),
            Input::Analysed(analysis) => self.take_analysis(now, analysis, &mut effects),
            Input::Enrol(order) => self.begin_enrolment(now, order, &mut effects),
            Input::EnrolmentCancelled(id) => self.cancel_enrolment(now, id, &mut effects),
            Input::EnrolmentSaved { id, end } => self.end_saving(now, id, end, &mut effects),
        }
        if self.shown.is_none() {
            self.show(Screen::Idle, &mut effects);
        }
        effects
    }

    fn pass_time(&mut self, now: Moment, effects: &mut Effects) {
        let silent = now.since(self.last_frame) > self.policy.camera_silence;
        if silent && !matches!(self.state, State::OutOfService) {
            self.fail(now, Fault::CameraLost, effects);
        }
        if self.locked.take_if(|until| now >= *until).is_some() {
            push(
                effects,
                Effect::Report(DoorEvent::Cleared(Alarm::LockedOut)),
            );
            if matches!(self.state, State::LockedOut) {
                self.come_to_rest(effects);
            }
        }
        match &self.state {
            State::Observing(observation) => {
                if now.since(observation.started) > self.policy.time_limit {
                    let reason = observation.reason_for_giving_up(&self.policy);
                    self.settle(now, Decision::Inconclusive(reason), effects);
                }
            }
            State::Settled { until, staying, .. } if now >= *until => {
                if staying.is_some() {
                    self.show(self.rest_screen(), effects);
                } else {
                    self.come_to_rest(effects);
                }
            }
            State::Idle => self.expire_claim(now, effects),
            State::Challenging(_) => self.tick_challenge(now, effects),
            State::Enrolling(_) => self.tick_enrolment(now, effects),
            State::Settled { .. } | State::LockedOut | State::OutOfService => {}
        }
    }

    /// The face that is there is observed afresh, so that nobody removed a moment ago is let in.
    fn forget_comparisons(&mut self) {
        if self.observation().is_some() {
            self.state = State::Idle;
        }
    }

    fn take_analysis(&mut self, now: Moment, analysis: Analysis, effects: &mut Effects) {
        self.last_frame = self.last_frame.max(analysis.captured);
        if now.since(analysis.captured) > self.policy.max_frame_age {
            self.stale_frames += 1;
            if self.stale_frames == Self::MAX_STALE_FRAMES {
                self.end_as(now, InconclusiveReason::StaleFrames, effects);
                self.go_out_of_service(now, effects);
            }
            return;
        }
        self.stale_frames = 0;
        if matches!(self.state, State::OutOfService) {
            self.come_to_rest(effects);
        }
        if self.take_challenge(now, &analysis, effects)
            || self.take_enrolment(now, &analysis, effects)
        {
            return;
        }
        match analysis.sighting {
            Some(sighting) => self.take_sighting(now, sighting, analysis.off_hours, effects),
            None => self.see_nobody(now, analysis.captured, effects),
        }
    }

    fn see_nobody(&mut self, now: Moment, captured: Moment, effects: &mut Effects) {
        match &mut self.state {
            // The next one starts as soon as the outcome was on show, even in the same place.
            State::Settled { staying, .. } => *staying = None,
            State::Observing(observation) if observation.is_face_lost(captured) => {
                self.lose_face(now, effects)
            }
            State::Idle => self.show(self.rest_screen(), effects),
            _ => {}
        }
    }

    fn take_sighting(
        &mut self,
        now: Moment,
        sighting: Sighting,
        off_hours: bool,
        effects: &mut Effects,
    ) {
        match &self.state {
            State::LockedOut | State::Enrolling(_) => return,
            // The outcome is still on show, or the person just let in is still standing there.
            State::Settled { until, staying, .. }
                if now < *until || *staying == Some(sighting.track) =>
            {
                return;
            }
            State::Observing(observation) if observation.track != sighting.track => {
                self.lose_face(now, effects)
            }
            _ => {}
        }
        if !matches!(self.state, State::Observing(_)) {
            if !self.policy.is_at_door(&sighting.face) {
                self.show(Screen::Guide(Guidance::ComeCloser), effects);
                self.state = State::Idle;
                return;
            }
            self.state = State::Observing(Observation::new(&sighting, self.claimed()));
        }
        let State::Observing(observation) = &mut self.state else {
            return;
        };
        observation.add(&sighting);
        if let Some(evidence) = observation.complete_evidence(&self.policy) {
            match decide(&evidence, &self.policy) {
                Decision::Granted(subject) if self.calls_for_challenge(&evidence, off_hours) => {
                    self.begin_challenge(now, subject, effects);
                }
                decision => self.conclude(now, decision, effects),
            }
        } else {
            let screen = match sighting.guidance {
                Some(guidance) if sighting.comparison.is_none() => Screen::Guide(guidance),
                _ => Screen::Verifying,
            };
            self.show(screen, effects);
        }
    }

    fn lose_face(&mut self, now: Moment, effects: &mut Effects) {
        self.end_as(now, InconclusiveReason::FaceLost, effects);
        self.state = State::Idle;
        self.show(self.rest_screen(), effects);
    }

    /// What is observed, in a challenge too.
    fn observation(&self) -> Option<&Observation> {
        match &self.state {
            State::Observing(observation) => Some(observation),
            State::Challenging(challenging) => Some(&challenging.observation),
            State::Idle
            | State::Settled { .. }
            | State::LockedOut
            | State::Enrolling(_)
            | State::OutOfService => None,
        }
    }

    fn is_about(&self, against: &Against) -> bool {
        self.observation().is_some_and(|o| o.against == *against)
    }

    fn come_to_rest(&mut self, effects: &mut Effects) {
        self.state = if self.locked.is_some() {
            State::LockedOut
        } else {
            State::Idle
        };
        self.show(self.rest_screen(), effects);
    }

    fn show(&mut self, screen: Screen, effects: &mut Effects) {
        if self.shown.as_ref() != Some(&screen) {
            self.shown = Some(screen.clone());
            push(effects, Effect::Show(screen));
        }
    }

    fn rest_screen(&self) -> Screen {
        if self.locked.is_some() {
            Screen::LockedOut
        } else if self.claim.is_some() {
            Screen::ShowFace
        } else {
            Screen::Idle
        }
    }
}

/// Effects of one step are few; if a change ever made more, losing the last is safer than a panic,
/// since `Record` and `ReleaseStrike` come first.
fn push(effects: &mut Effects, effect: Effect) {
    let kept = effects.push(effect);
    debug_assert!(kept.is_ok(), "more effects than a step can have");
}
