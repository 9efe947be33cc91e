//! What the door counts, for the status page and for scraping.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::domain::Decision;

/// Counters since the start of the process. Shared between threads; each is exact, together they may be
/// a moment apart.
#[derive(Debug, Default)]
pub struct Metrics {
    frames: AtomicU64,
    analysed: AtomicU64,
    dropped: AtomicU64,
    granted: AtomicU64,
    denied: AtomicU64,
    review: AtomicU64,
    inconclusive: AtomicU64,
    broker_connected: AtomicBool,
}

impl Metrics {
    /// A frame came from the camera.
    pub fn count_frame(&self) {
        self.frames.fetch_add(1, Ordering::Relaxed);
    }

    /// A frame was analysed.
    pub fn count_analysed(&self) {
        self.analysed.fetch_add(1, Ordering::Relaxed);
    }

    /// `frames` gave way to newer ones before they were analysed.
    pub fn count_dropped(&self, frames: u64) {
        self.dropped.fetch_add(frames, Ordering::Relaxed);
    }

    /// The door decided.
    pub fn count_decision(&self, decision: &Decision) {
        let counter = match decision {
            Decision::Granted(_) => &self.granted,
            Decision::Denied(_) => &self.denied,
            Decision::Review(_) => &self.review,
            Decision::Inconclusive(_) => &self.inconclusive,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The broker came or went.
    pub fn set_broker_connected(&self, connected: bool) {
        self.broker_connected.store(connected, Ordering::Relaxed);
    }

    /// Every counter in the Prometheus text format, version 0.0.4.
    #[must_use]
    pub fn to_prometheus(&self) -> String {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        format!(
            "# TYPE ostiary_frames_total counter\n\
             ostiary_frames_total {}\n\
             # TYPE ostiary_frames_analysed_total counter\n\
             ostiary_frames_analysed_total {}\n\
             # TYPE ostiary_frames_dropped_total counter\n\
             ostiary_frames_dropped_total {}\n\
             # TYPE ostiary_decisions_total counter\n\
             ostiary_decisions_total{{verdict=\"granted\"}} {}\n\
             ostiary_decisions_total{{verdict=\"denied\"}} {}\n\
             ostiary_decisions_total{{verdict=\"review\"}} {}\n\
             ostiary_decisions_total{{verdict=\"inconclusive\"}} {}\n\
             # TYPE ostiary_broker_connected gauge\n\
             ostiary_broker_connected {}\n",
            count(&self.frames),
            count(&self.analysed),
            count(&self.dropped),
            count(&self.granted),
            count(&self.denied),
            count(&self.review),
            count(&self.inconclusive),
            u8::from(self.broker_connected.load(Ordering::Relaxed)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DenialReason;

    #[test]
    fn decisions_are_counted_by_verdict() {
        let metrics = Metrics::default();
        metrics.count_frame();
        metrics.count_decision(&Decision::Denied(DenialReason::Unknown));
        metrics.count_decision(&Decision::Denied(DenialReason::Expired));
        let text = metrics.to_prometheus();
        assert!(text.contains("ostiary_frames_total 1\n"), "{text}");
        assert!(
            text.contains("ostiary_decisions_total{verdict=\"denied\"} 2\n"),
            "{text}"
        );
    }
}
