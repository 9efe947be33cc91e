//! What is recorded in the audit log and told to the broker, in this order.

use super::Kiosk;
use crate::domain::{Decision, DecisionRecord, DoorEvent, Fault, SubjectId};
use crate::telemetry::{AccessEvent, DecisionMessage, DoorMessage, TelemetryError};

impl Kiosk<'_> {
    pub(super) fn record(&mut self, record: DecisionRecord) -> Result<(), TelemetryError> {
        let message = DecisionMessage::new(&record, &self.identity.device, self.clock.utc())?;
        self.outside.audit.append(&message)?;
        self.outside.observer.decided(&message);
        self.message = Some((record, message));
        Ok(())
    }

    /// What is published is what was recorded, with the same id.
    pub(super) fn publish(&mut self, record: &DecisionRecord) {
        let Some((_, message)) = self.message.take_if(|(recorded, _)| recorded == record) else {
            tracing::error!("a decision that was not recorded is not published");
            return;
        };
        self.outside.observer.published(&message);
        if let Err(error) = self.outside.sink.publish(AccessEvent::Decision(message)) {
            tracing::error!(%error, "a decision could not be published; it is in the audit log");
        }
    }

    /// Nothing at the door shows it, neither panel nor lamps.
    pub(super) fn tell_duress(&mut self, record: &DecisionRecord) -> Result<(), Fault> {
        let Decision::Granted(subject) = &record.decision else {
            return Ok(());
        };
        let is_for_duress = self.gallery.subject(subject).is_some_and(|s| s.duress);
        if is_for_duress {
            self.report_about(DoorEvent::Duress, Some(subject))?;
        }
        Ok(())
    }

    pub(super) fn report(&mut self, event: DoorEvent) -> Result<(), Fault> {
        self.report_about(event, None)
    }

    fn report_about(&mut self, event: DoorEvent, subject: Option<&SubjectId>) -> Result<(), Fault> {
        let message = DoorMessage::new(event, &self.identity.device, self.clock.utc());
        let recorded = message
            .map(|message| match subject {
                Some(subject) => message.about(subject),
                None => message,
            })
            .and_then(|message| self.outside.audit.append(&message).map(|()| message));
        let message = recorded.map_err(|error| {
            tracing::error!(%error, "an event of the door could not be recorded");
            Fault::AuditUnavailable
        })?;
        if let Err(error) = self.outside.sink.publish(AccessEvent::Door(message)) {
            tracing::error!(%error, "an event of the door could not be published; it is in the audit log");
        }
        Ok(())
    }
}
