//! How a transaction ends: recorded, shown, acted upon and told, in this order.

use super::{DecisionRecord, Effect, Effects, State, Transaction, push};
use crate::domain::{Decision, DenialReason, InconclusiveReason, Moment, Screen};

impl Transaction {
    /// Records the end of an observation that has something to tell; a passer-by leaves no trace.
    pub(super) fn end_as(
        &mut self,
        now: Moment,
        reason: InconclusiveReason,
        effects: &mut Effects,
    ) {
        if let Some(observation) = self.observation()
            && observation.has_evidence()
        {
            let record = observation.record(Decision::Inconclusive(reason), &self.policy, now);
            self.record(record, effects);
        }
    }

    /// Ends the observation with a decision, unless it would let somebody in twice.
    pub(super) fn conclude(&mut self, now: Moment, decision: Decision, effects: &mut Effects) {
        let decision = match decision {
            Decision::Granted(subject) if !self.passback.admits(now, &subject) => {
                Decision::Denied(DenialReason::AlreadyPassed)
            }
            decision => decision,
        };
        self.settle(now, decision, effects);
    }

    /// Ends the observation with a decision and shows it.
    pub(super) fn settle(&mut self, now: Moment, decision: Decision, effects: &mut Effects) {
        let Some(observation) = self.observation() else {
            return;
        };
        let record = observation.record(decision, &self.policy, now);
        let track = observation.track;
        let (screen, granted) = match &record.decision {
            Decision::Granted(subject) => (Screen::Granted(subject.clone()), true),
            Decision::Denied(reason) => (Screen::Denied(*reason), false),
            Decision::Review(reason) => (Screen::Review(*reason), false),
            Decision::Inconclusive(reason) => (Screen::TryAgain(*reason), false),
        };
        push(effects, Effect::Record(record.clone()));
        if granted {
            push(effects, Effect::ReleaseStrike(self.policy.strike_time));
        }
        self.show(screen, effects);
        self.count_attempt(now, &record.decision, track, effects);
        push(effects, Effect::Publish(record));
        self.claim = None;
        self.state = State::Settled {
            until: now + self.policy.cool_down,
            granted,
            staying: granted.then_some(track),
        };
    }

    pub(super) fn record(&self, record: DecisionRecord, effects: &mut Effects) {
        push(effects, Effect::Record(record.clone()));
        push(effects, Effect::Publish(record));
    }
}
