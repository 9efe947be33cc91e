//! What can go wrong in telling the outside.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::SubjectIdError;

/// Every failure of the room: what, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("no space left for {}: free some; nothing is granted until a decision can be kept", path.display())]
    DiskFull { path: PathBuf },
    #[error("can't {action} {}: {source}", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{} may be read or written by others (mode {mode:o}): chmod 600 it", path.display())]
    Exposed { path: PathBuf, mode: u32 },
    #[error("{}: {problem}", path.display())]
    Content {
        path: PathBuf,
        problem: &'static str,
    },

    #[error("outbox {}: {source}", path.display())]
    Outbox {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error(
        "outbox {} has layout {found}, this version knows {known}: update the program or move the file away",
        path.display()
    )]
    OutboxLayout {
        path: PathBuf,
        found: i64,
        known: i64,
    },

    #[error("audit log {} is written by another process: stop that one first", dir.display())]
    AuditInUse { dir: PathBuf },
    #[error(
        "audit log {} was signed with another key: put the old key back, or move the log away",
        dir.display()
    )]
    AuditKeyMismatch { dir: PathBuf },
    #[error("audit log {}, line {line}: {problem}", file.display())]
    AuditBroken {
        file: PathBuf,
        line: u64,
        problem: String,
    },

    #[error("{0:?} is no device name: use 1 to 64 letters, digits, '.', '_' and '-'")]
    DeviceName(String),
    #[error("mqtt.{key}: {problem}")]
    Config {
        key: &'static str,
        problem: &'static str,
    },
    #[error("CA file {}: {problem}", path.display())]
    Tls { path: PathBuf, problem: String },
    #[error("broker {broker}: {source}")]
    Connection {
        broker: String,
        source: Box<rumqttc::v5::ConnectionError>,
    },
    #[error(
        "broker {broker} refused a message ({reason}): check what this user may publish to; it is kept"
    )]
    Refused { broker: String, reason: String },
    #[error("the MQTT client has stopped")]
    Stopped,
    #[error("can't start the {what} thread: {source}")]
    Thread {
        what: &'static str,
        source: io::Error,
    },
    #[error("the embedded broker does not answer on {address}")]
    BrokerSilent { address: std::net::SocketAddr },

    #[error("a command has at most {max} bytes, not {length}")]
    CommandTooLong { length: usize, max: usize },
    /// In our words alone: those of the library repeat what was sent.
    #[error("not a command of version 1: {problem} (line {line}, column {column})")]
    CommandSyntax {
        problem: &'static str,
        line: usize,
        column: usize,
    },
    #[error("claim command: {0}")]
    CommandSubject(#[from] SubjectIdError),

    #[error("can't write the message as JSON: {0}")]
    Json(serde_json::Error),
    #[error("the operating system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

impl TelemetryError {
    /// A failed `action` ("open", "write"...) on `path`; a full disk gets a name of its own.
    pub(super) fn file(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::File {
                action,
                path,
                source,
            },
        }
    }

    /// A failed statement on the outbox at `path`.
    pub(super) fn outbox(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull { path },
            _ => Self::Outbox { path, source },
        }
    }
}
