//! What systemd is told: ready, alive, stopping (`sd_notify(3)`). Without systemd all of it is silent.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;

/// The service manager.
#[derive(Debug)]
pub struct Service {
    last: Option<Instant>,
}

impl Service {
    /// Alive is told at most this often; the unit's watchdog time is a multiple of it.
    const EVERY: Duration = Duration::from_secs(1);

    /// Tells nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { last: None }
    }

    /// The door serves.
    pub fn ready(&mut self) {
        tell(NotifyState::Ready);
    }

    /// The event loop turns.
    pub fn alive(&mut self) {
        if self.last.is_none_or(|last| last.elapsed() >= Self::EVERY) {
            self.last = Some(Instant::now());
            tell(NotifyState::Watchdog);
        }
    }

    /// The door is being brought to rest.
    pub fn stopping(&mut self) {
        tell(NotifyState::Stopping);
    }
}

impl Default for Service {
    fn default() -> Self {
        Self::new()
    }
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager can't be told");
    }
}
