//! Restart markers (ITU-T T.81, E.2.4).

use super::bits::BitReader;
use super::{EOI, Fault};

const FIRST: u8 = 0xD0;

/// Counts MCUs up to the next restart marker.
pub(super) struct Restarts {
    interval: u32,
    left: u32,
    /// The last three bits of the next marker.
    next: u8,
}

impl Restarts {
    pub(super) fn new(interval: u32) -> Self {
        Self {
            interval,
            left: interval,
            next: 0,
        }
    }

    /// Counts an MCU; whether a marker stands before it.
    pub(super) fn is_due(&mut self) -> bool {
        let is_due = self.left == 0 && self.interval > 0;
        if is_due {
            self.left = self.interval;
        }
        self.left = self.left.saturating_sub(1);
        is_due
    }

    /// Goes over the marker that is due.
    ///
    /// # Errors
    /// If it is not there, or not the one whose turn it is.
    pub(super) fn pass(&mut self, reader: &mut BitReader<'_>) -> Result<(), Fault> {
        if reader.is_overrun() {
            return Err(Fault::Truncated);
        }
        match reader.pass_marker() {
            Some(code) if code == FIRST + self.next => {
                self.next = (self.next + 1) % 8;
                Ok(())
            }
            None | Some(EOI) => Err(Fault::Truncated),
            Some(_) => Err(Fault::Corrupt("a restart marker is missing")),
        }
    }
}
