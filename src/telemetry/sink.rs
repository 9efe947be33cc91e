//! The seam to whoever wants to know what the door does.

use super::{DecisionMessage, DeviceState, DoorMessage, EnrolmentMessage, TelemetryError};

/// What the door tells the outside.
#[derive(Debug, Clone, PartialEq)]
pub enum AccessEvent {
    Decision(DecisionMessage),
    Door(DoorMessage),
    Enrolment(EnrolmentMessage),
    State(DeviceState),
}

/// Takes access events; the real one is [`super::Mqtt`], tests use a `Vec`.
pub trait EventSink: Send {
    /// Takes responsibility for `event`, without waiting for the network.
    ///
    /// # Errors
    /// If the event can't be kept until it is delivered.
    fn publish(&mut self, event: AccessEvent) -> Result<(), TelemetryError>;

    /// Whether the broker behind it can be reached now; `None` if there is none.
    fn reaches_broker(&self) -> Option<bool> {
        None
    }
}

impl EventSink for Vec<AccessEvent> {
    fn publish(&mut self, event: AccessEvent) -> Result<(), TelemetryError> {
        self.push(event);
        Ok(())
    }
}
