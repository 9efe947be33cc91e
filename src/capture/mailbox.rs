//! One slot between the capture thread and the analysis: a new frame replaces one not yet taken.
//!
//! Who only wants to show the picture gets a handle of its own to it, and takes no frame away from the analysis.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::Frame;

/// What came out of the mailbox.
#[derive(Debug)]
pub enum Taken {
    Frame(Frame),
    /// The time is over; a frame may still come.
    TimedOut,
    /// The capture has ended and no frame will come.
    Closed,
}

/// A slot for the newest frame.
#[derive(Debug, Default)]
pub struct Mailbox {
    slot: Mutex<Slot>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Slot {
    frame: Option<Frame>,
    /// For whoever shows the picture, and only when one is wanted.
    copy: Option<Frame>,
    copy_is_wanted: bool,
    /// How many wait for a frame.
    takers: usize,
    dropped: u64,
    closed: bool,
}

impl Mailbox {
    /// Puts a frame in place of one that nobody took in time.
    pub fn put(&self, frame: Frame) {
        let mut slot = self.lock();
        if std::mem::take(&mut slot.copy_is_wanted) {
            slot.copy = Some(frame.clone());
        }
        if slot.frame.replace(frame).is_some() {
            slot.dropped += 1;
        }
        drop(slot);
        self.changed.notify_all();
    }

    /// Waits at most `timeout` for a frame. After the end the last frame can still be taken.
    #[must_use]
    pub fn take(&self, timeout: Duration) -> Taken {
        let deadline = Instant::now() + timeout;
        let mut slot = self.lock();
        slot.takers += 1;
        self.changed.notify_all();
        let taken = loop {
            if let Some(frame) = slot.frame.take() {
                break Taken::Frame(frame);
            }
            if slot.closed {
                break Taken::Closed;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break Taken::TimedOut;
            }
            slot = self
                .changed
                .wait_timeout(slot, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        };
        slot.takers -= 1;
        taken
    }

    /// A copy of a frame that came since the last call, and asks for another; never waits.
    #[must_use]
    pub fn copy(&self) -> Option<Frame> {
        let mut slot = self.lock();
        slot.copy_is_wanted = true;
        slot.copy.take()
    }

    /// Waits until somebody waits for a frame, or nobody will.
    pub fn wait_until_wanted(&self) {
        let mut slot = self.lock();
        while (slot.takers == 0 || slot.frame.is_some()) && !slot.closed {
            slot = self
                .changed
                .wait(slot)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// How many frames were replaced before anybody took them.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// No frame will come any more.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    // Every change of the slot is complete in itself, so a panic elsewhere leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Moment;
    use std::sync::Arc;

    fn frame(sequence: u64) -> Frame {
        Frame {
            pixels: Arc::default(),
            captured: Moment::default(),
            sequence,
        }
    }

    fn sequence(taken: Taken) -> Option<u64> {
        match taken {
            Taken::Frame(frame) => Some(frame.sequence),
            Taken::TimedOut | Taken::Closed => None,
        }
    }

    #[test]
    fn only_the_newest_frame_is_kept_and_the_others_are_counted() {
        let mailbox = Mailbox::default();
        (0..5).for_each(|n| mailbox.put(frame(n)));
        assert_eq!(sequence(mailbox.take(Duration::ZERO)), Some(4));
        assert_eq!(mailbox.dropped(), 4);
        assert!(matches!(mailbox.take(Duration::ZERO), Taken::TimedOut));
    }

    #[test]
    fn a_copy_is_made_for_who_asks_and_takes_nothing_away() {
        let mailbox = Mailbox::default();
        mailbox.put(frame(0));
        assert!(mailbox.copy().is_none(), "nobody had asked");
        (1..4).for_each(|n| mailbox.put(frame(n)));
        assert_eq!(mailbox.copy().map(|frame| frame.sequence), Some(1));
        assert!(mailbox.copy().is_none(), "each once");
        assert_eq!(sequence(mailbox.take(Duration::ZERO)), Some(3));
    }

    #[test]
    fn the_last_frame_survives_the_end() {
        let mailbox = Mailbox::default();
        mailbox.put(frame(7));
        mailbox.close();
        assert_eq!(sequence(mailbox.take(Duration::ZERO)), Some(7));
        assert!(matches!(mailbox.take(Duration::MAX / 4), Taken::Closed));
    }

    #[test]
    fn who_waits_for_the_taker_loses_no_frame() {
        let mailbox = Mailbox::default();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0..50 {
                    mailbox.wait_until_wanted();
                    mailbox.put(frame(n));
                }
            });
            for n in 0..50 {
                assert_eq!(sequence(mailbox.take(Duration::from_secs(20))), Some(n));
            }
        });
        mailbox.put(frame(50));
        mailbox.close();
        mailbox.wait_until_wanted();
    }

    #[test]
    fn a_waiting_taker_is_woken() {
        let mailbox = Mailbox::default();
        std::thread::scope(|scope| {
            let taker = scope.spawn(|| sequence(mailbox.take(Duration::from_secs(20))));
            mailbox.put(frame(3));
            assert_eq!(taker.join().unwrap(), Some(3));
        });
    }
}
