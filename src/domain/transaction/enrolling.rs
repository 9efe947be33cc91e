//! An enrolment at the door: while it runs nobody is compared, decided upon or let in.

use std::sync::Arc;

use super::{Analysis, Effect, Effects, State, Transaction, push};
use crate::domain::onboarding::Onboarding;
use crate::domain::{EnrolmentEnd, EnrolmentOrder, EnrolmentStage, Moment};

impl Transaction {
    /// Whether an enrolment can begin: none is running, and the door is in service.
    #[must_use]
    pub fn admits_enrolment(&self) -> bool {
        match &self.state {
            State::OutOfService => false,
            State::Enrolling(onboarding) => onboarding.stage().is_ended(),
            _ => true,
        }
    }

    /// Whether the movements are to be followed, and whether frames are to be kept.
    pub(super) fn enrolment_demand(&self) -> (bool, bool) {
        match &self.state {
            State::Enrolling(onboarding) => match onboarding.stage() {
                EnrolmentStage::Asking => (true, false),
                EnrolmentStage::Capturing { .. } => (true, true),
                EnrolmentStage::Saving | EnrolmentStage::Ended(_) => (false, false),
            },
            _ => (false, false),
        }
    }

    /// Whoever was observed is to be enrolled, so nothing is decided on them.
    pub(super) fn begin_enrolment(
        &mut self,
        now: Moment,
        order: Arc<EnrolmentOrder>,
        effects: &mut Effects,
    ) {
        if self.admits_enrolment() {
            let onboarding = Onboarding::new(order, now);
            push(effects, Effect::Enrolment(onboarding.update()));
            self.show(onboarding.screen(), effects);
            self.state = State::Enrolling(onboarding);
            self.claim = None;
        }
    }

    /// Takes a frame of a running enrolment; false if there is none.
    pub(super) fn take_enrolment(
        &mut self,
        now: Moment,
        frame: &Analysis,
        effects: &mut Effects,
    ) -> bool {
        let policy = self.policy;
        let mut capture = None;
        let is_enrolling = self.advance_enrolment(effects, |onboarding| {
            capture = onboarding.take(now, frame, &policy);
        });
        if let Some(capture) = capture {
            push(effects, Effect::Enrol(capture));
        }
        is_enrolling
    }

    /// Lets time pass. An end is on show for a while before the door is at rest.
    pub(super) fn tick_enrolment(&mut self, now: Moment, effects: &mut Effects) {
        self.advance_enrolment(effects, |onboarding| onboarding.tick(now));
        if let State::Enrolling(onboarding) = &self.state
            && let Some(ended) = onboarding.ended()
            && now.since(ended) >= self.policy.cool_down
        {
            self.come_to_rest(effects);
        }
    }

    /// What is being stored can't be taken back any more.
    pub(super) fn cancel_enrolment(&mut self, now: Moment, id: u128, effects: &mut Effects) {
        self.advance_enrolment(effects, |onboarding| {
            if onboarding.is(id) && onboarding.stage() != EnrolmentStage::Saving {
                onboarding.end(now, EnrolmentEnd::Cancelled);
            }
        });
    }

    pub(super) fn end_saving(
        &mut self,
        now: Moment,
        id: u128,
        end: EnrolmentEnd,
        effects: &mut Effects,
    ) {
        self.advance_enrolment(effects, |onboarding| {
            if onboarding.is(id) && onboarding.stage() == EnrolmentStage::Saving {
                onboarding.end(now, end);
            }
        });
    }

    /// Ends whatever enrolment is running.
    pub(super) fn end_enrolment(&mut self, now: Moment, end: EnrolmentEnd, effects: &mut Effects) {
        self.advance_enrolment(effects, |onboarding| onboarding.end(now, end));
    }

    /// Changes a running enrolment, tells its new stage and shows its screen; false if there is none.
    fn advance_enrolment(
        &mut self,
        effects: &mut Effects,
        change: impl FnOnce(&mut Onboarding),
    ) -> bool {
        let State::Enrolling(onboarding) = &mut self.state else {
            return false;
        };
        let before = onboarding.stage();
        change(onboarding);
        let (update, screen) = (onboarding.update(), onboarding.screen());
        if update.stage != before {
            push(effects, Effect::Enrolment(update));
        }
        self.show(screen, effects);
        true
    }
}
