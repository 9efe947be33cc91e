//! References that are named ahead: by badge, QR code or MQTT.

use super::{Against, Effects, State, Transaction};
use crate::domain::{Decision, DecisionRecord, InconclusiveReason, Moment, Screen, SubjectId};

impl Transaction {
    pub(super) fn take_claim(&mut self, now: Moment, subject: SubjectId, effects: &mut Effects) {
        if self.locked.is_some() {
            return;
        }
        match &self.state {
            State::OutOfService | State::Enrolling(_) => return,
            // The same badge or code again, while it is being dealt with.
            State::Observing(_) | State::Challenging(_)
                if self.is_about(&Against::Reference(subject.clone())) =>
            {
                return;
            }
            // The next person is early: the claim waits until the outcome was on show.
            State::Settled { until, .. } if now < *until => {
                self.claim = Some((subject, now));
                return;
            }
            _ => {}
        }
        self.claim = Some((subject, now));
        // Evidence against the gallery says nothing about the claim: start afresh.
        self.state = State::Idle;
        self.show(Screen::ShowFace, effects);
    }

    pub(super) fn expire_claim(&mut self, now: Moment, effects: &mut Effects) {
        let patience = self.policy.claim_time;
        if let Some((subject, claimed)) = self
            .claim
            .take_if(|(_, claimed)| now.since(*claimed) >= patience)
        {
            let record = DecisionRecord {
                decision: Decision::Inconclusive(InconclusiveReason::NoFace),
                evidence: None,
                against: Against::Reference(subject),
                started: claimed,
                decided: now,
            };
            self.record(record, effects);
            self.show(Screen::Idle, effects);
        }
    }

    pub(super) fn claimed(&self) -> Against {
        match &self.claim {
            Some((subject, _)) => Against::Reference(subject.clone()),
            None => Against::Gallery,
        }
    }
}
