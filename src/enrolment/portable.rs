//! The whole gallery as one encrypted file, to carry it to another door.
//!
//! ```text
//! "OSTIARY" '1' │ salt 16 │ key check 32 │ length u64 │ sealed: nonce 24, ciphertext, tag 16
//! plaintext: model id │ count u32 │ count × (length u32, record)
//! ```
//!
//! Little-endian. The key comes from the passphrase by Argon2id; everything before the sealed part is
//! its associated data. The key check tells a wrong passphrase from a damaged file and tells nothing
//! that the tag does not tell as well.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use crate::domain::ModelId;

use super::record::{self, Enrolment, Malformed, Reader};
use super::seal::Sealer;
use super::store::Store;
use super::{EnrolmentError, files};

const MAGIC: &[u8; 7] = b"OSTIARY";
const FORMAT: u8 = b'1';
const SALT_LEN: usize = 16;
const HEADER_LEN: usize = MAGIC.len() + 1 + SALT_LEN + 32 + 8;

/// The largest file that is read: it is held in memory.
const MAX_FILE: u64 = 256 << 20;
const MAX_SUBJECTS: u32 = 100_000;
const MIN_PASSPHRASE: usize = 12;

/// RFC 9106, section 4, second recommendation, with one lane: 64 MiB, three passes.
const ARGON2_KIB: u32 = 64 << 10;
const ARGON2_PASSES: u32 = 3;

/// What an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    pub subjects: usize,
    /// References of other models, which are not exported.
    pub left_out: usize,
}

/// What an import changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    pub added: usize,
    /// Subjects that were enrolled already, and now are as the file has them.
    pub replaced: usize,
}

impl Store {
    /// Writes all subjects with their references of the store's model into the new file `path`.
    ///
    /// # Errors
    /// A passphrase of fewer than 12 characters, [`EnrolmentError::FileExists`], a damaged row, or that
    /// the file can't be written; then there is no file.
    pub fn export(&self, path: &Path, passphrase: &str) -> Result<Exported, EnrolmentError> {
        if passphrase.chars().count() < MIN_PASSPHRASE {
            return Err(EnrolmentError::ShortPassphrase {
                min: MIN_PASSPHRASE,
            });
        }
        let mut enrolments = Vec::new();
        let mut left_out = 0;
        self.rows().visit(|mut enrolment| {
            let all = enrolment.references.len();
            enrolment
                .references
                .retain(|r| r.template.model() == self.model());
            left_out += all - enrolment.references.len();
            if !enrolment.references.is_empty() {
                enrolments.push(enrolment);
            }
            Ok(())
        })?;
        let gallery = encode(self.model(), &enrolments)?;
        files::write_new(path, &seal(&gallery, passphrase)?)?;
        Ok(Exported {
            subjects: enrolments.len(),
            left_out,
        })
    }

