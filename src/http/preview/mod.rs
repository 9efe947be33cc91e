//! A live page on loopback: the camera with its boxes, the panel, the door and the messages.
//!
//! Runs on a thread of its own. The door hands over pictures and events without waiting, and
//! without noticing whether anybody looks on:
//!
//! - pictures: only the latest is kept;
//! - events: the latest state and the last 50 messages are kept for a page that is opened later.

mod event;
mod guard;
mod hub;
mod routes;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::runtime;
use tokio::sync::oneshot;

use super::HttpError;

pub use event::{FaceBox, PreviewEvent};

use hub::Hub;

/// A running preview. Dropping it closes the port and every connection.
pub struct Preview {
    hub: Arc<Hub>,
    address: SocketAddr,
    /// Dropped first, which tells the thread to end.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Preview {
    /// Serves the page on `address`; with port 0 the system picks a free one.
    ///
    /// # Errors
    /// If the address is not loopback's, or the port is taken.
    pub fn start(address: SocketAddr) -> Result<Self, HttpError> {
        if !address.ip().is_loopback() {
            return Err(HttpError::NotLoopback(address));
        }
        let listen = |source| HttpError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(HttpError::Start)?;

        let hub = Arc::new(Hub::new());
        let router = routes::router(Arc::clone(&hub));
        let (stop, stopped) = oneshot::channel();
        let serve = async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            tokio::select! {
                ended = axum::serve(listener, router) => ended,
                _ = stopped => Ok(()),
            }
        };
        let thread = thread::Builder::new()
            .name("preview".into())
            .spawn(move || {
                // The runtime goes with this closure, and with it the connections that never end.
                if let Err(error) = runtime.block_on(serve) {
                    tracing::error!(%error, "the preview page has stopped");
                }
            })
            .map_err(HttpError::Start)?;
        tracing::info!(%address, "preview page");
        Ok(Self {
            hub,
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where the page is, with the port in use.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether a page is open: pictures cost time, and only the newest counts.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.hub.is_watched()
    }

    /// Shows a camera picture, a JPEG file without boxes: the page draws those of the last
    /// [`PreviewEvent::Face`] over it.
    pub fn camera(&self, jpeg: Vec<u8>) {
        self.hub.camera(jpeg);
    }

    /// Shows what the panel shows, a PNG file.
    pub fn panel(&self, png: Vec<u8>) {
        self.hub.panel(png);
    }

    /// Tells what happened.
    pub fn event(&self, event: &PreviewEvent) {
        self.hub.event(event);
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the preview page's thread has panicked");
        }
    }
}
