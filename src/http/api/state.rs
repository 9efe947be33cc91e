//! What every handler can reach.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use time::UtcDateTime;
use tokio::sync::Semaphore;

use super::ApiError;
use super::backend::Backend;
use super::calls::CallLog;
use super::decisions::RecentDecisions;
use super::enrolments::Enrolments;
use super::fetch::Fetcher;
use super::key_ring::KeyRing;
use super::keys::KeyFile;
use super::metrics::Metrics;
use super::rate::{LockOut, RateLimit};
use super::sessions::Sessions;
use super::settings::ApiSettings;
use super::signer::ResultSigner;
use crate::domain::{Clock, Moment};

/// What the server is made from.
pub struct ApiParts {
    pub backend: Backend,
    pub settings: ApiSettings,
    pub signer: ResultSigner,
    pub keys: KeyFile,
    pub calls: CallLog,
    pub sessions: Sessions,
    pub metrics: Arc<Metrics>,
    pub decisions: Arc<RecentDecisions>,
    pub enrolments: Arc<Enrolments>,
    pub clock: Arc<dyn Clock>,
}

/// Shared by all handlers; clones are the same.
#[derive(Clone)]
pub struct ApiState(Arc<Shared>);

struct Shared {
    backend: Backend,
    settings: ApiSettings,
    signer: ResultSigner,
    fetcher: Fetcher,
    keys: KeyRing,
    lock_out: LockOut,
    rate_limit: RateLimit,
    calls: CallLog,
    metrics: Arc<Metrics>,
    decisions: Arc<RecentDecisions>,
    enrolments: Arc<Enrolments>,
    places: Semaphore,
    sessions: Sessions,
    /// Known when the server listens.
    address: OnceLock<SocketAddr>,
    clock: Arc<dyn Clock>,
}

impl ApiState {
    /// How soon a caller should try again when the board is busy.
    pub const RETRY_AFTER: Duration = Backend::RETRY_AFTER;
    /// Requests that are read and answered at a time; the others are told to come back.
    const PLACES: usize = 8;

    /// # Errors
    /// If the system gives no random numbers, or no client for outgoing requests can be made.
    pub fn new(parts: ApiParts) -> Result<Self, ApiError> {
        Ok(Self(Arc::new(Shared {
            fetcher: Fetcher::new(&parts.settings.allowed_hosts)?,
            rate_limit: RateLimit::new(parts.settings.requests_per_minute),
            backend: parts.backend,
            settings: parts.settings,
            signer: parts.signer,
            keys: KeyRing::new(parts.keys)?,
            lock_out: LockOut::default(),
            calls: parts.calls,
            metrics: parts.metrics,
            decisions: parts.decisions,
            enrolments: parts.enrolments,
            places: Semaphore::new(Self::PLACES),
            sessions: parts.sessions,
            address: OnceLock::new(),
            clock: parts.clock,
        })))
    }

    /// The way to the verification worker.
    #[must_use]
    pub fn backend(&self) -> &Backend {
        &self.0.backend
    }

    /// The checked config.
    #[must_use]
    pub fn settings(&self) -> &ApiSettings {
        &self.0.settings
    }

    /// Signs results.
    #[must_use]
    pub fn signer(&self) -> &ResultSigner {
        &self.0.signer
    }

    /// Outgoing requests.
    #[must_use]
    pub fn fetcher(&self) -> &Fetcher {
        &self.0.fetcher
    }

    /// Sessions and their temporary files.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// What addresses of ours begin with: the config's word for it, else where the server listens.
    #[must_use]
    pub fn public_url(&self) -> String {
        let settings = self.settings();
        settings.public_url.clone().unwrap_or_else(|| {
            let scheme = if settings.tls.is_some() {
                "https"
            } else {
                "http"
            };
            let address = self.0.address.get().unwrap_or(&settings.listen);
            format!("{scheme}://{address}")
        })
    }

    /// Takes note of where the server listens.
    pub(super) fn listens_at(&self, address: SocketAddr) {
        // Only the first address counts, and a server has one.
        let _ = self.0.address.set(address);
    }

    /// The wall clock.
    #[must_use]
    pub fn now(&self) -> UtcDateTime {
        self.0.clock.utc()
    }

    /// The monotonic clock.
    #[must_use]
    pub fn monotonic(&self) -> Moment {
        self.0.clock.now()
    }

    pub(super) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(super) fn decisions(&self) -> &RecentDecisions {
        &self.0.decisions
    }

    /// The way to the door.
    pub(super) fn enrolments(&self) -> &Enrolments {
        &self.0.enrolments
    }

    pub(super) fn keys(&self) -> &KeyRing {
        &self.0.keys
    }

    pub(super) fn lock_out(&self) -> &LockOut {
        &self.0.lock_out
    }

    pub(super) fn rate_limit(&self) -> &RateLimit {
        &self.0.rate_limit
    }

    pub(super) fn calls(&self) -> &CallLog {
        &self.0.calls
    }

    pub(super) fn places(&self) -> &Semaphore {
        &self.0.places
    }
}
