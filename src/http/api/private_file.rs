//! Files that only this user may read: keys of the API.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zeroize::Zeroizing;

use super::ApiError;

/// More than any key file has.
const MAX_LEN: u64 = 1 << 20;

/// Reads a file that nobody else may read or write.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, ApiError> {
    let failed = |source| ApiError::file("read", path, source);
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(ApiError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    // All at once, so that growing leaves no copies behind.
    let mut content = Zeroizing::new(Vec::with_capacity(metadata.len().min(MAX_LEN) as usize + 1));
    file.take(MAX_LEN)
        .read_to_end(&mut content)
        .map_err(failed)?;
    Ok(content)
}

/// Writes a file (mode 0600), in place of one that is there; after a power cut it is the old or the new one.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<(), ApiError> {
    let write = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        fs::File::open(folder)?.sync_all()
    };
    write().map_err(|source| ApiError::file("write", path, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_private_and_what_is_not_private_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        replace(&path, b"first").unwrap();
        replace(&path, b"second").unwrap();
        assert_eq!(read(&path).unwrap().as_slice(), b"second");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = read(&path).unwrap_err();
        assert!(error.to_string().contains("mode 640"), "{error}");
    }
}
