//! The MQTT 5 client: a thread of its own with a single-threaded runtime, the room's only async code.
//!
//! [`Mqtt`] is what the rest of the program holds. Its calls write to the [`Outbox`] or set a flag, and
//! wake the client; none waits for the network. Duties of the client, in [`client`] and [`session`]:
//!
//! - connects with a last will, subscribes to claims, publishes the status, then what is in the outbox;
//! - starts every session anew (`clean start`): what is unacknowledged lives in the outbox, and a claim
//!   that came while the door was away is out of date;
//! - forgets a decision only on its PUBACK;
//! - comes back after a lost connection, waiting longer each time.

mod back_off;
mod client;
mod config;
mod in_flight;
mod session;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use time::UtcDateTime;
use tokio::sync::{Notify, watch};

use super::{AccessEvent, DeviceState, EventSink, Outbox, QueuedMessage, TelemetryError};
use crate::domain::SubjectId;
use client::Client;
pub(super) use config::MAX_UNACKNOWLEDGED;
pub use config::{Credentials, MqttConfig, TlsConfig};

/// What the client thread and the handle both see.
#[derive(Debug)]
struct Shared {
    outbox: Outbox,
    connected: AtomicBool,
    /// There may be something to send or to remove.
    wake: Notify,
}

/// The state of the door, and since when.
#[derive(Debug, Clone, Copy)]
struct Status {
    state: DeviceState,
    since: UtcDateTime,
}

/// A connection to the broker that mends itself. Dropped, it ends as in a power cut: the broker
/// publishes the last will, and the outbox keeps the rest; [`Mqtt::shutdown`] ends it in order.
#[derive(Debug)]
pub struct Mqtt {
    shared: Arc<Shared>,
    status: watch::Sender<Status>,
    /// When the client must be gone, once it is to stop.
    stop: watch::Sender<Option<Instant>>,
    thread: Option<JoinHandle<()>>,
}

impl Mqtt {
    /// Starts the client. `on_command` is called on its thread with every claimed reference, and must
    /// not wait for anything. Whether the broker can be reached shows later, in [`Mqtt::is_connected`].
    ///
    /// # Errors
    /// If a value of `config` won't do, the CA file is unfit, or no thread can be started.
    pub fn spawn(
        config: MqttConfig,
        outbox: Outbox,
        on_command: impl Fn(SubjectId) + Send + 'static,
    ) -> Result<Self, TelemetryError> {
        let options = config.options()?;
        let failed = |source| TelemetryError::Thread {
            what: "MQTT",
            source,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let shared = Arc::new(Shared {
            outbox,
            connected: AtomicBool::new(false),
            wake: Notify::new(),
        });
        let (status, watched_status) = watch::channel(Status {
            state: DeviceState::Online,
            since: UtcDateTime::now(),
        });
        let (stop, watched_stop) = watch::channel(None);
        let client = Client::new(
            config,
            options,
            Arc::clone(&shared),
            watched_status,
            watched_stop,
            Box::new(on_command),
        );
        let thread = thread::Builder::new()
            .name("mqtt".into())
            .spawn(move || {
                runtime.block_on(client.run());
                // A name look-up may hang for long; nobody waits for it.
                runtime.shutdown_background();
            })
            .map_err(failed)?;
        Ok(Self {
            shared,
            status,
            stop,
            thread: Some(thread),
        })
    }

    /// Takes in a decision or a door event; on return it is on disk and on its way.
    ///
    /// # Errors
    /// If the outbox can't keep it, such as [`TelemetryError::DiskFull`].
    pub fn send(&self, message: impl Into<QueuedMessage>) -> Result<(), TelemetryError> {
        self.shared.outbox.enqueue(&message.into())?;
        self.shared.wake.notify_one();
        Ok(())
    }

    /// Tells the state of the door, retained on the broker. It begins as online.
    pub fn state(&self, state: DeviceState) {
        self.status.send_if_modified(|status| {
            let changed = status.state != state;
            if changed {
                let since = UtcDateTime::now();
                *status = Status { state, since };
            }
            changed
        });
    }

    /// Whether the broker is there.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        // A client that had panicked could not have said so.
        let runs = self
            .thread
            .as_ref()
            .is_some_and(|thread| !thread.is_finished());
        runs && self.shared.connected.load(Ordering::Relaxed)
    }

    /// The queue of decisions that the broker has not acknowledged.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.shared.outbox
    }

    /// Delivers what it can, says offline and ends, all within `timeout`. What is left stays in the outbox.
    ///
    /// # Errors
    /// [`TelemetryError::Stopped`] if the client had broken down.
    pub fn shutdown(mut self, timeout: Duration) -> Result<(), TelemetryError> {
        self.stop.send_replace(Some(Instant::now() + timeout));
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(())) => Ok(()),
            _ => Err(TelemetryError::Stopped),
        }
    }
}

impl Drop for Mqtt {
    fn drop(&mut self) {
        self.stop.send_replace(Some(Instant::now()));
    }
}

impl EventSink for Mqtt {
    fn publish(&mut self, event: AccessEvent) -> Result<(), TelemetryError> {
        match event {
            AccessEvent::Decision(message) => self.send(message),
            AccessEvent::Door(message) => self.send(message),
            AccessEvent::Enrolment(message) => self.send(message),
            AccessEvent::State(state) => {
                self.state(state);
                Ok(())
            }
        }
    }

    fn reaches_broker(&self) -> Option<bool> {
        Some(self.is_connected())
    }
}
