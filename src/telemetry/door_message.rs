//! What happens at the door leaf, as published and recorded.

use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::{DecisionMessage, DeviceName, EnrolmentMessage, TelemetryError, Version, timestamp};
use crate::domain::{DoorEvent, SubjectId};

/// An event of the door leaf.
///
/// ```json
/// {"v":1,"id":"9c1d6a0e5f4b4d2c8a7b3e1f00c2d4e6","device":"north-door",
///  "at":"2026-03-02T08:15:30.123Z","kind":"forced","active":true,"subject":null,"delayed":false}
/// ```
///
/// | kind | active |
/// |---|---|
/// | `opened`, `closed`, `exit_requested`, `duress` | null |
/// | `forced`, `held_open_soon`, `held_open`, `tamper`, `locked_out`, `clock_unset` | whether the alarm begins or ends |
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorMessage {
    pub v: Version,
    /// 128 random bits in hexadecimal: the same event delivered twice has the same id.
    pub id: String,
    pub device: String,
    #[serde(with = "timestamp")]
    pub at: UtcDateTime,
    /// A code of [`DoorEvent::code`].
    pub kind: String,
    /// Of an alarm, whether it begins (`true`) or ends.
    pub active: Option<bool>,
    /// Under duress, the ID number that was named.
    pub subject: Option<String>,
    /// Whether it comes seconds late, because the broker or the door had been away.
    pub delayed: bool,
}

impl DoorMessage {
    /// The message of an event at the door called `device`: one for the log and the broker alike.
    ///
    /// # Errors
    /// [`TelemetryError::Random`] if the operating system gives no random numbers.
    pub fn new(
        event: DoorEvent,
        device: &DeviceName,
        at: UtcDateTime,
    ) -> Result<Self, TelemetryError> {
        let mut id = [0; 16];
        getrandom::fill(&mut id)?;
        let active = match event {
            DoorEvent::Raised(_) => Some(true),
            DoorEvent::Cleared(_) => Some(false),
            DoorEvent::Opened
            | DoorEvent::Closed
            | DoorEvent::ExitRequested
            | DoorEvent::Duress => None,
        };
        Ok(Self {
            v: Version,
            id: super::hex::encode(&id),
            device: device.to_string(),
            at,
            kind: event.code().to_owned(),
            active,
            subject: None,
            delayed: false,
        })
    }

    /// The same, about somebody.
    #[must_use]
    pub fn about(mut self, subject: &SubjectId) -> Self {
        self.subject = Some(subject.to_string());
        self
    }

    /// Whether it tells of an alarm, which has a topic of its own.
    #[must_use]
    pub fn is_alarm(&self) -> bool {
        self.active.is_some()
    }

    /// Whether it tells of duress, which has a topic of its own.
    #[must_use]
    pub fn is_duress(&self) -> bool {
        self.kind == DoorEvent::Duress.code()
    }
}

/// A message that is delivered at least once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum QueuedMessage {
    Decision(DecisionMessage),
    Door(DoorMessage),
    Enrolment(EnrolmentMessage),
}

impl From<DecisionMessage> for QueuedMessage {
    fn from(message: DecisionMessage) -> Self {
        Self::Decision(message)
    }
}

impl From<DoorMessage> for QueuedMessage {
    fn from(message: DoorMessage) -> Self {
        Self::Door(message)
    }
}

impl From<EnrolmentMessage> for QueuedMessage {
    fn from(message: EnrolmentMessage) -> Self {
        Self::Enrolment(message)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::utc_datetime;

    use super::*;
    use crate::domain::Alarm;

    #[test]
    fn an_alarm_on_the_wire_and_back() {
        let at = utc_datetime!(2026-03-02 8:15:30.123_456);
        let device = "north-door".parse().unwrap();
        let alarm = DoorEvent::Raised(Alarm::Forced);
        let mut message = DoorMessage::new(alarm, &device, at).unwrap();
        assert_eq!(message.id.len(), 32);
        assert!(message.is_alarm());
        message.id = "00".into();
        let json = serde_json::to_string(&message).unwrap();
        assert_eq!(
            json,
            r#"{"v":1,"id":"00","device":"north-door","at":"2026-03-02T08:15:30.123Z","kind":"forced","active":true,"subject":null,"delayed":false}"#
        );
        let queued: QueuedMessage = serde_json::from_str(&json).unwrap();
        let QueuedMessage::Door(read) = queued else {
            panic!("{queued:?}");
        };
        assert_eq!((read.kind, read.active), (message.kind, Some(true)));
        let opened = DoorMessage::new(DoorEvent::Opened, &device, at).unwrap();
        assert!(!opened.is_alarm() && !opened.is_duress());
        let duress = DoorMessage::new(DoorEvent::Duress, &device, at).unwrap();
        let duress = duress.about(&"17".parse().unwrap());
        assert!(duress.is_duress() && !duress.is_alarm());
        assert_eq!(duress.subject.as_deref(), Some("17"));
    }
}