    /// Enrols everybody in the file, in one transaction. A subject that is enrolled already becomes as
    /// the file has it; others stay.
    ///
    /// # Errors
    /// If the file is no export, of another format or model, cut, altered or too large, the passphrase
    /// is wrong, or the store can't be written; then nothing is changed.
    pub fn import(&mut self, path: &Path, passphrase: &str) -> Result<Imported, EnrolmentError> {
        let damaged = |Malformed(problem)| EnrolmentError::DamagedExport {
            path: path.to_owned(),
            problem,
        };
        let gallery = open(path, &read(path)?, passphrase)?;
        let (model, enrolments) = decode(&gallery).map_err(damaged)?;
        if &model != self.model() {
            return Err(EnrolmentError::ExportModel {
                path: path.to_owned(),
                found: model,
                expected: self.model().clone(),
            });
        }
        self.change(|rows| {
            let mut imported = Imported {
                added: 0,
                replaced: 0,
            };
            for enrolment in &enrolments {
                match rows.delete(&enrolment.subject.id)? {
                    true => imported.replaced += 1,
                    false => imported.added += 1,
                }
                rows.put(enrolment)?;
            }
            Ok(imported)
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, EnrolmentError> {
    let failed = || EnrolmentError::file("read", path);
    let file = File::open(path).map_err(failed())?;
    let found = file.metadata().map_err(failed())?.len();
    if found > MAX_FILE {
        return Err(EnrolmentError::ExportTooLarge {
            path: path.to_owned(),
            found,
            limit: MAX_FILE,
        });
    }
    let mut bytes = Vec::with_capacity(found as usize);
    file.take(MAX_FILE)
        .read_to_end(&mut bytes)
        .map_err(failed())?;
    Ok(bytes)
}

fn sealer(passphrase: &str, salt: &[u8; SALT_LEN]) -> Result<Sealer, EnrolmentError> {
    let mut key = Zeroizing::new([0; 32]);
    let params = Params::new(ARGON2_KIB, ARGON2_PASSES, 1, Some(key.len()))
        .map_err(EnrolmentError::KeyDerivation)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut())
        .map_err(EnrolmentError::KeyDerivation)?;
    Ok(Sealer::new(&key))
}

/// The file's bytes.
fn seal(gallery: &[u8], passphrase: &str) -> Result<Vec<u8>, EnrolmentError> {
    let mut salt = [0; SALT_LEN];
    getrandom::fill(&mut salt).map_err(EnrolmentError::Random)?;
    let sealer = sealer(passphrase, &salt)?;
    let length = (gallery.len() + Sealer::OVERHEAD) as u64;
    let mut file = Vec::with_capacity(HEADER_LEN + gallery.len() + Sealer::OVERHEAD);
    file.extend_from_slice(MAGIC);
    file.push(FORMAT);
    file.extend_from_slice(&salt);
    file.extend_from_slice(sealer.check_value());
    file.extend_from_slice(&length.to_le_bytes());
    let sealed = sealer.seal(&file, gallery)?;
    file.extend_from_slice(&sealed);
    Ok(file)
}

/// The plaintext of the file's bytes; `path` is for messages.
fn open(path: &Path, bytes: &[u8], passphrase: &str) -> Result<Zeroizing<Vec<u8>>, EnrolmentError> {
    let path = || path.to_owned();
    let Some([format, body @ ..]) = bytes.strip_prefix(MAGIC) else {
        return Err(EnrolmentError::NotAnExport { path: path() });
    };
    if *format != FORMAT {
        return Err(EnrolmentError::ExportVersion {
            path: path(),
            found: char::from(*format),
        });
    }
    let mut reader = Reader(body);
    let mut header = || -> Result<_, Malformed> {
        Ok((reader.array()?, reader.array::<32>()?, reader.array()?))
    };
    let (salt, check, length) = header().map_err(|_| EnrolmentError::ExportLength {
        path: path(),
        expected: HEADER_LEN as u64,
        found: bytes.len() as u64,
    })?;
    let (header, sealed) = bytes.split_at(HEADER_LEN);
    let length = u64::from_le_bytes(length);
    if length != sealed.len() as u64 {
        return Err(EnrolmentError::ExportLength {
            path: path(),
            expected: length.saturating_add(HEADER_LEN as u64),
            found: bytes.len() as u64,
        });
    }
    let sealer = sealer(passphrase, &salt)?;
    if &check != sealer.check_value() {
        return Err(EnrolmentError::WrongPassphrase { path: path() });
    }
    sealer
        .open(header, sealed)
        .ok_or_else(|| EnrolmentError::DamagedExport {
            path: path(),
            problem: "its seal is broken",
        })
}

fn encode(model: &ModelId, enrolments: &[Enrolment]) -> Result<Zeroizing<Vec<u8>>, EnrolmentError> {
    let records = enrolments
        .iter()
        .map(record::encode)
        .collect::<Result<Vec<_>, _>>()?;
    let capacity = 260 + records.iter().map(|r| r.len() + 4).sum::<usize>();
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    record::put_text(&mut bytes, "the model id", model.as_str())?;
    let too_many = || EnrolmentError::TooLong {
        what: "the list of subjects",
        limit: MAX_SUBJECTS as usize,
    };
    let count = u32::try_from(records.len())
        .ok()
        .filter(|count| *count <= MAX_SUBJECTS)
        .ok_or_else(too_many)?;
    bytes.extend_from_slice(&count.to_le_bytes());
    for record in &records {
        // A record is some 170 KiB at most.
        bytes.extend_from_slice(&(record.len() as u32).to_le_bytes());
        bytes.extend_from_slice(record);
    }
    Ok(bytes)
}

/// The inverse of [`encode`], for bytes of any origin.
pub(super) fn decode(bytes: &[u8]) -> Result<(ModelId, Vec<Enrolment>), Malformed> {
    let mut reader = Reader(bytes);
    let model = ModelId::new(reader.text("model id")?);
    let count = u32::from_le_bytes(reader.array()?);
    if count > MAX_SUBJECTS {
        return Err(Malformed("number of subjects"));
    }
    let mut seen = HashSet::new();
    let mut enrolments = Vec::new();
    for _ in 0..count {
        let length = u32::from_le_bytes(reader.array()?) as usize;
        let enrolment = record::decode(reader.bytes(length)?)?;
        if enrolment
            .references
            .iter()
            .any(|r| r.template.model() != &model)
        {
            return Err(Malformed("a reference of another model"));
        }
        if !seen.insert(enrolment.subject.id.clone()) {
            return Err(Malformed("a subject twice"));
        }
        enrolments.push(enrolment);
    }
    match reader.0 {
        [] => Ok((model, enrolments)),
        _ => Err(Malformed("bytes after the last subject")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;

    use super::super::record::tests::any_enrolment;
    use super::*;

    fn distinct(enrolments: Vec<Enrolment>) -> Vec<Enrolment> {
        let mut seen = HashSet::new();
        let new = |e: &Enrolment| seen.insert(e.subject.id.clone());
        enrolments.into_iter().filter(new).collect()
    }

    proptest! {
        #[test]
        fn what_was_exported_comes_back_the_same(
            enrolments in prop::collection::vec(any_enrolment("m"), 0..8),
        ) {
            let enrolments = distinct(enrolments);
            let model = ModelId::new("m");
            let bytes = encode(&model, &enrolments).unwrap();
            prop_assert_eq!(decode(&bytes).unwrap(), (model, enrolments));
        }

        #[test]
        fn arbitrary_plaintext_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&bytes);
        }

        /// Never gets as far as the passphrase, which takes its time.
        #[test]
        fn arbitrary_files_are_refused(
            magic in any::<bool>(), tail in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let head: &[u8] = if magic { b"OSTIARY1" } else { b"" };
            let bytes = [head, &tail].concat();
            prop_assert!(open(Path::new("f"), &bytes, "irrelevant").is_err());
        }
    }

    #[test]
    fn a_subject_twice_or_of_another_model_is_malformed() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let one = any_enrolment("m").new_tree(&mut runner).unwrap().current();
        let twice = encode(&ModelId::new("m"), &[one.clone(), one.clone()]).unwrap();
        assert_eq!(decode(&twice), Err(Malformed("a subject twice")));
        let foreign = encode(&ModelId::new("n"), &[one]).unwrap();
        assert_eq!(
            decode(&foreign),
            Err(Malformed("a reference of another model"))
        );
    }
}
