//! What can go wrong between a template and its place in the store.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::{ComparisonError, GalleryError, ModelId, Quality, Similarity, SubjectId};

use super::MAX_REFERENCES;

/// Everything this room refuses or fails at. Messages name the image, file or subject and what to do.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentError {
    // Admission.
    #[error("no image to enrol: give at least one")]
    NoSamples,
    #[error("{image}: no face found; take a frontal portrait with the whole face in view")]
    NoFace { image: String },
    #[error(
        "{image}: {faces} faces, and the largest does not stand out ({needed} times the area of the next is needed); crop the image to one person"
    )]
    SeveralFaces {
        image: String,
        faces: usize,
        needed: f32,
    },
    #[error(
        "{image}: quality {} is below {}; take a sharper, evenly lit, frontal image",
        found.get(),
        needed.get()
    )]
    PoorQuality {
        image: String,
        found: Quality,
        needed: Quality,
    },
    #[error(
        "{image} does not show the same person as {other} (similarity {:.2}, {:.2} is needed); leave out the wrong one",
        found.get(),
        needed.get()
    )]
    DifferentPeople {
        image: String,
        other: String,
        found: Similarity,
        needed: Similarity,
    },
    #[error(
        "{image}: this person is already enrolled as {subject} (similarity {:.2}); add the image there, remove {subject} first, or force the enrolment",
        similarity.get()
    )]
    AlreadyEnrolled {
        image: String,
        subject: SubjectId,
        similarity: Similarity,
    },
    #[error("{image}: {source}")]
    NotComparable {
        image: String,
        source: ComparisonError,
    },
    #[error(
        "{subject} would have {wanted} references, and {MAX_REFERENCES} is the most; remove the subject and enrol the best images"
    )]
    TooManyReferences { subject: SubjectId, wanted: usize },
    #[error("{subject} has no positive reference yet: enrol an image of the person first")]
    NoPositiveReference { subject: SubjectId },
    #[error(
        "the name of {subject} has control characters, such as a line's end; enrol the person without them"
    )]
    NameCharacters { subject: SubjectId },
    #[error("{what} is longer than {limit} bytes; shorten it")]
    TooLong { what: &'static str, limit: usize },
    #[error("a template of model {found} can't be enrolled in a store of model {expected}")]
    ForeignTemplate { found: ModelId, expected: ModelId },

    // Key.
    #[error(
        "key file {} can be used by others (mode {mode:04o}): chmod 600 {}",
        path.display(),
        path.display()
    )]
    KeyExposed { path: PathBuf, mode: u32 },
    #[error(
        "key file {} has {found} bytes, not 32: restore it from your backup",
        path.display()
    )]
    KeyLength { path: PathBuf, found: u64 },
    #[error(
        "key file {} is missing, and store {} can't be read without it: restore the key from your backup; a new one would not open this store",
        key.display(),
        store.display()
    )]
    KeyMissing { key: PathBuf, store: PathBuf },
    #[error(
        "{} holds no store and {} no key: enrol somebody first",
        data.display(),
        key.display()
    )]
    NothingEnrolled { data: PathBuf, key: PathBuf },
    #[error(
        "key {} is not the one that store {} was made with: restore the right key",
        key.display(),
        store.display()
    )]
    WrongKey { key: PathBuf, store: PathBuf },
    #[error("the operating system gave no random numbers: {0}")]
    Random(getrandom::Error),

    // Store.
    #[error(
        "store {}: no space left on the device; free some, nothing was changed",
        path.display()
    )]
    StoreFull { path: PathBuf },
    #[error(
        "store {} can't be written: the file or its file system is read-only; nothing was changed",
        path.display()
    )]
    StoreReadOnly { path: PathBuf },
    #[error(
        "store {} is being written by another process: try again",
        path.display()
    )]
    StoreBusy { path: PathBuf },
    #[error(
        "{} is damaged or no store: restore it from a backup or an export",
        path.display()
    )]
    StoreCorrupt { path: PathBuf },
    #[error(
        "store {} has schema {found}, and this version knows up to {known}: update ostiary",
        path.display()
    )]
    NewerSchema {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    #[error(
        "store {}: the record of {subject} was altered or damaged ({problem}); remove {subject} and enrol again, or restore a backup",
        path.display()
    )]
    DamagedSubject {
        path: PathBuf,
        subject: SubjectId,
        problem: &'static str,
    },
    #[error(
        "store {}: the ID number in row {row} was altered or damaged; restore a backup",
        path.display()
    )]
    DamagedRow { path: PathBuf, row: String },
    #[error("store {}: {source}", path.display())]
    Database {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error(transparent)]
    Gallery(#[from] GalleryError),

    // Identities.
    #[error("{}:{line}: {problem}", path.display())]
    IdentityList {
        path: PathBuf,
        line: u64,
        problem: String,
    },
    #[error(
        "{}: the identity in row {row} was altered or damaged ({problem}); import the register again",
        path.display()
    )]
    DamagedIdentity {
        path: PathBuf,
        row: String,
        problem: &'static str,
    },

    // Export and import.
    #[error("the passphrase has fewer than {min} characters: use a longer one")]
    ShortPassphrase { min: usize },
    #[error("{} is no gallery export", path.display())]
    NotAnExport { path: PathBuf },
    #[error(
        "{} is an export of format {found:?}, and this version reads '1': update ostiary",
        path.display()
    )]
    ExportVersion { path: PathBuf, found: char },
    #[error(
        "{} has {found} bytes, and an export may have {limit}",
        path.display()
    )]
    ExportTooLarge {
        path: PathBuf,
        found: u64,
        limit: u64,
    },
    #[error(
        "{} has {found} bytes where {expected} were written: copy the file again",
        path.display()
    )]
    ExportLength {
        path: PathBuf,
        expected: u64,
        found: u64,
    },
    #[error("{}: the passphrase is wrong", path.display())]
    WrongPassphrase { path: PathBuf },
    #[error(
        "{} was altered or damaged ({problem}): copy the file again",
        path.display()
    )]
    DamagedExport {
        path: PathBuf,
        problem: &'static str,
    },
    #[error(
        "{} has templates of model {found}, and this store is of model {expected}: enrol those people again here",
        path.display()
    )]
    ExportModel {
        path: PathBuf,
        found: ModelId,
        expected: ModelId,
    },
    #[error("deriving the key from the passphrase: {0}")]
    KeyDerivation(argon2::Error),

    // Files.
    #[error("{} is there already: choose another name", path.display())]
    FileExists { path: PathBuf },
    #[error("can't {action} {}: {source}", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

impl EnrolmentError {
    /// For `map_err` on file operations.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// For `map_err` on statements: full, read-only, busy and damaged stores are errors of their own.
    pub(super) fn database(path: &Path) -> impl Fn(rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        move |source| {
            let path = path.to_owned();
            match source.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => Self::StoreFull { path },
                Some(ErrorCode::ReadOnly) => Self::StoreReadOnly { path },
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                    Self::StoreBusy { path }
                }
                Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                    Self::StoreCorrupt { path }
                }
                _ => Self::Database { path, source },
            }
        }
    }
}
