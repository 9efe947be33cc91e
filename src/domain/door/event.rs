//! What happens at the door leaf.

/// A contact at the door. Active means: open, pressed, tampered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sensor {
    /// The door position switch.
    Position,
    /// Request to exit.
    Rex,
    /// The tamper contact of the housing.
    Tamper,
}

/// What somebody should look after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// The door opened and nobody had released it.
    Forced,
    /// The door will soon have been open for too long.
    HeldOpenSoon,
    /// The door has been open for too long.
    HeldOpen,
    /// The housing is open, or a contact can't be read.
    Tamper,
    /// Too many failed attempts: nobody is let in for a time.
    LockedOut,
    /// The clock shows a time that has long been: nobody can tell who may come in now.
    ClockUnset,
}

/// Something worth telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoorEvent {
    Opened,
    Closed,
    ExitRequested,
    /// Somebody was let in under an enrolment for duress: told to the outside and nobody at the door.
    Duress,
    Raised(Alarm),
    Cleared(Alarm),
}

impl Alarm {
    /// The stable code for messages and logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Forced => "forced",
            Self::HeldOpenSoon => "held_open_soon",
            Self::HeldOpen => "held_open",
            Self::Tamper => "tamper",
            Self::LockedOut => "locked_out",
            Self::ClockUnset => "clock_unset",
        }
    }
}

impl DoorEvent {
    /// The stable code for messages and logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Closed => "closed",
            Self::ExitRequested => "exit_requested",
            Self::Duress => "duress",
            Self::Raised(alarm) | Self::Cleared(alarm) => alarm.code(),
        }
    }
}
