//! Keeps a session with the broker, one after the other, until told to stop.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rumqttc::v5::MqttOptions;
use tokio::sync::watch;
use tokio::time::{sleep, sleep_until};

use super::back_off::back_off;
use super::{MqttConfig, Shared, Status};
use crate::domain::SubjectId;
use crate::telemetry::{DeviceName, TelemetryError, Topics};

/// A session that held for so long ends a run of failures.
const STABLE: Duration = Duration::from_secs(10);

/// What every session needs.
pub(super) struct Client {
    pub(super) broker: String,
    pub(super) device: DeviceName,
    pub(super) topics: Topics,
    pub(super) options: MqttOptions,
    pub(super) shared: Arc<Shared>,
    pub(super) status: watch::Receiver<Status>,
    pub(super) stop: watch::Receiver<Option<Instant>>,
    pub(super) on_command: Box<dyn Fn(SubjectId) + Send>,
}

impl Client {
    pub(super) fn new(
        config: MqttConfig,
        options: MqttOptions,
        shared: Arc<Shared>,
        status: watch::Receiver<Status>,
        stop: watch::Receiver<Option<Instant>>,
        on_command: Box<dyn Fn(SubjectId) + Send>,
    ) -> Self {
        Self {
            broker: config.broker(),
            topics: Topics::of(&config.device),
            device: config.device,
            options,
            shared,
            status,
            stop,
            on_command,
        }
    }

    /// Runs until everything is delivered after the call to stop, or until the time for it is over.
    pub(super) async fn run(self) {
        tokio::select! {
            biased;
            () = time_is_over(self.stop.clone()) => {}
            () = self.reconnect() => {}
        }
        self.shared.connected.store(false, Ordering::Relaxed);
    }

    async fn reconnect(&self) {
        let mut stop = self.stop.clone();
        let mut failures = 0;
        loop {
            let started = Instant::now();
            let Err(error) = self.session().await else {
                return;
            };
            let was_connected = self.shared.connected.swap(false, Ordering::Relaxed);
            if was_connected && started.elapsed() >= STABLE {
                failures = 0;
            }
            let wait = back_off(failures, jitter());
            failures = failures.saturating_add(1);
            tracing::warn!("{error}; next try in {:.1} s", wait.as_secs_f32());
            tokio::select! {
                () = sleep(wait) => {}
                _ = stop.wait_for(Option::is_some) => return,
            }
        }
    }

    pub(super) fn lost(&self, source: rumqttc::v5::ConnectionError) -> TelemetryError {
        TelemetryError::Connection {
            broker: self.broker.clone(),
            source: Box::new(source),
        }
    }
}

/// Ends at the deadline, once there is one; at once if that has passed, ahead of any goodbye.
async fn time_is_over(mut stop: watch::Receiver<Option<Instant>>) {
    let deadline = stop.wait_for(Option::is_some).await.map(|stop| *stop);
    // Without the handle there is nobody left to run for.
    if let Ok(Some(deadline)) = deadline
        && deadline > Instant::now()
    {
        sleep_until(deadline.into()).await;
    }
}

fn jitter() -> u8 {
    let mut byte = [0];
    // Without random numbers doors come back together, which is no harm to a single one.
    let _ = getrandom::fill(&mut byte);
    byte[0]
}
