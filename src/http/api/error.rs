//! What keeps the local API from being served.

use std::io;
use std::path::{Path, PathBuf};

/// Errors of the server and of its key files. What a caller did wrong is told in
/// [`Refusal`](super::credentials::Refusal) and [`UploadError`](super::upload::UploadError).
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("can't {action} {}: {source}", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{} may be read or written by others (mode {mode:o}): chmod 600 it", path.display())]
    Exposed { path: PathBuf, mode: u32 },
    #[error("{}: {problem}", path.display())]
    Content { path: PathBuf, problem: String },
    #[error("there is a key named {0} already: choose another name, or revoke it first")]
    NameTaken(String),
    #[error("a key's name has 1 to 64 letters, digits, '.', '_' or '-', not {0:?}")]
    Name(String),
    #[error("{0} is no scope: use verify, enrol or admin")]
    Scope(String),
    #[error("can't serve TLS with {} and {}: {problem}", certificate.display(), key.display())]
    Tls {
        certificate: PathBuf,
        key: PathBuf,
        problem: String,
    },
    #[error("the client for outgoing requests can't be made: {0}")]
    Client(String),
    #[error("hashing a secret: {0}")]
    Hash(argon2::Error),
    #[error("the operating system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

impl ApiError {
    pub(super) fn file(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::File {
            action,
            path: path.to_owned(),
            source,
        }
    }
}
