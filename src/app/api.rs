//! The local API, wired: config, worker, call log and server.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc;

use super::api_watch::ApiWatch;
use super::serve::vision_options;
use super::verification::{self, Gate, Priority, Tools, VerificationThread};
use super::{AppError, Observer, State};
use crate::config::{self, Board, Config};
use crate::domain::Clock;
use crate::http::api::backend::Backend;
use crate::http::api::calls::Recorded;
use crate::http::api::enrolments::{AskDoor, Enrolments};
use crate::http::api::sessions::{self, SeedSource, Sessions};
use crate::http::api::{
    ApiParts, ApiServer, ApiSettings, ApiState, Dialect, Metrics, Place, RecentDecisions,
    ScoreBand, ScoreBands, TlsFiles,
};
use crate::telemetry::{AuditLog, CallEntry};
use crate::vision::VisionOptions;

/// Calls on their way to the log.
const CALLS: usize = 16;

/// A running local API. Dropping it ends server, worker and log, in this order.
pub struct LocalApi {
    server: ApiServer,
    _worker: VerificationThread,
    _log: CallLogThread,
}

impl LocalApi {
    /// Starts it, whether or not the config says so; gives it and who watches the door for it. Enrolments at the
    /// door are asked for by way of `door`.
    ///
    /// # Errors
    /// If a key, the log or the address can't be used, or the system gives no thread.
    pub fn start(
        config: &Config,
        board: &Board,
        models: &Path,
        clock: Arc<dyn Clock>,
        priority: Priority,
        door: Option<AskDoor>,
    ) -> Result<(Self, Box<dyn Observer>), AppError> {
        Self::start_seeded(
            config,
            board,
            models,
            clock,
            priority,
            door,
            sessions::random_seed,
        )
    }

    /// As [`Self::start`], with challenges that `seeds` tell: for tests, whose person can't do everything.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_seeded(
        config: &Config,
        board: &Board,
        models: &Path,
        clock: Arc<dyn Clock>,
        priority: Priority,
        door: Option<AskDoor>,
        seeds: SeedSource,
    ) -> Result<(Self, Box<dyn Observer>), AppError> {
        let state = State::new(&config.data);
        let (gate, metrics) = (Arc::new(Gate::default()), Arc::new(Metrics::new()));
        let decisions = Arc::new(RecentDecisions::default());
        let enrolments = Arc::new(Enrolments::new(door));
        let (backend, jobs) = Backend::new(verification::QUEUE);
        let (calls, recorded) = mpsc::channel(CALLS);
        let settings = settings(config, &state);
        let api = ApiState::new(ApiParts {
            backend,
            sessions: Sessions::open(&settings.sessions_folder, seeds)?,
            settings,
            signer: state.result_signer()?,
            keys: state.api_keys(),
            calls,
            metrics: Arc::clone(&metrics),
            decisions: Arc::clone(&decisions),
            enrolments: Arc::clone(&enrolments),
            clock,
        })?;
        let log = CallLogThread::spawn(state.open_call_log()?, recorded)?;
        let tools = Tools {
            models: models.into(),
            // One thread: the others are the door's.
            options: VisionOptions {
                threads: 1,
                ..vision_options(board)
            },
            state,
            policy: config.policy,
            gate: Arc::clone(&gate),
            metrics: Arc::clone(&metrics),
        };
        let worker = VerificationThread::spawn(tools, priority, jobs)?;
        let running = Self {
            server: ApiServer::start(api)?,
            _worker: worker,
            _log: log,
        };
        let watch = ApiWatch {
            gate,
            metrics,
            decisions,
            enrolments,
        };
        Ok((running, Box::new(watch)))
    }

    /// Where it listens, with the port in use.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }
}

/// Keeps the call log; ends when the server has gone.
struct CallLogThread(Option<JoinHandle<()>>);

impl CallLogThread {
    fn spawn(mut log: AuditLog, mut calls: mpsc::Receiver<Recorded>) -> Result<Self, AppError> {
        let keep = move || {
            while let Some(Recorded { call, kept }) = calls.blocking_recv() {
                let entry = CallEntry {
                    caller: call.caller,
                    client: call.client,
                    peer: call.peer.map(|peer| peer.to_string()),
                    method: call.method,
                    route: call.route,
                    status: call.status,
                    outcome: call.outcome,
                    took_ms: u64::try_from(call.took.as_millis()).unwrap_or(u64::MAX),
                };
                let written = log.append(&entry);
                if let Err(error) = &written {
                    tracing::error!(%error, "a call can't be recorded and is not answered");
                }
                // A caller who has gone does not wait for it.
                let _ = kept.send(written.is_ok());
            }
        };
        thread::Builder::new()
            .name("api-log".into())
            .spawn(keep)
            .map(|thread| Self(Some(thread)))
            .map_err(|source| AppError::Thread {
                name: "api-log",
                source,
            })
    }
}

impl Drop for CallLogThread {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            // It has nothing to panic about; its errors are logged.
            let _ = thread.join();
        }
    }
}

fn settings(config: &Config, state: &State) -> ApiSettings {
    let api = &config.api;
    let tls = match (&api.tls_certificate, &api.tls_key) {
        (Some(certificate), Some(key)) => Some(TlsFiles {
            certificate: certificate.clone(),
            key: key.clone(),
        }),
        _ => None,
    };
    let bands = [
        (Dialect::Kairos, api.bands.kairos),
        (Dialect::Didit, api.bands.didit),
        (Dialect::Decentro, api.bands.decentro),
        (Dialect::IdMatch, api.bands.id_match),
    ];
    ApiSettings {
        listen: api.listen,
        tls,
        dialects: api.dialects.iter().copied().map(dialect).collect(),
        public_url: api.public_url.clone(),
        allowed_hosts: api.allowed_hosts.clone(),
        identity_url: api.identity_url.clone(),
        requests_per_minute: api.requests_per_minute,
        place: api.place.map(|place| Place {
            latitude: place.latitude,
            longitude: place.longitude,
        }),
        bands: bands
            .into_iter()
            .filter_map(|(dialect, bands)| Some((dialect, score_bands(bands?))))
            .collect(),
        device: config.device.clone(),
        policy: config.policy,
        sessions_folder: state.folder().join("sessions"),
    }
}

fn dialect(dialect: config::Dialect) -> Dialect {
    match dialect {
        config::Dialect::Own => Dialect::Own,
        config::Dialect::Kairos => Dialect::Kairos,
        config::Dialect::Verifik => Dialect::Verifik,
        config::Dialect::Didit => Dialect::Didit,
        config::Dialect::Decentro => Dialect::Decentro,
        config::Dialect::IdMatch => Dialect::IdMatch,
    }
}

fn score_bands(bands: config::DialectBands) -> ScoreBands {
    let band = |[review_from, accept_from]: [f32; 2]| ScoreBand {
        review_from,
        accept_from,
    };
    ScoreBands {
        comparison: band(bands.comparison),
        liveness: band(bands.liveness),
    }
}
