//! Decisions and door events on their way to the broker, kept on disk until it has acknowledged them.

use std::fs::Permissions;
use std::num::NonZeroU32;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use time::UtcDateTime;

use super::{QueuedMessage, TelemetryError, private_file};

/// The layout of the file, kept in SQLite's `user_version`.
const LAYOUT: i64 = 1;

/// The place of a message in the queue: later ones are greater, and none is ever used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct EntryId(i64);

#[cfg(test)]
impl EntryId {
    pub(super) fn from_raw(id: i64) -> Self {
        Self(id)
    }
}

/// A message that waits for its acknowledgement.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: EntryId,
    pub message: QueuedMessage,
}

/// A durable queue in one SQLite file. Its messages hold ID numbers, so nobody else may read it.
#[derive(Debug)]
pub struct Outbox {
    connection: Mutex<Connection>,
    path: PathBuf,
    capacity: NonZeroU32,
    dropped: AtomicU64,
}

impl Outbox {
    /// Opens the queue in the file `path`, of at most `capacity` messages.
    ///
    /// A file that is no sound database is renamed to `<path>.corrupt-<unix seconds>` with an error in
    /// the log, and an empty queue begins: the door goes on, and the audit log still has the decisions.
    ///
    /// # Errors
    /// If the file can't be opened or made, or is of a later version of the program.
    pub fn open(path: &Path, capacity: NonZeroU32) -> Result<Self, TelemetryError> {
        let connection = match connect(path) {
            Err(error) if is_corrupt(&error) => {
                let aside = set_aside(path)?;
                tracing::error!(
                    "{error}; set aside as {}, see the audit log for its decisions",
                    aside.display()
                );
                connect(path)?
            }
            other => other?,
        };
        Ok(Self {
            connection: Mutex::new(connection),
            path: path.to_owned(),
            capacity,
            dropped: AtomicU64::new(0),
        })
    }

    /// Takes in a message; it is on disk on return. The oldest gives way if the queue is full.
    ///
    /// # Errors
    /// [`TelemetryError::DiskFull`], or what SQLite says.
    pub fn enqueue(&self, message: &QueuedMessage) -> Result<(), TelemetryError> {
        let payload = serde_json::to_string(message).map_err(TelemetryError::Json)?;
        let gave_way = self.run(|connection| {
            let transaction = connection.transaction()?;
            transaction.execute("INSERT INTO entry (payload) VALUES (?1)", [payload])?;
            let gave_way = transaction.execute(
                "DELETE FROM entry WHERE id IN
                     (SELECT id FROM entry ORDER BY id DESC LIMIT -1 OFFSET ?1)",
                [self.capacity.get()],
            )?;
            transaction.commit()?;
            Ok(gave_way as u64)
        })?;
        if gave_way > 0 {
            let total = self.dropped.fetch_add(gave_way, Ordering::Relaxed) + gave_way;
            tracing::warn!(
                "outbox full ({} messages): dropped the oldest, {total} so far",
                self.capacity
            );
        }
        Ok(())
    }

    /// The oldest messages behind `after`, at most `limit`, in order.
    ///
    /// # Errors
    /// What SQLite says. An entry that is no message is logged and dropped.
    pub fn pending(&self, after: EntryId, limit: usize) -> Result<Vec<Entry>, TelemetryError> {
        let rows = self.run(|connection| {
            connection
                .prepare_cached("SELECT id, payload FROM entry WHERE id > ?1 ORDER BY id LIMIT ?2")?
                .query_map((after.0, limit as i64), |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect::<rusqlite::Result<Vec<(i64, String)>>>()
        })?;
        let mut entries = Vec::with_capacity(rows.len());
        let mut unreadable = Vec::new();
        for (id, payload) in rows {
            let id = EntryId(id);
            match serde_json::from_str(&payload) {
                Ok(message) => entries.push(Entry { id, message }),
                Err(error) => {
                    tracing::error!(
                        "outbox entry {} is no message and is dropped: {error}",
                        id.0
                    );
                    unreadable.push(id);
                }
            }
        }
        self.remove(&unreadable)?;
        Ok(entries)
    }

    /// Forgets messages that the broker has acknowledged.
    ///
    /// # Errors
    /// What SQLite says; the messages may then be delivered again.
    pub fn remove(&self, ids: &[EntryId]) -> Result<(), TelemetryError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.run(|connection| {
            let transaction = connection.transaction()?;
            for id in ids {
                transaction
                    .prepare_cached("DELETE FROM entry WHERE id = ?1")?
                    .execute([id.0])?;
            }
            transaction.commit()
        })
    }

    /// How many messages wait.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn len(&self) -> Result<u64, TelemetryError> {
        let count: i64 = self.run(|connection| {
            connection.query_row("SELECT COUNT(*) FROM entry", [], |row| row.get(0))
        })?;
        Ok(count.unsigned_abs())
    }

    /// Whether none waits.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn is_empty(&self) -> Result<bool, TelemetryError> {
        Ok(self.len()? == 0)
    }

    /// How many messages gave way to newer ones since the queue was opened.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn run<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, TelemetryError> {
        // Whoever panicked holding the lock left a transaction that was rolled back.
        let mut connection: MutexGuard<'_, Connection> = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        work(&mut connection).map_err(|source| TelemetryError::outbox(&self.path, source))
    }
}

fn connect(path: &Path) -> Result<Connection, TelemetryError> {
    // SQLite gives its side files the mode of the main one.
    private_file::append(path)?
        .set_permissions(Permissions::from_mode(0o600))
        .map_err(|source| TelemetryError::file("chmod", path, source))?;
    let failed = |source| TelemetryError::outbox(path, source);
    let connection = Connection::open(path).map_err(failed)?;
    let found = prepare(&connection).map_err(failed)?;
    if found > LAYOUT {
        return Err(TelemetryError::OutboxLayout {
            path: path.to_owned(),
            found,
            known: LAYOUT,
        });
    }
    Ok(connection)
}

/// Returns the layout that was found.
fn prepare(connection: &Connection) -> rusqlite::Result<i64> {
    connection.busy_timeout(Duration::from_secs(2))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // What was delivered is overwritten, not just unlinked.
    connection.pragma_update(None, "secure_delete", "ON")?;
    let health: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if health != "ok" {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
            Some(health),
        ));
    }
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found == 0 {
        connection.execute_batch(&format!(
            "BEGIN;
             CREATE TABLE entry (id INTEGER PRIMARY KEY AUTOINCREMENT, payload TEXT NOT NULL) STRICT;
             PRAGMA user_version = {LAYOUT};
             COMMIT;"
        ))?;
    }
    Ok(found)
}

fn is_corrupt(error: &TelemetryError) -> bool {
    matches!(error, TelemetryError::Outbox { source, .. } if matches!(
        source.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    ))
}

fn set_aside(path: &Path) -> Result<PathBuf, TelemetryError> {
    let stamp = UtcDateTime::now().unix_timestamp();
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    for side_file in ["-wal", "-shm"] {
        let from = beside(side_file);
        if from.exists() {
            rename(&from, &beside(&format!(".corrupt-{stamp}{side_file}")))?;
        }
    }
    let aside = beside(&format!(".corrupt-{stamp}"));
    rename(path, &aside)?;
    Ok(aside)
}

fn rename(from: &Path, to: &Path) -> Result<(), TelemetryError> {
    std::fs::rename(from, to).map_err(|source| TelemetryError::file("set aside", from, source))
}

#[cfg(test)]
mod tests;
