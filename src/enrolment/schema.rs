//! The database file: how it is opened, what tables it has and whose it is.

use std::fs::{OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::seal::Sealer;
use super::{EnrolmentError, StoreKey, files};

/// What tells one kind of file from another.
pub(super) struct Schema {
    /// Marks the file as ours (SQLite file header, offset 68).
    application_id: i64,
    /// Bound into every sealed value, so that records never pass for those of another version.
    pub(super) version: i64,
    tables: &'static str,
}

/// The enrolled people.
pub(super) const STORE: Schema = Schema {
    // "OSTI"
    application_id: 0x4f53_5449,
    version: 1,
    tables: "
    CREATE TABLE subject (
        -- Keyed hash of the ID number.
        lookup BLOB NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
        -- The ID number, sealed on its own so that a damaged record can be named.
        number BLOB NOT NULL,
        -- Everything else, sealed: name, dates, references.
        record BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
",
};

/// The identity table.
pub(super) const IDENTITIES: Schema = Schema {
    // "OSID"
    application_id: 0x4f53_4944,
    version: 1,
    tables: "
    CREATE TABLE identity (
        -- Keyed hash of ID type and ID number.
        lookup BLOB NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
        -- Everything, sealed.
        record BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
",
};

/// One row: the check value of the key that everything is sealed with.
const KEY_TABLE: &str = "CREATE TABLE key_check (value BLOB NOT NULL) STRICT;";

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens the file at `path`, made first if there is none, and checks that `key` is its key.
pub(super) fn open(
    path: &Path,
    key: &StoreKey,
    sealer: &Sealer,
    schema: &Schema,
) -> Result<Connection, EnrolmentError> {
    let failed = EnrolmentError::database(path);
    make_private_file(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(&failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(&failed)?;
    // What is not ours is refused before anything is changed in it.
    schema.is_new(&connection, path)?;
    set_up(&connection).map_err(&failed)?;

    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(&failed)?;
    // Another process may have made the tables by now.
    if schema.is_new(&transaction, path)? {
        schema.make_tables(&transaction, sealer).map_err(&failed)?;
    }
    let check: Vec<u8> = transaction
        .query_row("SELECT value FROM key_check", [], |row| row.get(0))
        .map_err(&failed)?;
    if check != sealer.check_value() {
        return Err(EnrolmentError::WrongKey {
            key: key.origin().to_owned(),
            store: path.to_owned(),
        });
    }
    transaction.commit().map_err(&failed)?;
    Ok(connection)
}

/// SQLite gives its journal files the mode of the database.
fn make_private_file(path: &Path) -> Result<(), EnrolmentError> {
    if let Some(dir) = path.parent() {
        files::make_private_dir(dir)?;
    }
    let made = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .and_then(|file| match file.metadata()?.permissions().mode() & 0o077 {
            0 => Ok(()),
            _ => file.set_permissions(Permissions::from_mode(0o600)),
        });
    made.map_err(|source| match source.kind() {
        io::ErrorKind::ReadOnlyFilesystem => EnrolmentError::StoreReadOnly {
            path: path.to_owned(),
        },
        io::ErrorKind::StorageFull => EnrolmentError::StoreFull {
            path: path.to_owned(),
        },
        _ => EnrolmentError::file("open store", path)(source),
    })
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Every commit is on the disk before it is acknowledged.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "trusted_schema", "OFF")
}

impl Schema {
    /// Whether the tables are still to be made.
    fn is_new(&self, connection: &Connection, path: &Path) -> Result<bool, EnrolmentError> {
        let number = |query: &str| {
            connection
                .query_row(query, [], |row| row.get::<_, i64>(0))
                .map_err(EnrolmentError::database(path))
        };
        let application = number("PRAGMA application_id")?;
        let version = number("PRAGMA user_version")?;
        let tables = number("SELECT count(*) FROM sqlite_schema")?;
        if (application, version, tables) == (0, 0, 0) {
            Ok(true)
        } else if application != self.application_id || version < self.version {
            Err(EnrolmentError::StoreCorrupt {
                path: path.to_owned(),
            })
        } else if version > self.version {
            Err(EnrolmentError::NewerSchema {
                path: path.to_owned(),
                found: version,
                known: self.version,
            })
        } else {
            Ok(false)
        }
    }

    fn make_tables(&self, connection: &Connection, sealer: &Sealer) -> rusqlite::Result<()> {
        connection.execute_batch(KEY_TABLE)?;
        connection.execute_batch(self.tables)?;
        connection.execute("INSERT INTO key_check VALUES (?1)", [sealer.check_value()])?;
        connection.pragma_update(None, "application_id", self.application_id)?;
        connection.pragma_update(None, "user_version", self.version)
    }
}
