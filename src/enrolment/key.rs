//! The key that the store is sealed with.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::identity::identities_path;
use super::store::store_path;
use super::{EnrolmentError, files};

/// 32 random bytes from a key file or a systemd credential. Redacted in `Debug` and wiped when dropped.
pub struct StoreKey {
    bytes: Zeroizing<[u8; Self::LEN]>,
    origin: PathBuf,
}

impl StoreKey {
    const LEN: usize = 32;

    /// Name of the systemd credential (`LoadCredentialEncrypted=store.key`, systemd.exec(5)).
    const CREDENTIAL: &str = "store.key";

    /// The key of the store in `data`: the credential `$CREDENTIALS_DIRECTORY/store.key` if there is one,
    /// else `key_file`.
    ///
    /// # Errors
    /// [`EnrolmentError::KeyMissing`] if there is a store but no key, [`EnrolmentError::NothingEnrolled`]
    /// if there is neither; a key file that others may use, or that is not 32 bytes long.
    pub fn load(key_file: &Path, data: &Path) -> Result<Self, EnrolmentError> {
        Self::find(credentials_directory(), key_file, data)?.ok_or_else(|| {
            EnrolmentError::NothingEnrolled {
                data: data.to_owned(),
                key: key_file.to_owned(),
            }
        })
    }

    /// Like [`StoreKey::load`], but makes the key file if there is neither a key nor a store yet.
    ///
    /// # Errors
    /// As [`StoreKey::load`] and [`StoreKey::create`].
    pub fn load_or_create(key_file: &Path, data: &Path) -> Result<Self, EnrolmentError> {
        match Self::find(credentials_directory(), key_file, data)? {
            Some(key) => Ok(key),
            None => Self::create(key_file),
        }
    }

    /// Makes a new key file with mode 0600, on the disk when this returns.
    ///
    /// # Errors
    /// [`EnrolmentError::FileExists`] if there is one: a key is never overwritten.
    pub fn create(path: &Path) -> Result<Self, EnrolmentError> {
        let mut bytes = Zeroizing::new([0; Self::LEN]);
        getrandom::fill(bytes.as_mut()).map_err(EnrolmentError::Random)?;
        if let Some(dir) = path.parent() {
            files::make_private_dir(dir)?;
        }
        files::write_new(path, bytes.as_ref())?;
        tracing::info!(path = %path.display(), "made a new store key: back it up");
        Ok(Self {
            bytes,
            origin: path.to_owned(),
        })
    }

    /// Where the key was read from, for messages.
    #[must_use]
    pub fn origin(&self) -> &Path {
        &self.origin
    }

    pub(super) fn bytes(&self) -> &[u8; Self::LEN] {
        &self.bytes
    }

    fn find(
        credentials: Option<OsString>,
        key_file: &Path,
        data: &Path,
    ) -> Result<Option<Self>, EnrolmentError> {
        if let Some(dir) = credentials {
            // systemd guards credentials itself, and shows access lists of theirs as group bits.
            if let Some(key) = Self::read(&Path::new(&dir).join(Self::CREDENTIAL), 0)? {
                return Ok(Some(key));
            }
        }
        if let Some(key) = Self::read(key_file, 0o077)? {
            return Ok(Some(key));
        }
        for sealed in [store_path(data), identities_path(data)] {
            if files::size(&sealed)?.is_some_and(|size| size > 0) {
                return Err(EnrolmentError::KeyMissing {
                    key: key_file.to_owned(),
                    store: sealed,
                });
            }
        }
        Ok(None)
    }

    fn read(path: &Path, forbidden_mode: u32) -> Result<Option<Self>, EnrolmentError> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(EnrolmentError::file("open key file", path)(e)),
        };
        let failed = || EnrolmentError::file("read key file", path);
        let metadata = file.metadata().map_err(failed())?;
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & forbidden_mode != 0 {
            return Err(EnrolmentError::KeyExposed {
                path: path.to_owned(),
                mode,
            });
        }
        if metadata.len() != Self::LEN as u64 {
            return Err(EnrolmentError::KeyLength {
                path: path.to_owned(),
                found: metadata.len(),
            });
        }
        let mut bytes = Zeroizing::new([0; Self::LEN]);
        file.read_exact(bytes.as_mut()).map_err(failed())?;
        Ok(Some(Self {
            bytes,
            origin: path.to_owned(),
        }))
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreKey(of {}, redacted)", self.origin.display())
    }
}

fn credentials_directory() -> Option<OsString> {
    std::env::var_os("CREDENTIALS_DIRECTORY")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys/store.key");
        assert!(StoreKey::find(None, &path, dir.path()).unwrap().is_none());
        let made = StoreKey::create(&path).unwrap();
        let found = StoreKey::find(None, &path, dir.path()).unwrap().unwrap();
        assert_eq!(made.bytes(), found.bytes());
        assert!(StoreKey::create(&path).is_err());
        assert!(format!("{made:?}").ends_with("store.key, redacted)"));
    }

    #[test]
    fn a_key_that_others_may_read_is_refused_with_the_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k");
        StoreKey::create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = StoreKey::load(&path, dir.path()).unwrap_err().to_string();
        assert!(error.contains("mode 0640") && error.contains("chmod 600"));
    }

    #[test]
    fn a_cut_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k");
        files::write_new(&path, &[7; 31]).unwrap();
        let error = StoreKey::load(&path, dir.path()).unwrap_err();
        assert!(matches!(error, EnrolmentError::KeyLength { found: 31, .. }));
    }

    #[test]
    fn no_key_is_made_for_a_store_that_has_lost_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k");
        for sealed in [store_path(dir.path()), identities_path(dir.path())] {
            fs::write(&sealed, b"something").unwrap();
            let error = StoreKey::load_or_create(&path, dir.path()).unwrap_err();
            assert!(matches!(error, EnrolmentError::KeyMissing { .. }));
            assert!(!path.exists());
            fs::remove_file(&sealed).unwrap();
        }
    }

    #[test]
    fn the_credential_goes_before_the_key_file() {
        let dir = tempfile::tempdir().unwrap();
        let (file, credential) = (dir.path().join("k"), dir.path().join("store.key"));
        StoreKey::create(&file).unwrap();
        StoreKey::create(&credential).unwrap();
        let found = StoreKey::find(Some(dir.path().into()), &file, dir.path())
            .unwrap()
            .unwrap();
        assert_eq!(found.origin(), credential);
    }
}
