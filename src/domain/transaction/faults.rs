//! What a fault ends.

use super::{Effects, Fault, State, Transaction};
use crate::domain::{EnrolmentEnd, InconclusiveReason, Moment, Screen};

impl Transaction {
    pub(super) fn fail(&mut self, now: Moment, fault: Fault, effects: &mut Effects) {
        match fault {
            Fault::CameraLost => self.end_as(now, InconclusiveReason::CameraLost, effects),
            Fault::AnalysisFailed => self.end_as(now, InconclusiveReason::AnalysisFailed, effects),
            // What can't be recorded is not published either, and who was to be let in was not.
            Fault::AuditUnavailable | Fault::StrikeFailed => {
                if matches!(self.state, State::Settled { granted: true, .. }) {
                    self.passback.take_back();
                }
            }
        }
        self.go_out_of_service(now, effects);
    }

    pub(super) fn go_out_of_service(&mut self, now: Moment, effects: &mut Effects) {
        self.end_enrolment(now, EnrolmentEnd::Failed, effects);
        self.state = State::OutOfService;
        self.claim = None;
        self.show(Screen::OutOfService, effects);
    }
}
