//! The identity table on the disk.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use time::UtcDateTime;

use crate::domain::{Identity, IdentityKey};
use crate::enrolment::record::Malformed;
use crate::enrolment::seal::{Lookup, Sealer};
use crate::enrolment::{EnrolmentError, Imported, StoreKey, files, schema};

use super::record;

/// Where the identities of a data directory are.
pub(in crate::enrolment) fn identities_path(data: &Path) -> PathBuf {
    data.join("identities.sqlite")
}

/// The sealed table of one data directory. Several processes may have it open.
pub struct IdentityTable {
    connection: Connection,
    sealer: Sealer,
    path: PathBuf,
}

impl IdentityTable {
    /// Whether anybody has been imported into `dir`.
    ///
    /// # Errors
    /// If that can't be told.
    pub fn exists(dir: &Path) -> Result<bool, EnrolmentError> {
        Ok(files::size(&identities_path(dir))?.is_some_and(|size| size > 0))
    }

    /// Opens the table in `dir`, made first if there is none.
    ///
    /// # Errors
    /// As [`crate::enrolment::Store::open`].
    pub fn open(dir: &Path, key: &StoreKey) -> Result<Self, EnrolmentError> {
        let path = identities_path(dir);
        let sealer = Sealer::new(key.bytes());
        Ok(Self {
            connection: schema::open(&path, key, &sealer, &schema::IDENTITIES)?,
            sealer,
            path,
        })
    }

    /// Takes people in, all or none; who is there already is replaced.
    ///
    /// # Errors
    /// If an attribute is too long or the table can't be written; then nothing is changed.
    pub fn put(
        &mut self,
        people: &[Identity],
        now: UtcDateTime,
    ) -> Result<Imported, EnrolmentError> {
        let failed = EnrolmentError::database(&self.path);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&failed)?;
        let mut replaced = 0;
        for identity in people {
            let lookup = lookup(&self.sealer, &identity.key);
            let bytes = record::encode(identity, now)?;
            let sealed = self.sealer.seal(&context(&lookup), &bytes)?;
            replaced += transaction
                .execute("DELETE FROM identity WHERE lookup = ?1", [lookup])
                .map_err(&failed)?;
            transaction
                .prepare_cached("INSERT INTO identity (lookup, record) VALUES (?1, ?2)")
                .and_then(|mut insert| insert.execute((lookup, sealed)))
                .map_err(&failed)?;
        }
        transaction.commit().map_err(&failed)?;
        Ok(Imported {
            added: people.len() - replaced,
            replaced,
        })
    }

    /// Who holds a document.
    ///
    /// # Errors
    /// If the record is damaged or the table can't be read.
    pub fn find(&self, key: &IdentityKey) -> Result<Option<Identity>, EnrolmentError> {
        let lookup = lookup(&self.sealer, key);
        let sealed: Option<Vec<u8>> = self
            .connection
            .prepare_cached("SELECT record FROM identity WHERE lookup = ?1")
            .and_then(|mut query| query.query_row([lookup], |row| row.get(0)).optional())
            .map_err(EnrolmentError::database(&self.path))?;
        sealed
            .map(|sealed| self.open_record(&lookup, &sealed))
            .transpose()
    }

    /// Everybody's documents, by type and number.
    ///
    /// # Errors
    /// If a record is damaged or the table can't be read.
    pub fn keys(&self) -> Result<Vec<IdentityKey>, EnrolmentError> {
        let failed = EnrolmentError::database(&self.path);
        let mut query = self
            .connection
            .prepare_cached("SELECT lookup, record FROM identity")
            .map_err(&failed)?;
        let mut rows = query.query([]).map_err(&failed)?;
        let mut keys = Vec::new();
        while let Some(row) = rows.next().map_err(&failed)? {
            let lookup: Lookup = row.get(0).map_err(&failed)?;
            let sealed: Vec<u8> = row.get(1).map_err(&failed)?;
            keys.push(self.open_record(&lookup, &sealed)?.key);
        }
        keys.sort();
        Ok(keys)
    }

    /// Removes who holds a document, damaged or not; says whether there was somebody.
    ///
    /// # Errors
    /// If the table can't be written.
    pub fn remove(&mut self, key: &IdentityKey) -> Result<bool, EnrolmentError> {
        let removed = self
            .connection
            .execute(
                "DELETE FROM identity WHERE lookup = ?1",
                [lookup(&self.sealer, key)],
            )
            .map_err(EnrolmentError::database(&self.path))?;
        Ok(removed > 0)
    }

    fn open_record(&self, lookup: &Lookup, sealed: &[u8]) -> Result<Identity, EnrolmentError> {
        self.sealer
            .open(&context(lookup), sealed)
            .ok_or(Malformed("its seal is broken"))
            .and_then(|bytes| record::decode(&bytes))
            .map(|(identity, _)| identity)
            .map_err(|Malformed(problem)| EnrolmentError::DamagedIdentity {
                path: self.path.clone(),
                row: lookup[..8].iter().map(|b| format!("{b:02x}")).collect(),
                problem,
            })
    }
}

