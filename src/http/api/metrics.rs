//! Counts and times for Prometheus, without anything personal in them.

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Two labels: names are ours, values come from short lists of ours.
type Labels = [(&'static str, String); 2];
type Kind = [(&'static str, &'static str); 1];

/// In seconds; a board needs a quarter of a second for a comparison, and some seconds for the first one.
const SECONDS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// All metrics.
pub struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    waiting: Gauge,
    work: Family<Kind, Histogram, fn() -> Histogram>,
    frames: Histogram,
    decisions: Family<Labels, Counter>,
    door_released: Gauge,
    door_in_service: Gauge,
}

impl Metrics {
    /// All at zero.
    #[must_use]
    pub fn new() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("ostiary"),
            requests: Family::default(),
            waiting: Gauge::default(),
            work: Family::new_with_constructor(seconds),
            frames: seconds(),
            decisions: Family::default(),
            door_released: Gauge::default(),
            door_in_service: Gauge::default(),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register(
            "api_requests",
            "Answered requests of the local API",
            self.requests.clone(),
        );
        registry.register(
            "api_queue_depth",
            "Jobs that wait for the verification worker",
            self.waiting.clone(),
        );
        registry.register_with_unit(
            "api_inference",
            "Time of the verification worker's jobs, waits for the door included",
            Unit::Seconds,
            self.work.clone(),
        );
        registry.register_with_unit(
            "door_frame",
            "Time of the analysis of the door's frames",
            Unit::Seconds,
            self.frames.clone(),
        );
        registry.register(
            "door_decisions",
            "Decisions of the door",
            self.decisions.clone(),
        );
        registry.register(
            "door_released",
            "1 while the strike is released",
            self.door_released.clone(),
        );
        registry.register(
            "door_in_service",
            "1 while the door serves, 0 while it is out of service",
            self.door_in_service.clone(),
        );
        self
    }

    /// A request was answered.
    pub(super) fn answered(&self, dialect: &str, code: &str) {
        let labels = [("dialect", dialect.to_owned()), ("code", code.to_owned())];
        self.requests.get_or_create(&labels).inc();
    }

    /// The worker did a job of this kind.
    pub fn worked(&self, kind: &'static str, took: Duration) {
        self.work
            .get_or_create(&[("job", kind)])
            .observe(took.as_secs_f64());
    }

    /// The door analysed a frame.
    pub fn frame(&self, took: Duration) {
        self.frames.observe(took.as_secs_f64());
    }

    /// The door decided.
    pub fn decided(&self, verdict: &str, reason: &str) {
        let labels = [
            ("verdict", verdict.to_owned()),
            ("reason", reason.to_owned()),
        ];
        self.decisions.get_or_create(&labels).inc();
    }

    /// The strike was released or secured.
    pub fn door_released(&self, released: bool) {
        self.door_released.set(released.into());
    }

    /// The door serves or does not.
    pub fn door_in_service(&self, serves: bool) {
        self.door_in_service.set(serves.into());
    }

    /// The text format of OpenMetrics.
    pub(super) fn text(&self, waiting: usize) -> Result<String, fmt::Error> {
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told() {
        let metrics = Metrics::new();
        metrics.answered("own", "200");
        metrics.answered("own", "200");
        metrics.worked("examine", Duration::from_millis(300));
        metrics.decided("granted", "mated");
        metrics.door_released(true);
        metrics.frame(Duration::from_millis(20));
        let text = metrics.text(3).unwrap();
        for line in [
            "ostiary_api_requests_total{dialect=\"own\",code=\"200\"} 2",
            "ostiary_api_queue_depth 3",
            "ostiary_api_inference_seconds_count{job=\"examine\"} 1",
            "ostiary_door_frame_seconds_count 1",
            "ostiary_door_decisions_total{verdict=\"granted\",reason=\"mated\"} 1",
            "ostiary_door_released 1",
            "ostiary_door_in_service 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
