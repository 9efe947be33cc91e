//! What the person in front of the door is told.

use super::challenge::Instruction;
use super::{DenialReason, EnrolmentEnd, InconclusiveReason, ReviewReason, SubjectId};

/// What the person could do for a better picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guidance {
    ComeCloser,
    HoldStill,
    LookHere,
    MoreLight,
    LessLight,
}

/// One screen of the panel, without words or pixels.
#[derive(Debug, Clone, PartialEq)]
pub enum Screen {
    Idle,
    /// As [`Screen::Idle`], while the broker is away.
    Offline,
    /// A reference was claimed and waits for its face.
    ShowFace,
    /// A face is being analysed.
    Verifying,
    Guide(Guidance),
    /// A movement is asked for.
    Challenge(Instruction),
    Granted(SubjectId),
    Denied(DenialReason),
    Review(ReviewReason),
    TryAgain(InconclusiveReason),
    /// Too many failed attempts: nobody is let in for a time.
    LockedOut,
    /// Somebody is asked whether they agree to be enrolled.
    Consent,
    /// Somebody who agreed is being enrolled: good frames so far, out of how many.
    Enrolling {
        done: u8,
        wanted: u8,
    },
    EnrolmentEnded(EnrolmentEnd),
    /// The door has been open for long.
    CloseDoor,
    OutOfService,
}
