//! Files that only this user may read and that a power cut leaves whole or not at all.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::EnrolmentError;

/// Makes the directory and its missing parents with mode 0700; one that is there stays as it is.
pub(super) fn make_private_dir(dir: &Path) -> Result<(), EnrolmentError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(EnrolmentError::file("make directory", dir))
}

/// Writes a new file with mode 0600, synced to the disk along with its directory entry.
///
/// # Errors
/// [`EnrolmentError::FileExists`] if there is one of that name: nothing is overwritten.
pub(super) fn write_new(path: &Path, content: &[u8]) -> Result<(), EnrolmentError> {
    let dir = match path.parent() {
        Some(dir) if dir != Path::new("") => dir,
        _ => Path::new("."),
    };
    let write = || -> io::Result<()> {
        // tempfile makes it with O_EXCL and mode 0600.
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map_err(|e| e.error)?;
        File::open(dir)?.sync_all()
    };
    write().map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => EnrolmentError::FileExists {
            path: path.to_owned(),
        },
        _ => EnrolmentError::file("write", path)(source),
    })
}

/// Size of the file in bytes; `None` if there is none.
pub(super) fn size(path: &Path) -> Result<Option<u64>, EnrolmentError> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.len())),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(EnrolmentError::file("look at", path)(e)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_new_file_is_private_and_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let (inner, path) = (dir.path().join("a/b"), dir.path().join("a/b/f"));
        make_private_dir(&inner).unwrap();
        make_private_dir(&inner).unwrap();
        write_new(&path, b"first").unwrap();
        let mode = |p: &Path| fs::metadata(p).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&inner), mode(&path)), (0o700, 0o600));

        let error = write_new(&path, b"second").unwrap_err();
        assert!(matches!(error, EnrolmentError::FileExists { .. }));
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 1, "no litter");
    }
}
