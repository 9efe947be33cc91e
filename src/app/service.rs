//! What systemd is told: ready, alive, stopping and how it goes (`sd_notify(3)`). Without systemd all of it is silent.

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

    /// The door is being brought into service.
    #[must_use]
    pub fn starting() -> Self {
        tell(&[NotifyState::Status("loading networks and gallery")]);
        Self { last: None }
    }

    /// The door serves, or is out of service but looked after.
    pub fn ready(&mut self, serves: bool) {
        tell(&[NotifyState::Ready, status(serves)]);
    }

    /// The door serves again, or no more.
    pub fn serves(&mut self, serves: bool) {
        tell(&[status(serves)]);
    }

    /// The event loop turns.
    pub fn alive(&mut self) {
        if self.last.is_none_or(|last| last.elapsed() >= Self::EVERY) {
            self.last = Some(Instant::now());
            tell(&[NotifyState::Watchdog]);
        }
    }

    /// The door is being brought to rest.
    pub fn stopping(&mut self) {
        tell(&[
            NotifyState::Stopping,
            NotifyState::Status("securing the door"),
        ]);
    }
}

fn status(serves: bool) -> NotifyState<'static> {
    NotifyState::Status(if serves {
        "serving the door"
    } else {
        "out of service: the journal says why"
    })
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager can't be told");
    }
}