impl std::fmt::Debug for IdentityTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IdentityTable({})", self.path.display())
    }
}

/// No number of the store is looked up alike: a `SubjectId` has no NUL.
fn lookup(sealer: &Sealer, key: &IdentityKey) -> Lookup {
    sealer.lookup(&format!("identity\0{}\0{}", key.id_type(), key.number()))
}

/// Binds a sealed record to its row.
fn context(lookup: &Lookup) -> Vec<u8> {
    let place = format!(
        "ostiary identities {} identity.record ",
        schema::IDENTITIES.version
    );
    [place.as_bytes(), lookup].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ModelId, Quality, Template};

    fn identity(number: &str, name: &str) -> Identity {
        Identity {
            key: IdentityKey::new("NIN", number).unwrap(),
            attributes: vec![("full_name".into(), name.into())],
            reference: Template::new(ModelId::new("m"), vec![0.0, 1.0]).unwrap(),
            quality: Quality::MAX,
        }
    }

    fn table(dir: &Path) -> IdentityTable {
        let key = StoreKey::load_or_create(&dir.join("k"), dir).unwrap();
        IdentityTable::open(dir, &key).unwrap()
    }

    fn key(number: &str) -> IdentityKey {
        IdentityKey::new("nin", number).unwrap()
    }

    #[test]
    fn who_was_imported_is_found_after_a_restart_and_gone_when_removed() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!IdentityTable::exists(dir.path()).unwrap());
        let people = [identity("1", "Ada"), identity("2", "Bo")];
        let imported = table(dir.path())
            .put(&people, UtcDateTime::UNIX_EPOCH)
            .unwrap();
        assert_eq!((imported.added, imported.replaced), (2, 0));
        assert!(IdentityTable::exists(dir.path()).unwrap());

        let mut table = table(dir.path());
        let again = table
            .put(&[identity("2", "Bob")], UtcDateTime::UNIX_EPOCH)
            .unwrap();
        assert_eq!((again.added, again.replaced), (0, 1));
        assert_eq!(table.find(&key("1")).unwrap().as_ref(), Some(&people[0]));
        let bob = table.find(&key("2")).unwrap().unwrap();
        assert_eq!(bob.attributes[0].1, "Bob");
        assert_eq!(table.keys().unwrap(), [key("1"), key("2")]);
        assert!(table.remove(&key("1")).unwrap() && !table.remove(&key("1")).unwrap());
        assert_eq!(table.find(&key("1")).unwrap(), None);
    }

    #[test]
    fn nothing_personal_rests_in_clear() {
        let dir = tempfile::tempdir().unwrap();
        let mut table = table(dir.path());
        let person = identity("NUMBER-OF-ADA", "Ada Lovelace");
        table.put(&[person], UtcDateTime::UNIX_EPOCH).unwrap();
        for file in std::fs::read_dir(dir.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            for text in ["NUMBER-OF-ADA", "Lovelace", "full_name"] {
                assert!(!bytes.windows(text.len()).any(|w| w == text.as_bytes()));
            }
        }
    }

    #[test]
    fn a_record_in_another_place_is_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let mut table = table(dir.path());
        let people = [identity("1", "Ada"), identity("2", "Bo")];
        table.put(&people, UtcDateTime::UNIX_EPOCH).unwrap();
        let one = lookup(&table.sealer, &key("1"));
        let swap = "UPDATE identity SET record = (SELECT record FROM identity WHERE lookup <> ?1)";
        table.connection.execute(swap, [one]).unwrap();
        let error = table.find(&key("1")).unwrap_err();
        assert!(matches!(error, EnrolmentError::DamagedIdentity { .. }));
        assert!(table.remove(&key("1")).unwrap());
    }
}
