//! The daemon's heartbeat.
//!
//! It beats only while the strike is released, from a thread of its own, so that a slow disk or panel
//! does not cut a release short; but only as long as the event loop has turned lately.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::protocol::{Command, Sender};
use crate::door::DoorError;

/// Between two beats.
const BEAT: Duration = Duration::from_millis(20);
/// An event loop that has not turned for so long has no heartbeat.
const STALL: Duration = Duration::from_secs(1);

/// A beating thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Heart {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    beating: bool,
    /// When the event loop last turned.
    turned: Instant,
    ended: bool,
}

impl Heart {
    /// A heart at rest.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn start(sender: Sender) -> Result<Self, DoorError> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                beating: false,
                turned: Instant::now(),
                ended: false,
            }),
            changed: Condvar::new(),
        });
        let seen = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("heart".into())
            .spawn(move || seen.beat(&sender))
            .map_err(|source| DoorError::Guardian {
                action: "start its heartbeat",
                source,
            })?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// The event loop turns; `released` says whether to beat.
    pub(super) fn turn(&self, released: bool) {
        let mut state = self.shared.lock();
        state.turned = Instant::now();
        if state.beating != released {
            state.beating = released;
            self.shared.changed.notify_one();
        }
    }
}

impl Drop for Heart {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.changed.notify_one();
        if self.thread.take().is_some_and(|t| t.join().is_err()) {
            tracing::error!("the heartbeat's thread panicked");
        }
    }
}

impl Shared {
    fn beat(&self, sender: &Sender) {
        let mut state = self.lock();
        while !state.ended {
            if state.beating && state.turned.elapsed() < STALL {
                // A guardian that is gone or full is noticed by the event loop.
                let _ = sender.send(&Command::Beat);
            }
            state = if state.beating {
                let waited = self.changed.wait_timeout(state, BEAT);
                waited.unwrap_or_else(PoisonError::into_inner).0
            } else {
                let waited = self.changed.wait(state);
                waited.unwrap_or_else(PoisonError::into_inner)
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::guardian::protocol::Link;
    use crate::door::wait::wait;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    #[test]
    fn it_beats_only_while_the_strike_is_released() {
        let (daemon, guardian) = UnixStream::pair().unwrap();
        let daemon = Link::new(daemon).unwrap();
        let mut guardian = Link::new(guardian).unwrap();
        let heart = Heart::start(daemon.sender().unwrap()).unwrap();
        heart.turn(false);
        assert_eq!(guardian.receive::<Command>().unwrap(), None);
        heart.turn(true);
        for _ in 0..3 {
            wait(&[guardian.as_fd()], Some(Duration::from_secs(20))).unwrap();
            assert_eq!(guardian.receive().unwrap(), Some(Command::Beat));
        }
    }
}
