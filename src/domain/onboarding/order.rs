//! What the door is asked for, and how it goes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use time::UtcDateTime;

use crate::domain::{Moment, Quality, SubjectId, Template};

/// Whom the door is to enrol, and who asked for it.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentOrder {
    /// Names the order; nobody can foresee it.
    pub id: u128,
    pub subject: SubjectId,
    /// Kept as it is if absent.
    pub name: Option<String>,
    /// Kept as it is if absent.
    pub expires: Option<UtcDateTime>,
    /// The name of the key that asked.
    pub asked_by: String,
    /// From the question to the last frame.
    pub time_limit: Duration,
}

/// Names are personal data and stay out of logs.
impl fmt::Debug for EnrolmentOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolmentOrder")
            .field("id", &self.id)
            .field("subject", &self.subject)
            .field("expires", &self.expires)
            .field("asked_by", &self.asked_by)
            .field("time_limit", &self.time_limit)
            .finish_non_exhaustive()
    }
}

/// How an enrolment at the door stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnrolmentStage {
    /// The person is asked whether they agree.
    Asking,
    /// They have agreed, and so many of the good frames that are wanted have been taken.
    Capturing {
        done: u8,
        wanted: u8,
    },
    /// The store is being written.
    Saving,
    Ended(EnrolmentEnd),
}

impl EnrolmentStage {
    /// The stable word for messages and answers.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Capturing { .. } => "capturing",
            Self::Saving => "saving",
            Self::Ended(end) => end.code(),
        }
    }

    /// The rule of admission that said no.
    #[must_use]
    pub fn rule(self) -> Option<&'static str> {
        match self {
            Self::Ended(EnrolmentEnd::Refused(rule)) => Some(rule),
            _ => None,
        }
    }

    /// Whether nothing will follow.
    #[must_use]
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Ended(_))
    }
}

/// How an enrolment at the door ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnrolmentEnd {
    Enrolled,
    /// The person said no.
    Declined,
    /// The person stepped away.
    Left,
    TimedOut,
    /// Another face took the place of the first.
    Replaced,
    /// A picture was shown, or something else that does not live.
    Attack,
    /// The face is enrolled under another ID number.
    AlreadyEnrolled,
    /// Another rule of admission said no; its code.
    Refused(&'static str),
    /// Whoever had asked took it back.
    Cancelled,
    /// A fault of the camera, the networks, the audit log or the store.
    Failed,
}

impl EnrolmentEnd {
    /// The stable word for messages and answers.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Enrolled => "enrolled",
            Self::Declined => "declined",
            Self::Left => "left",
            Self::TimedOut => "timed_out",
            Self::Replaced => "another_person",
            Self::Attack => "presentation_attack",
            Self::AlreadyEnrolled => "already_enrolled",
            Self::Refused(_) => "refused",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

/// An order has come to another stage.
#[derive(Debug, Clone, PartialEq)]
pub struct EnrolmentUpdate {
    pub order: Arc<EnrolmentOrder>,
    pub stage: EnrolmentStage,
    /// When the person agreed.
    pub consented: Option<Moment>,
}

/// What is to be stored of somebody who agreed.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    pub order: Arc<EnrolmentOrder>,
    pub consented: Moment,
    pub samples: Vec<CapturedSample>,
}

/// One good frame of the person, with nobody else in it.
#[derive(Debug, Clone, PartialEq)]
pub struct CapturedSample {
    pub template: Template,
    pub quality: Quality,
    /// Of the face, in pixels.
    pub area: f32,
}
