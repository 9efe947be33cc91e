//! The operating system's clocks.

use std::time::Instant;

use time::UtcDateTime;

use crate::domain::{Clock, Moment};

/// Monotonic time counted from the clock's making, and UTC.
#[derive(Debug)]
pub struct SystemClock(Instant);

impl SystemClock {
    /// Starts the monotonic clock at zero.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment::new(self.0.elapsed())
    }

    fn utc(&self) -> UtcDateTime {
        UtcDateTime::now()
    }
}
