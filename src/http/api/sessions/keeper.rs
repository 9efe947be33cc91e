//! What goes on behind the requests: evaluations, and what time brings.

use std::time::Duration;

use crate::http::api::ApiState;

use super::{Findings, callback, evaluate};

/// How often files and sessions are looked at.
const ROUND: Duration = Duration::from_secs(10);

/// Wipes files that have ended, forgets sessions that are over, and ends captures that were left. Runs
/// as long as the server.
pub async fn keep(state: ApiState) {
    loop {
        tokio::time::sleep(ROUND).await;
        let now = state.monotonic();
        state.sessions().media().sweep(now);
        let left = {
            let mut table = state.sessions().table();
            table.forget(now);
            table.left(now)
        };
        for id in left {
            end_capture(&state, id);
        }
    }
}

/// Ends a session's capture and has it evaluated, while nobody waits.
pub(super) fn end_capture(state: &ApiState, id: u128) {
    let now = state.monotonic();
    let ended = {
        let mut table = state.sessions().table();
        table.by_id(id).map(|session| session.end_capture(now))
    };
    if let Some(Ok((capture, references))) = ended {
        let state = state.clone();
        tokio::spawn(async move {
            let footage = capture.into_footage(now);
            let findings = evaluate(&state, &references, footage).await;
            finish(&state, id, findings);
        });
    }
}

/// Keeps the findings of a session, and tells whom it concerns while nobody waits.
pub fn finish(state: &ApiState, id: u128, findings: Findings) {
    let notice = {
        let mut table = state.sessions().table();
        table.by_id(id).and_then(|session| {
            let order = &session.order;
            let notice = order.notice.as_ref().map(|notice| {
                let body = (notice.body)(state, order, &session.originals, &findings);
                (notice.url.clone(), body)
            });
            session.finish(findings, state.monotonic());
            notice
        })
    };
    if let Some((url, body)) = notice {
        let state = state.clone();
        tokio::spawn(async move { callback::call(&state, &url, body).await });
    }
}
