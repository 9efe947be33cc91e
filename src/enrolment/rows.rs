//! Enrolments as sealed rows. Works on a connection or inside a transaction alike.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use crate::domain::SubjectId;

use super::record::{self, Enrolment, Malformed};
use super::seal::{Lookup, Sealer};
use super::{EnrolmentError, schema};

pub(super) struct Rows<'s> {
    pub(super) connection: &'s Connection,
    pub(super) sealer: &'s Sealer,
    /// For messages.
    pub(super) path: &'s Path,
}

impl Rows<'_> {
    /// What is enrolled under `id`.
    pub(super) fn find(&self, id: &SubjectId) -> Result<Option<Enrolment>, EnrolmentError> {
        let lookup = self.sealer.lookup(id.as_str());
        let sealed: Option<Vec<u8>> = self
            .connection
            .prepare_cached("SELECT record FROM subject WHERE lookup = ?1")
            .and_then(|mut query| query.query_row([lookup], |row| row.get(0)).optional())
            .map_err(EnrolmentError::database(self.path))?;
        sealed
            .map(|s| self.open_record(id, &lookup, &s))
            .transpose()
    }

    /// Hands every enrolment to `visit`, in no order that means anything.
    pub(super) fn visit(
        &self,
        mut visit: impl FnMut(Enrolment) -> Result<(), EnrolmentError>,
    ) -> Result<(), EnrolmentError> {
        let failed = EnrolmentError::database(self.path);
        let mut query = self
            .connection
            .prepare_cached("SELECT lookup, number, record FROM subject")
            .map_err(&failed)?;
        let mut rows = query.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let lookup: Lookup = row.get(0).map_err(&failed)?;
            let column = |index| {
                row.get_ref(index)
                    .and_then(|value| Ok(value.as_blob()?))
                    .map_err(&failed)
            };
            let id = self.open_number(&lookup, column(1)?)?;
            visit(self.open_record(&id, &lookup, column(2)?)?)?;
        }
        Ok(())
    }

    /// Writes an enrolment in the place of the one before it, if there is one.
    pub(super) fn put(&self, enrolment: &Enrolment) -> Result<(), EnrolmentError> {
        let id = &enrolment.subject.id;
        let lookup = self.sealer.lookup(id.as_str());
        let number = self
            .sealer
            .seal(&context("number", &lookup), id.as_str().as_bytes())?;
        let record = self
            .sealer
            .seal(&context("record", &lookup), &record::encode(enrolment)?)?;
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO subject (lookup, number, record) VALUES (?1, ?2, ?3)",
            )
            .and_then(|mut insert| insert.execute((lookup, number, record)))
            .map_err(EnrolmentError::database(self.path))?;
        Ok(())
    }

    /// Deletes an enrolment, damaged or not; says whether there was one.
    pub(super) fn delete(&self, id: &SubjectId) -> Result<bool, EnrolmentError> {
        let deleted = self
            .connection
            .execute(
                "DELETE FROM subject WHERE lookup = ?1",
                [self.sealer.lookup(id.as_str())],
            )
            .map_err(EnrolmentError::database(self.path))?;
        Ok(deleted > 0)
    }

    fn open_number(&self, lookup: &Lookup, sealed: &[u8]) -> Result<SubjectId, EnrolmentError> {
        self.sealer
            .open(&context("number", lookup), sealed)
            .and_then(|number| str::from_utf8(&number).ok()?.parse().ok())
            .ok_or_else(|| EnrolmentError::DamagedRow {
                path: self.path.to_owned(),
                row: lookup[..8]
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect(),
            })
    }

    fn open_record(
        &self,
        id: &SubjectId,
        lookup: &Lookup,
        sealed: &[u8],
    ) -> Result<Enrolment, EnrolmentError> {
        self.sealer
            .open(&context("record", lookup), sealed)
            .ok_or(Malformed("its seal is broken"))
            .and_then(|bytes| record::decode(&bytes))
            .map_err(|Malformed(problem)| EnrolmentError::DamagedSubject {
                path: self.path.to_owned(),
                subject: id.clone(),
                problem,
            })
    }
}

/// Binds a sealed value to its column and row, so that none passes for another's.
fn context(column: &str, lookup: &Lookup) -> Vec<u8> {
    let place = format!("ostiary store {} subject.{column} ", schema::STORE.version);
    [place.as_bytes(), lookup].concat()
}
