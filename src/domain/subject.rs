//! Who is enrolled.

use std::fmt;
use std::str::FromStr;

use time::UtcDateTime;

use super::{AccessHours, ScheduleName, clock_is_set};

/// A text that can't be an ID number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubjectIdError {
    #[error("an ID number has 1 to {max} characters, not {0}", max = SubjectId::MAX_LEN)]
    Length(usize),
    #[error("an ID number has letters, digits, '.', '_' and '-' only, not {0:?}")]
    Character(char),
}

/// The ID number of an enrolled person, as printed on a badge: 1 to 32 characters of `A-Za-z0-9._-`.
///
/// Badge readers, QR codes and MQTT hand it in from outside, so it is checked here once and for all.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubjectId(heapless::String<{ Self::MAX_LEN }>);

impl SubjectId {
    /// The most characters an ID number may have.
    pub const MAX_LEN: usize = 32;

    /// The ID number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SubjectId {
    type Err = SubjectIdError;

    fn from_str(text: &str) -> Result<Self, SubjectIdError> {
        if let Some(c) = text
            .chars()
            .find(|c| !c.is_ascii_alphanumeric() && !"._-".contains(*c))
        {
            return Err(SubjectIdError::Character(c));
        }
        if text.is_empty() {
            return Err(SubjectIdError::Length(0));
        }
        heapless::String::try_from(text)
            .map(Self)
            .map_err(|_| SubjectIdError::Length(text.len()))
    }
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubjectId({})", self.0)
    }
}

/// An enrolled person.
#[derive(Clone, PartialEq, Eq)]
pub struct Subject {
    pub id: SubjectId,
    /// As the panel shows it at a grant.
    pub name: Option<String>,
    /// When the person agreed to be enrolled.
    pub consented: UtcDateTime,
    /// From then on the references count for nothing.
    pub expires: Option<UtcDateTime>,
    /// Named by somebody under threat: a grant raises a silent alarm. Such an enrolment counts only where
    /// it was claimed, since it shows the same face as the one for every day.
    pub duress: bool,
    /// When the person is let in; absent for the door's own hours.
    pub schedule: Option<ScheduleName>,
}

impl Subject {
    /// The most bytes of a name.
    pub const MAX_NAME: usize = 255;

    /// Whether a text may be the name of somebody: it is not too long, and has no control characters, with which it
    /// could write over others on the terminals where people are listed.
    #[must_use]
    pub fn is_name(text: &str) -> bool {
        text.len() <= Self::MAX_NAME && !text.contains(char::is_control)
    }

    /// Whether the enrolment is in force at `now`, and at a door with `hours` whether it is time for it. While
    /// the clock is not set, an enrolment that ends some day counts as ended.
    #[must_use]
    pub fn standing(&self, now: UtcDateTime, hours: Option<&AccessHours>) -> Standing {
        let has_ended = |end| now >= end || !clock_is_set(now);
        if self.expires.is_some_and(has_ended) {
            Standing::Expired
        } else if hours.is_some_and(|hours| !hours.admits(self.schedule.as_ref(), now)) {
            Standing::OutsideHours
        } else {
            Standing::Valid
        }
    }
}

/// Names are personal data and stay out of logs.
impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("id", &self.id)
            .field("consented", &self.consented)
            .field("expires", &self.expires)
            .field("duress", &self.duress)
            .field("schedule", &self.schedule)
            .finish_non_exhaustive()
    }
}

/// Whether an enrolment is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Valid,
    Expired,
    /// In force, at another time; told only where there is a door.
    OutsideHours,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_can_stand_in_a_list() {
        for name in ["", "Eileen Collins", "नमस्ते", &"x".repeat(255)] {
            assert!(Subject::is_name(name), "{name}");
        }
        for name in ["a\nb", "\x1b[2J", "a\u{9b}2J", "\x7f", &"x".repeat(256)] {
            assert!(!Subject::is_name(name), "{name:?}");
        }
    }

    #[test]
    fn what_a_qr_code_could_smuggle_in_is_no_id_number() {
        for text in [
            "",
            "../etc/passwd",
            "1;DROP TABLE subject",
            "a b",
            "é",
            "a\0",
            &"9".repeat(33),
        ] {
            assert!(text.parse::<SubjectId>().is_err(), "{text:?}");
        }
        assert_eq!(
            "A-17.b_9".parse::<SubjectId>().unwrap().as_str(),
            "A-17.b_9"
        );
        assert_eq!(
            "9".repeat(32).parse::<SubjectId>().unwrap().as_str().len(),
            32
        );
    }
}
