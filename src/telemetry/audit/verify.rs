//! Checking a log from its first record to its last.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::record::{Link, MAX_LEN, Parsed};
use super::{AuditPublicKey, files};
use crate::telemetry::{TelemetryError, hex};

/// What a sound log holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub files: usize,
    pub records: u64,
    /// More than 1 if old files were removed; 0 if there is no record.
    pub first_sequence: u64,
    /// 0 if there is no record.
    pub last_sequence: u64,
    /// SHA-256 of the last record, in hexadecimal.
    pub last_hash: String,
    /// Bytes of a record that is being written, or that a power cut tore.
    pub half_written: u64,
}

/// Checks every signature, sequence number and link of the log in `dir`.
///
/// # Errors
/// [`TelemetryError::AuditBroken`] with the file and line of the first record that is not as it was written.
pub fn verify(dir: &Path, key: &AuditPublicKey) -> Result<Summary, TelemetryError> {
    let files = files(dir)?;
    let mut walk = Walk {
        key,
        link: None,
        first: 0,
        records: 0,
        half_written: 0,
    };
    let newest = files.last().cloned();
    for file in &files {
        walk.file(file, Some(file) == newest.as_ref())?;
    }
    let link = walk.link.unwrap_or(Link::START);
    Ok(Summary {
        files: files.len(),
        records: walk.records,
        first_sequence: walk.first,
        last_sequence: link.next_sequence - 1,
        last_hash: hex::encode(&link.hash),
        half_written: walk.half_written,
    })
}

struct Walk<'k> {
    key: &'k AuditPublicKey,
    /// Where the next record must join; `None` ahead of the first.
    link: Option<Link>,
    first: u64,
    records: u64,
    half_written: u64,
}

impl Walk<'_> {
    fn file(&mut self, path: &Path, is_newest: bool) -> Result<(), TelemetryError> {
        let failed = |source| TelemetryError::file("read", path, source);
        let mut reader = BufReader::new(File::open(path).map_err(failed)?);
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let read = (&mut reader)
                .take(MAX_LEN as u64)
                .read_until(b'\n', &mut line)
                .map_err(failed)?;
            if read == 0 {
                break;
            }
            let checked = match line.strip_suffix(b"\n") {
                Some(record) => self.record(record),
                None if is_newest && read < MAX_LEN => {
                    self.half_written = read as u64;
                    break;
                }
                None => Err("half a record, or one that is too long".into()),
            };
            checked.map_err(|problem| broken(path, number, problem))?;
        }
        Ok(())
    }

    fn record(&mut self, line: &[u8]) -> Result<(), String> {
        let parsed = Parsed::of(line)?;
        if !parsed.is_signed_by(self.key) {
            return Err("the signature is wrong: changed, or signed with another key".into());
        }
        // Whole old files may be gone, so the first record is taken at its word, unless it is number 1.
        let link = self.link.get_or_insert(match parsed.sequence {
            1 => Link::START,
            sequence => Link {
                next_sequence: sequence,
                hash: parsed.previous,
            },
        });
        if parsed.sequence != link.next_sequence {
            return Err(format!(
                "sequence {} where {} belongs: records were removed, added or moved",
                parsed.sequence, link.next_sequence
            ));
        }
        if parsed.previous != link.hash {
            return Err("does not link to the record before it".into());
        }
        link.advance(line);
        if self.records == 0 {
            self.first = parsed.sequence;
        }
        self.records += 1;
        Ok(())
    }
}

fn broken(file: &Path, line: u64, problem: String) -> TelemetryError {
    TelemetryError::AuditBroken {
        file: PathBuf::from(file),
        line,
        problem,
    }
}
