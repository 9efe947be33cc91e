//! Who waits for a callback: a server that fails at first, as they do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A callback as it arrived.
pub struct Callback {
    headers: HeaderMap,
    pub body: Bytes,
}

impl Callback {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// Whether the board of this key signed it, with its timestamp.
    pub fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        let signature = self.header("x-ostiary-signature");
        let signature = signature.strip_prefix("ed25519=").unwrap();
        let signature = Signature::from_slice(&STANDARD.decode(signature).unwrap()).unwrap();
        let timestamp = self.header("x-ostiary-timestamp");
        let message = [timestamp.as_bytes(), b".", &self.body].concat();
        key.verify_strict(&message, &signature).is_ok()
    }
}

/// Listens on loopback until it is dropped.
pub struct Receiver {
    /// Address and port.
    pub host: String,
    calls: UnboundedReceiver<Callback>,
    server: JoinHandle<()>,
}

impl Receiver {
    /// Answers 503 to the first call and 200 to the others.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let (sender, calls) = unbounded_channel();
        let is_up = Arc::new(AtomicBool::new(false));
        let take = move |headers: HeaderMap, body: Bytes| async move {
            let _ = sender.send(Callback { headers, body });
            if is_up.swap(true, Ordering::Relaxed) {
                StatusCode::OK
            } else {
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        let routes = Router::new().route("/done", post(take));
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, routes).await;
        });
        Self {
            host,
            calls,
            server,
        }
    }

    /// The next call.
    pub async fn call(&mut self) -> Callback {
        let call = timeout(Duration::from_secs(30), self.calls.recv()).await;
        call.expect("a callback within half a minute").unwrap()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}
