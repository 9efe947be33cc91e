//! What can be wrong with a config or board file.

use std::io;
use std::path::PathBuf;

/// Why a file can't be used; always names the file, and the line or key where there is one.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{}: can't be read: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{}: is larger than {limit} bytes, which no config file is", path.display())]
    TooLarge { path: PathBuf, limit: u64 },
    #[error("{}:{line}: {message}", path.display())]
    Syntax {
        path: PathBuf,
        line: usize,
        message: String,
    },
    #[error("{}:{line}: unknown key {key}{}", path.display(), hint(nearest.as_deref()))]
    UnknownKey {
        path: PathBuf,
        line: usize,
        key: String,
        nearest: Option<String>,
    },
    #[error("{}: {key}: {problem}", path.display())]
    Value {
        path: PathBuf,
        key: String,
        problem: String,
    },
    #[error("{}: inherits itself, by way of {}", path.display(), by.display())]
    InheritanceLoop { path: PathBuf, by: PathBuf },
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(
        || "; remove it".into(),
        |key| format!("; did you mean {key}?"),
    )
}
