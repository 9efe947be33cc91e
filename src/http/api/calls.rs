//! What is told of every call: to the audit log, and to the metrics.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::{mpsc, oneshot};

use super::credentials::Caller;
use super::{ApiState, Dialect};

/// A dialect's code of an answer, put into the response's extensions for the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome(pub &'static str);

/// One answered call: no picture, no template, no secret, and nothing that the caller sent but the method.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The key's name; `None` if nobody was let through.
    pub caller: Option<String>,
    pub client: Option<String>,
    pub peer: Option<IpAddr>,
    pub method: String,
    /// The route as it is written in the program; `None` if there is none for the path.
    pub route: Option<String>,
    pub status: u16,
    /// The dialect's code, if it has one for this answer.
    pub outcome: Option<&'static str>,
    pub took: Duration,
}

/// A call on its way to the log.
#[derive(Debug)]
pub struct Recorded {
    pub call: Call,
    /// Told when the entry is on disk, or that it can't be.
    pub kept: oneshot::Sender<bool>,
}

/// The way to whoever keeps the log.
pub type CallLog = mpsc::Sender<Recorded>;

/// Has every call recorded before it is answered; what can't be recorded is not answered.
pub(super) async fn record(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let mut call = Call {
        caller: None,
        client: None,
        peer: request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| info.0.ip()),
        method: request.method().as_str().chars().take(16).collect(),
        route: request
            .extensions()
            .get::<MatchedPath>()
            .map(|path| path.as_str().to_owned()),
        status: 0,
        outcome: None,
        took: Duration::ZERO,
    };
    let answer = next.run(request).await;
    if let Some(caller) = answer.extensions().get::<Caller>() {
        call.caller = Some(caller.name.clone());
        call.client = Some(caller.client.as_str().to_owned());
    }
    call.status = answer.status().as_u16();
    call.outcome = answer
        .extensions()
        .get::<Outcome>()
        .map(|outcome| outcome.0);
    call.took = begun.elapsed();
    let dialect = answer.extensions().get::<Dialect>();
    let status = answer.status();
    state.metrics().answered(
        dialect.map_or("none", |dialect| dialect.name()),
        call.outcome.unwrap_or(status.as_str()),
    );
    if keep(&state, call).await {
        answer
    } else {
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
}

async fn keep(state: &ApiState, call: Call) -> bool {
    let (kept, told) = oneshot::channel();
    state.calls().send(Recorded { call, kept }).await.is_ok() && told.await.unwrap_or(false)
}
