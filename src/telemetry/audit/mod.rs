//! The audit log: what was decided, in a form that can't be changed unseen.
//!
//! A directory of JSON-lines files `audit-<first sequence>.jsonl`. Every record carries its sequence
//! number, the SHA-256 of the record before it and an Ed25519 signature (RFC 8032); see [`record`] for
//! the line. Duties:
//!
//! - a record is on disk when [`AuditLog::append`] returns, so a decision is kept before its effect;
//! - a line that a power cut tore is moved to `<file>.torn`, and the next record says so;
//! - the chain runs on from one file to the next; whole old files may be archived and removed.
//!
//! Records cut off at the end can't be missed from within: compare [`Summary::last_sequence`] with what
//! the broker saw.

mod key;
mod liveness_scores;
mod record;
mod recovery;
mod verify;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use time::UtcDateTime;

use super::{TelemetryError, private_file};
pub use key::{AuditKey, AuditPublicKey};
pub use liveness_scores::liveness_scores;
pub use record::{AuditEntry, CallEntry};
use record::{Link, Record};
pub use verify::{Summary, verify};

/// A file is closed and the next begun at this size, in bytes.
const FILE_LIMIT: u64 = 8 * 1024 * 1024;

/// The public key is written beside the log under this name.
const PUBLIC_KEY_FILE: &str = "audit.pub";

/// The log, open for appending by this process alone.
#[derive(Debug)]
pub struct AuditLog {
    /// Locked, and synced when a file is added.
    directory: File,
    dir: PathBuf,
    key: AuditKey,
    file: File,
    path: PathBuf,
    /// Bytes of sound records in `file`.
    length: u64,
    /// What the next record links to.
    link: Link,
    limit: u64,
    /// A failed write may have left half a line.
    damaged: bool,
}

impl AuditLog {
    /// Opens the log in `dir`, or begins one, and writes the public key beside it.
    ///
    /// # Errors
    /// If another process writes it, it was signed with another key, its last record is no record of
    /// this key, or the file system says no.
    pub fn open(dir: &Path, key: AuditKey) -> Result<Self, TelemetryError> {
        let failed = |source| TelemetryError::file("open", dir, source);
        fs::create_dir_all(dir).map_err(failed)?;
        let directory = File::open(dir).map_err(failed)?;
        match directory.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                return Err(TelemetryError::AuditInUse { dir: dir.into() });
            }
            Err(fs::TryLockError::Error(source)) => return Err(failed(source)),
        }
        key.public().write_beside(dir)?;
        let tail = recovery::recover(dir, &key.public())?;
        let path = tail.file.unwrap_or_else(|| file_for(dir, &tail.link));
        let mut log = Self {
            file: private_file::append(&path)?,
            directory,
            dir: dir.to_owned(),
            key,
            path,
            length: tail.length,
            link: tail.link,
            limit: FILE_LIMIT,
            damaged: false,
        };
        log.sync_directory()?;
        log.record_torn(tail.torn)?;
        Ok(log)
    }

    /// Begins a new file at `bytes` instead of 8 MiB.
    #[must_use]
    pub fn with_file_limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// Appends `entry`; it is on disk on return.
    ///
    /// # Errors
    /// [`TelemetryError::DiskFull`] or what else keeps the record from the disk. Then it does not count
    /// as made, and nothing may be done on its strength.
    pub fn append<'e>(&mut self, entry: impl Into<AuditEntry<'e>>) -> Result<(), TelemetryError> {
        if self.damaged {
            self.repair()?;
        }
        self.write(&entry.into())
    }

    /// The sequence number of the last record; 0 if there is none.
    #[must_use]
    pub fn last_sequence(&self) -> u64 {
        self.link.next_sequence - 1
    }

    fn write(&mut self, entry: &AuditEntry<'_>) -> Result<(), TelemetryError> {
        let line = Record::new(&self.link, UtcDateTime::now(), entry).to_line(&self.key)?;
        if self.length > 0 && self.length + line.len() as u64 > self.limit {
            self.rotate()?;
        }
        // One write, so that at most one line can be torn.
        let written = self
            .file
            .write_all(&line)
            .and_then(|()| self.file.sync_data());
        if let Err(source) = written {
            self.damaged = true;
            return Err(TelemetryError::file("write", &self.path, source));
        }
        self.length += line.len() as u64;
        self.link.advance(&line);
        Ok(())
    }

    fn rotate(&mut self) -> Result<(), TelemetryError> {
        let path = file_for(&self.dir, &self.link);
        self.file = private_file::append(&path)?;
        self.path = path;
        self.length = 0;
        self.sync_directory()
    }

    /// Cuts off what a failed write left. It was never acknowledged, so nobody acted on it.
    fn repair(&mut self) -> Result<(), TelemetryError> {
        self.file
            .set_len(self.length)
            .and_then(|()| self.file.sync_all())
            .map_err(|source| TelemetryError::file("repair", &self.path, source))?;
        self.damaged = false;
        Ok(())
    }

    fn record_torn(&mut self, torn: Option<recovery::Torn>) -> Result<(), TelemetryError> {
        let Some(torn) = torn else { return Ok(()) };
        tracing::warn!(
            "audit log: {} bytes of a half-written record moved to {}",
            torn.bytes,
            torn.side_file
        );
        self.append(AuditEntry::TornTail {
            bytes: torn.bytes,
            moved_to: &torn.side_file,
        })
    }

    fn sync_directory(&self) -> Result<(), TelemetryError> {
        self.directory
            .sync_all()
            .map_err(|source| TelemetryError::file("sync", &self.dir, source))
    }
}

/// The name of the file whose first record is the next of the chain.
fn file_for(dir: &Path, link: &Link) -> PathBuf {
    dir.join(format!("audit-{:012}.jsonl", link.next_sequence))
}

/// The log's files, oldest first.
fn files(dir: &Path) -> Result<Vec<PathBuf>, TelemetryError> {
    let failed = |source| TelemetryError::file("list", dir, source);
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_log = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.strip_prefix("audit-")?.strip_suffix(".jsonl"))
            .is_some_and(|number| number.len() == 12 && number.parse::<u64>().is_ok());
        if is_log {
            files.push(path);
        }
    }
    files.sort_unstable();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: AuditEntry<'static> = AuditEntry::TornTail {
        bytes: 1,
        moved_to: "x",
    };

    #[test]
    fn a_full_disk_is_named_and_the_log_goes_on_when_there_is_room() {
        let root = tempfile::tempdir().unwrap();
        let key = AuditKey::load_or_create(&root.path().join("audit.key")).unwrap();
        let public = key.public();
        let dir = root.path().join("audit");
        let mut log = AuditLog::open(&dir, key).unwrap();
        log.append(ENTRY).unwrap();

        let full = fs::OpenOptions::new().write(true).open("/dev/full");
        let file = std::mem::replace(&mut log.file, full.unwrap());
        let error = log.append(ENTRY).unwrap_err();
        assert!(matches!(error, TelemetryError::DiskFull { .. }), "{error}");
        assert!(log.append(ENTRY).is_err(), "not before it is repaired");

        log.file = file;
        // Half of the record may have got there.
        log.file.write_all(b"{\"v\":1,").unwrap();
        log.append(ENTRY).unwrap();
        let summary = verify(&dir, &public).unwrap();
        assert_eq!((summary.records, summary.half_written), (2, 0));
    }
}
