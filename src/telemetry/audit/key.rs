//! The signing key of the audit log, and its public half.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::str::FromStr;

use ed25519_dalek::{SECRET_KEY_LENGTH, Signature, Signer, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use super::PUBLIC_KEY_FILE;
use crate::telemetry::{TelemetryError, hex, private_file};

/// Signs records: an Ed25519 seed, kept in a file as 64 hexadecimal digits. Wiped when dropped.
pub struct AuditKey(SigningKey);

impl AuditKey {
    /// Name of the systemd credential.
    const CREDENTIAL: &str = "audit.key";

    /// Reads the key file or systemd credential at `path`.
    ///
    /// # Errors
    /// If the file can't be read, others may read it, or it holds no key.
    pub fn load(path: &Path) -> Result<Self, TelemetryError> {
        let content = private_file::read(path)?;
        let seed = hex::decode::<SECRET_KEY_LENGTH>(content.trim_ascii_end())
            .map(Zeroizing::new)
            .ok_or_else(|| TelemetryError::Content {
                path: path.to_owned(),
                problem: "holds no audit key: that is 64 hexadecimal digits in lower case",
            })?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Reads the credential `$CREDENTIALS_DIRECTORY/audit.key` (systemd.exec(5)) if there is one, else the key file at
    /// `path`; on first use makes that, with mode 0600.
    ///
    /// # Errors
    /// Those of [`Self::load`], or if the file can't be made.
    pub fn load_or_create(path: &Path) -> Result<Self, TelemetryError> {
        Self::find(env::var_os("CREDENTIALS_DIRECTORY"), path)
    }

    fn find(credentials: Option<OsString>, path: &Path) -> Result<Self, TelemetryError> {
        if let Some(dir) = credentials
            && let Some(key) = Self::load_if_there(&Path::new(&dir).join(Self::CREDENTIAL))?
        {
            return Ok(key);
        }
        match Self::load_if_there(path)? {
            Some(key) => Ok(key),
            None => {
                Self::create(path)?;
                Self::load(path)
            }
        }
    }

    fn load_if_there(path: &Path) -> Result<Option<Self>, TelemetryError> {
        match Self::load(path) {
            Err(TelemetryError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    fn create(path: &Path) -> Result<(), TelemetryError> {
        let mut seed = Zeroizing::new([0; SECRET_KEY_LENGTH]);
        getrandom::fill(&mut *seed)?;
        let text = Zeroizing::new(hex::encode(&*seed));
        // Whole or not at all: half a key would lock the door's log for good.
        replace(path, text.as_bytes())
    }

    /// The half that others may know.
    #[must_use]
    pub fn public(&self) -> AuditPublicKey {
        AuditPublicKey(self.0.verifying_key())
    }

    pub(super) fn sign(&self, message: &[u8]) -> Signature {
        self.0.sign(message)
    }
}

impl fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuditKey(.., public {})", self.public())
    }
}

/// Checks records: an Ed25519 public key, as text 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditPublicKey(VerifyingKey);

impl AuditPublicKey {
    /// Reads a public key file, such as the `audit.pub` beside a log. Whoever changed a log could have
    /// changed that file too: keep a copy elsewhere.
    ///
    /// # Errors
    /// If the file can't be read or holds no public key.
    pub fn load(path: &Path) -> Result<Self, TelemetryError> {
        let text = fs::read_to_string(path)
            .map_err(|source| TelemetryError::file("read", path, source))?;
        text.trim_end()
            .parse()
            .map_err(|problem| TelemetryError::Content {
                path: path.to_owned(),
                problem,
            })
    }

    pub(super) fn is_signature_of(&self, signature: &Signature, message: &[u8]) -> bool {
        self.0.verify_strict(message, signature).is_ok()
    }

    /// Writes the public key into the log's directory; a different one there means another signing key.
    pub(super) fn write_beside(&self, dir: &Path) -> Result<(), TelemetryError> {
        let path = dir.join(PUBLIC_KEY_FILE);
        match Self::load(&path) {
            Ok(known) if known == *self => Ok(()),
            Ok(_) => Err(TelemetryError::AuditKeyMismatch { dir: dir.into() }),
            Err(TelemetryError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
                replace(&path, format!("{self}\n").as_bytes())
            }
            Err(other) => Err(other),
        }
    }
}

impl FromStr for AuditPublicKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        hex::decode(text.as_bytes())
            .and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok())
            .map(Self)
            .ok_or("holds no public key: that is 64 hexadecimal digits in lower case")
    }
}

impl fmt::Display for AuditPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0.as_bytes()))
    }
}

/// Writes a file (mode 0600) that is there whole or not at all, even after a power cut.
fn replace(path: &Path, content: &[u8]) -> Result<(), TelemetryError> {
    let failed = |source| TelemetryError::file("write", path, source);
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
    file.write_all(content).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist_noclobber(path)
        .map_err(|error| failed(error.error))?;
    fs::File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_kept_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.key");
        let first = AuditKey::load_or_create(&path).unwrap();
        let again = AuditKey::load_or_create(&path).unwrap();
        assert_eq!(first.public(), again.public());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let secret = fs::read_to_string(&path).unwrap();
        assert!(!format!("{first:?}").contains(&secret));
    }

    #[test]
    fn the_credential_goes_before_the_key_file() {
        let (dir, credentials) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (path, named) = (dir.path().join("k"), Some(credentials.path().into()));
        let file = AuditKey::find(named.clone(), &path).unwrap();
        let credential = AuditKey::load_or_create(&credentials.path().join("audit.key")).unwrap();
        assert_ne!(file.public(), credential.public());
        let found = AuditKey::find(named.clone(), &path).unwrap();
        assert_eq!(found.public(), credential.public());
        fs::write(credentials.path().join("audit.key"), "no key").unwrap();
        assert!(
            AuditKey::find(named, &path).is_err(),
            "a credential that is none is not passed over"
        );
    }

    #[test]
    fn a_file_that_is_no_key_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.key");
        private_file::append(&path)
            .unwrap()
            .write_all(b"no key")
            .unwrap();
        let error = AuditKey::load_or_create(&path).unwrap_err();
        assert!(error.to_string().contains("holds no audit key"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"no key");
    }
}
