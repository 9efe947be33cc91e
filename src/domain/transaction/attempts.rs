//! What an outcome means for the next attempt: lock-out and anti-passback.

use super::{Effect, Effects, Transaction, push};
use crate::domain::{Alarm, Decision, DenialReason, DoorEvent, Moment, TrackId};

impl Transaction {
    /// What could not be decided is no attempt, and a stranger who stays at the door is one.
    pub(super) fn count_attempt(
        &mut self,
        now: Moment,
        decision: &Decision,
        track: TrackId,
        effects: &mut Effects,
    ) {
        let failed = match decision {
            Decision::Granted(subject) => {
                self.lockout.succeed();
                self.passback.pass(now, subject);
                self.is_wary = false;
                false
            }
            Decision::Denied(DenialReason::Unknown) => self.stranger.replace(track) != Some(track),
            Decision::Denied(
                DenialReason::NotMated
                | DenialReason::NoSuchReference
                | DenialReason::PresentationAttack
                | DenialReason::ChallengeFailed,
            ) => true,
            _ => false,
        };
        if failed && let Some(span) = self.lockout.fail(now) {
            self.locked = Some(now + span);
            self.is_wary = true;
            push(effects, Effect::Report(DoorEvent::Raised(Alarm::LockedOut)));
        }
    }
}
