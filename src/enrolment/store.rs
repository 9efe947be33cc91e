//! The enrolled people on the disk.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};
use time::UtcDateTime;

use crate::domain::{
    Gallery, ModelId, Polarity, Reference, SimilarityCalibration, Subject, SubjectId,
};

use super::record::{EnrolledReference, Enrolment};
use super::rows::Rows;
use super::seal::Sealer;
use super::{EnrolmentError, MAX_REFERENCES, StoreKey, schema};

/// Where the store of a data directory is.
pub(super) fn store_path(data: &Path) -> PathBuf {
    data.join("store.sqlite")
}

/// What the store holds of one subject, without the templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub subject: Subject,
    /// Positive references of the store's model.
    pub templates: usize,
    /// Negative references of the store's model.
    pub negatives: usize,
    /// References of other models, which count for nothing until the subject is enrolled again.
    pub other_model: usize,
    pub enrolled_at: UtcDateTime,
}

/// The encrypted store of one data directory, for templates of one model.
///
/// Every change is one transaction, on the disk when the call returns. Several processes may have the
/// store open; a writer waits 5 s for another.
pub struct Store {
    connection: Connection,
    sealer: Sealer,
    path: PathBuf,
    model: ModelId,
}

impl Store {
    /// Opens the store in `dir`, made first (directory mode 0700, file mode 0600) if there is none.
    ///
    /// # Errors
    /// [`EnrolmentError::WrongKey`], [`EnrolmentError::NewerSchema`], [`EnrolmentError::StoreCorrupt`],
    /// or that the file can't be opened or written.
    pub fn open(dir: &Path, key: &StoreKey, model: &ModelId) -> Result<Self, EnrolmentError> {
        let path = store_path(dir);
        let sealer = Sealer::new(key.bytes());
        Ok(Self {
            connection: schema::open(&path, key, &sealer, &schema::STORE)?,
            sealer,
            path,
            model: model.clone(),
        })
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The model whose templates the store takes.
    #[must_use]
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// Changes whenever another process or connection has changed the store (`PRAGMA data_version`).
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn revision(&self) -> Result<i64, EnrolmentError> {
        self.connection
            .query_row("PRAGMA data_version", [], |row| row.get(0))
            .map_err(EnrolmentError::database(&self.path))
    }

    /// Enrols a subject, or adds references to one, which may be none; name and dates are replaced by
    /// those of `subject`.
    ///
    /// References of other models that the subject still has are dropped: this is the enrolment anew
    /// that they wait for. Returns how the subject then stands.
    ///
    /// # Errors
    /// If a template is of another model, the subject would have more than [`MAX_REFERENCES`] or no
    /// positive reference, or the store can't be written; then nothing is changed.
    pub fn enrol(
        &mut self,
        subject: &Subject,
        added: &[EnrolledReference],
        now: UtcDateTime,
    ) -> Result<Listing, EnrolmentError> {
        if let Some(foreign) = added.iter().find(|r| r.template.model() != &self.model) {
            return Err(EnrolmentError::ForeignTemplate {
                found: foreign.template.model().clone(),
                expected: self.model.clone(),
            });
        }
        let model = self.model.clone();
        self.change(|rows| {
            let (mut references, enrolled_at) = match rows.find(&subject.id)? {
                Some(before) => (before.references, before.enrolled_at),
                None => (Vec::new(), now),
            };
            references.retain(|r| r.template.model() == &model);
            references.extend_from_slice(added);
            if references.len() > MAX_REFERENCES {
                return Err(EnrolmentError::TooManyReferences {
                    subject: subject.id.clone(),
                    wanted: references.len(),
                });
            }
            if !references.iter().any(|r| r.polarity == Polarity::Positive) {
                return Err(EnrolmentError::NoPositiveReference {
                    subject: subject.id.clone(),
                });
            }
            let enrolment = Enrolment {
                subject: subject.clone(),
                references,
                enrolled_at,
            };
            rows.put(&enrolment)?;
            Ok(listing(enrolment, &model))
        })
    }

    /// Removes a subject with all references, damaged or not; says whether there was one.
    ///
    /// # Errors
    /// If the store can't be written; then nothing is changed.
    pub fn remove(&mut self, id: &SubjectId) -> Result<bool, EnrolmentError> {
        let removed = self.change(|rows| rows.delete(id))?;
        // The old record is overwritten in the log too. If another process is reading, the next
        // checkpoint does it, so the outcome does not matter.
        let truncated =
            self.connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        if let Err(error) = truncated {
            tracing::warn!(%error, "a removed record stays in the journal until the next checkpoint");
        }
        Ok(removed)
    }

    /// Who is enrolled, by ID number.
    ///
    /// # Errors
    /// If a row is damaged or the store can't be read.
    pub fn subjects(&self) -> Result<Vec<Listing>, EnrolmentError> {
        let mut subjects = Vec::new();
        self.rows().visit(|enrolment| {
            subjects.push(listing(enrolment, &self.model));
            Ok(())
        })?;
        subjects.sort_by(|a, b| a.subject.id.cmp(&b.subject.id));
        Ok(subjects)
    }

    /// What is enrolled under `id`, with the templates.
    ///
    /// # Errors
    /// If the record is damaged or the store can't be read.
    pub fn enrolment(&self, id: &SubjectId) -> Result<Option<Enrolment>, EnrolmentError> {
        self.rows().find(id)
    }

    /// All references of the store's model, for comparison; templates have `dimension` values.
    ///
    /// References of other models are left out with one warning that counts them, so that a door stays
    /// in service while people are being enrolled again; [`Listing::other_model`] says whose they are.
    ///
    /// # Errors
    /// If a row is damaged, a template has another length, or the store can't be read.
    pub fn load(
        &self,
        calibration: SimilarityCalibration,
        dimension: usize,
    ) -> Result<Gallery, EnrolmentError> {
        let mut gallery = Gallery::new(self.model.clone(), dimension, calibration);
        let mut left_out = 0_usize;
        self.rows().visit(|enrolment| {
            let all = enrolment.references.len();
            let references: Vec<Reference> = enrolment
                .references
                .into_iter()
                .filter(|r| r.template.model() == &self.model)
                .map(|r| Reference {
                    template: r.template,
                    polarity: r.polarity,
                })
                .collect();
            left_out += all - references.len();
            Ok(gallery.insert(enrolment.subject, &references)?)
        })?;
        if left_out > 0 {
            tracing::warn!(
                left_out,
                model = %self.model,
                "references of other models count for nothing: enrol those people again"
            );
        }
        Ok(gallery)
    }

    pub(super) fn rows(&self) -> Rows<'_> {
        Rows {
            connection: &self.connection,
            sealer: &self.sealer,
            path: &self.path,
        }
    }

