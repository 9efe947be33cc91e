//! Enrolments at the door: from whoever asks to the transaction, and back.

use std::sync::Arc;

use time::UtcDateTime;

use super::Kiosk;
use crate::app::enrolment_thread::Storing;
use crate::domain::{Capture, EnrolmentEnd, EnrolmentUpdate, Fault, Input, Moment};
use crate::http::api::enrolments::EnrolmentRequest;
use crate::telemetry::{AccessEvent, EnrolmentMessage};

impl Kiosk<'_> {
    pub(super) fn take_request(&mut self, request: EnrolmentRequest) {
        match request {
            EnrolmentRequest::Begin { order, begun } => {
                let admitted = self.transaction.admits_enrolment();
                if admitted {
                    tracing::info!(subject = %order.subject, asked_by = order.asked_by, "an enrolment at the door");
                    self.step(Input::Enrol(Arc::new(order)));
                }
                // Who has gone will ask again, and the person can say no.
                let _ = begun.send(admitted);
            }
            EnrolmentRequest::Cancel { id } => self.step(Input::EnrolmentCancelled(id)),
        }
    }

    /// Recorded before anything else happens: no face is stored whose consent is not in the audit log.
    pub(super) fn tell_enrolment(&mut self, update: &EnrolmentUpdate) -> Result<(), Fault> {
        self.note_enrolment(update);
        let consented = update.consented.map(|at| self.utc_of(at));
        let (device, now) = (&self.identity.device, self.clock.utc());
        let recorded = EnrolmentMessage::new(update, device, now, consented).and_then(|message| {
            if let Some(message) = &message {
                self.outside.audit.append(message)?;
            }
            Ok(message)
        });
        let message = recorded.map_err(|error| {
            tracing::error!(%error, "an enrolment could not be recorded");
            Fault::AuditUnavailable
        })?;
        if let Some(message) = message
            && let Err(error) = self.outside.sink.publish(AccessEvent::Enrolment(message))
        {
            tracing::error!(%error, "an enrolment could not be published; it is in the audit log");
        }
        Ok(())
    }

    /// Whoever asked learns how it stands, also of what can't be recorded.
    pub(super) fn note_enrolment(&mut self, update: &EnrolmentUpdate) {
        let consented = update.consented.map(|at| self.utc_of(at));
        self.outside.observer.enrolment(update, consented);
    }

    pub(super) fn store(&mut self, capture: Capture) {
        let consented = self.utc_of(capture.consented);
        let id = capture.order.id;
        if self
            .outside
            .enroller
            .send(Storing { capture, consented })
            .is_err()
        {
            tracing::error!("the enrolment thread has ended: restart the daemon");
            let end = EnrolmentEnd::Failed;
            self.step(Input::EnrolmentSaved { id, end });
        }
    }

    fn utc_of(&self, moment: Moment) -> UtcDateTime {
        self.clock.utc() - self.clock.now().since(moment)
    }
}
