//! What the local API sees of the door: whether it is at work, and what it decides.

use std::sync::Arc;

use time::UtcDateTime;

use super::verification::Gate;
use super::{Observer, Seen};
use crate::domain::{EnrolmentUpdate, Screen};
use crate::http::api::enrolments::Enrolments;
use crate::http::api::{Metrics, RecentDecisions};
use crate::panel::View;
use crate::telemetry::DecisionMessage;

/// Closes the gate while the door compares a tracked face, and tells of decisions.
pub(super) struct ApiWatch {
    pub gate: Arc<Gate>,
    pub metrics: Arc<Metrics>,
    pub decisions: Arc<RecentDecisions>,
    pub enrolments: Arc<Enrolments>,
}

impl Observer for ApiWatch {
    fn seen(&mut self, seen: &Seen) {
        let sighting = seen.analysis.sighting.as_ref();
        let compared = sighting.is_some_and(|sighting| sighting.comparison.is_some());
        self.gate.set(compared);
        self.metrics.frame(seen.took);
        // Read by .ci/door-latency.
        tracing::debug!(
            sequence = seen.frame.sequence,
            compared,
            took_us = u64::try_from(seen.took.as_micros()).unwrap_or(u64::MAX),
            "a frame was looked at"
        );
    }

    fn decided(&mut self, message: &DecisionMessage) {
        self.metrics.decided(&message.verdict, &message.reason);
        match serde_json::to_value(message) {
            Ok(message) => self.decisions.push(message),
            Err(error) => tracing::warn!(%error, "a decision is not told over the API"),
        }
    }

    fn enrolment(&mut self, update: &EnrolmentUpdate, consented: Option<UtcDateTime>) {
        self.enrolments.note(update, consented);
    }

    fn door(&mut self, released: bool) {
        self.metrics.door_released(released);
    }

    fn drawn(&mut self, view: &View<'_>) {
        self.metrics
            .door_in_service(*view.screen != Screen::OutOfService);
    }
}

impl Drop for ApiWatch {
    fn drop(&mut self) {
        self.gate.set(false);
    }
}