    /// All of `write` or, if it fails, nothing of it.
    pub(super) fn change<T>(
        &mut self,
        write: impl FnOnce(&Rows) -> Result<T, EnrolmentError>,
    ) -> Result<T, EnrolmentError> {
        let failed = EnrolmentError::database(&self.path);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&failed)?;
        let outcome = write(&Rows {
            connection: &transaction,
            sealer: &self.sealer,
            path: &self.path,
        })?;
        transaction.commit().map_err(&failed)?;
        Ok(outcome)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({}, {})", self.path.display(), self.model)
    }
}

fn listing(enrolment: Enrolment, model: &ModelId) -> Listing {
    let count = |polarity| {
        let of = |r: &&EnrolledReference| r.polarity == polarity && r.template.model() == model;
        enrolment.references.iter().filter(of).count()
    };
    let (templates, negatives) = (count(Polarity::Positive), count(Polarity::Negative));
    Listing {
        templates,
        negatives,
        other_model: enrolment.references.len() - templates - negatives,
        subject: enrolment.subject,
        enrolled_at: enrolment.enrolled_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Quality, Template};

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let key = StoreKey::create(&dir.path().join("k")).unwrap();
        let store = Store::open(dir.path(), &key, &ModelId::new("m")).unwrap();
        (dir, store)
    }

    fn enrol(store: &mut Store, number: u32) -> Result<Listing, EnrolmentError> {
        let subject = Subject {
            id: number.to_string().parse().unwrap(),
            name: None,
            consented: UtcDateTime::UNIX_EPOCH,
            expires: None,
            duress: false,
            schedule: None,
        };
        let reference = EnrolledReference {
            template: Template::new(ModelId::new("m"), vec![1.0; 192]).unwrap(),
            polarity: Polarity::Positive,
            quality: Quality::MAX,
        };
        store.enrol(&subject, &[reference], UtcDateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_full_disk_is_told_as_such_and_keeps_what_was_there() {
        let (_dir, mut store) = store();
        // As full as SQLite can be made to take a disk for.
        store
            .connection
            .pragma_update(None, "max_page_count", 8)
            .unwrap();
        let full = (0..100).position(|number| match enrol(&mut store, number) {
            Ok(_) => false,
            Err(error) => {
                assert!(matches!(error, EnrolmentError::StoreFull { .. }), "{error}");
                true
            }
        });
        assert_eq!(store.subjects().unwrap().len(), full.unwrap());
        assert!(store.remove(&"0".parse().unwrap()).unwrap());
        enrol(&mut store, 0).unwrap();
    }

    #[test]
    fn a_read_only_store_is_told_as_such() {
        let (_dir, mut store) = store();
        store
            .connection
            .pragma_update(None, "query_only", "ON")
            .unwrap();
        let error = enrol(&mut store, 1).unwrap_err();
        assert!(
            matches!(error, EnrolmentError::StoreReadOnly { .. }),
            "{error}"
        );
        assert!(store.subjects().unwrap().is_empty());
    }
}
