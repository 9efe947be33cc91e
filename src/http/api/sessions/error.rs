//! What keeps a session from going on.

use std::io;
use std::path::{Path, PathBuf};

/// Errors of sessions and their temporary files. None of these sentences is for a caller's eyes.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error("can't {action} {}: {source}", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{} may be read by others (mode {mode:o}): chmod 700 it", folder.display())]
    Exposed { folder: PathBuf, mode: u32 },
    #[error("there is no room for more {0} until some of them end")]
    Full(&'static str),
    #[error("the caller has a session with this reference already")]
    Taken,
    #[error("the operating system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

impl SessionError {
    pub(super) fn file(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::File {
            action,
            path: path.to_owned(),
            source,
        }
    }
}
