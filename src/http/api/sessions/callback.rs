//! Tells a caller that a session is finished, in a way that they can check.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::http::api::ApiState;

use super::findings::Findings;
use super::{MediaUrl, Order};

/// Waits between the tries.
const WAITS: [Duration; 3] = [
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(60),
];

/// Who is told of the findings, and in which words.
#[derive(Clone)]
pub struct Notice {
    pub url: String,
    /// The dialect's wording.
    pub body: fn(&ApiState, &Order, &[MediaUrl], &Findings) -> Vec<u8>,
}

impl std::fmt::Debug for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A caller's address may have a secret in it.
        f.write_str("Notice(..)")
    }
}

/// Posts `body` to `url`, signed; tries again a few times.
///
/// `X-Ostiary-Signature` is `ed25519=` and the base64 of the signature over the value of
/// `X-Ostiary-Timestamp` (seconds since 1970), a dot and the body. The body stays the same over the tries;
/// the timestamp is of the try, so that the receiver can refuse what is old.
pub(super) async fn call(state: &ApiState, url: &str, body: Vec<u8>) {
    for wait in WAITS.into_iter().map(Some).chain([None]) {
        let timestamp = state.now().unix_timestamp().to_string();
        let signature = sign(state, &timestamp, &body);
        let headers = [
            ("X-Ostiary-Timestamp", timestamp.as_str()),
            ("X-Ostiary-Signature", signature.as_str()),
        ];
        match (
            state.fetcher().post(url, &headers, body.clone()).await,
            wait,
        ) {
            (Ok(()), _) => return,
            (Err(error), None) => tracing::warn!(%error, "a callback was given up"),
            (Err(error), Some(wait)) => {
                tracing::debug!(%error, "a callback is tried again");
                tokio::time::sleep(wait).await;
            }
        }
    }
}

fn sign(state: &ApiState, timestamp: &str, body: &[u8]) -> String {
    let message = [timestamp.as_bytes(), b".", body].concat();
    let signature = STANDARD.encode(state.signer().sign(&message));
    format!("ed25519={signature}")
}
