//! What can go wrong with serving HTTP.

use std::io;
use std::net::SocketAddr;

/// A server that can't be started.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error(
        "{0} can be reached from other machines, and the preview shows the camera to anybody: \
         use 127.0.0.1 or [::1]"
    )]
    NotLoopback(SocketAddr),
    #[error("can't listen on {address}: {source}; use another port, or 0 for any free one")]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("can't start the server's thread: {0}; the system is out of threads or files")]
    Start(#[source] io::Error),
    #[error(transparent)]
    Api(#[from] super::api::ApiError),
}
