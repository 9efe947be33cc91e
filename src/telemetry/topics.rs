//! Where messages go: `ostiary/<device>/...`.

use std::fmt;
use std::str::FromStr;

use super::TelemetryError;

/// The name of a door on the broker: 1 to 64 characters of `A-Za-z0-9._-`.
///
/// It is a level of every topic, so it holds neither `/` nor the wildcards `+` and `#` (MQTT 5, 4.7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceName(String);

impl DeviceName {
    /// The most characters a name may have.
    pub const MAX_LEN: usize = 64;

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DeviceName {
    type Err = TelemetryError;

    fn from_str(text: &str) -> Result<Self, TelemetryError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if (1..=Self::MAX_LEN).contains(&text.len()) && text.chars().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(TelemetryError::DeviceName(text.to_owned()))
        }
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The topics of one door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    /// Retained [`super::StatusMessage`]; the last will says `offline` here.
    pub status: String,
    /// [`super::DecisionMessage`] at QoS 1, never retained.
    pub decision: String,
    /// [`super::DoorMessage`] of what is no alarm, at QoS 1, never retained.
    pub door: String,
    /// [`super::DoorMessage`] of an alarm, at QoS 1, never retained.
    pub alarm: String,
    /// [`super::DoorMessage`] of duress, at QoS 1, never retained: whoever answers it subscribes to it alone.
    pub duress: String,
    /// [`super::EnrolmentMessage`] at QoS 1, never retained.
    pub enrolment: String,
    /// Incoming: the reference that the next probe claims ([`super::parse_claim`]).
    pub claim: String,
}

impl Topics {
    /// The topics of the door called `device`.
    #[must_use]
    pub fn of(device: &DeviceName) -> Self {
        Self {
            status: format!("ostiary/{device}/status"),
            decision: format!("ostiary/{device}/decision"),
            door: format!("ostiary/{device}/door"),
            alarm: format!("ostiary/{device}/alarm"),
            duress: format!("ostiary/{device}/duress"),
            enrolment: format!("ostiary/{device}/enrolment"),
            claim: format!("ostiary/{device}/command/claim"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_topic_level() {
        for text in ["", "a/b", "+", "door#", "a b", "tür", "\0", &"d".repeat(65)] {
            assert!(text.parse::<DeviceName>().is_err(), "{text:?}");
        }
        let device: DeviceName = "north-door_1.a".parse().unwrap();
        assert_eq!(
            Topics::of(&device).claim,
            "ostiary/north-door_1.a/command/claim"
        );
    }
}
