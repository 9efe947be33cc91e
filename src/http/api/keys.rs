//! The keys that callers show, and the file that tells of them without holding one.
//!
//! A key is an id and a secret of 256 random bits; the file has the Argon2id hash of the secret alone.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use time::UtcDateTime;
use zeroize::Zeroizing;

use super::{ApiError, private_file};

/// OWASP's recommendation for Argon2id: 19 MiB, two passes, one lane.
const ARGON2_KIB: u32 = 19 << 10;
const ARGON2_PASSES: u32 = 2;
const MAX_NAME: usize = 64;

/// What a key is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Compare faces, test liveness, identify.
    Verify,
    /// Enrol people, list and remove them.
    Enrol,
    /// Read decisions and metrics.
    Admin,
}

impl Scope {
    /// The word of the command line, the key file and answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Enrol => "enrol",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Scope {
    type Err = ApiError;

    fn from_str(text: &str) -> Result<Self, ApiError> {
        [Self::Verify, Self::Enrol, Self::Admin]
            .into_iter()
            .find(|scope| scope.name() == text)
            .ok_or_else(|| ApiError::Scope(text.to_owned()))
    }
}

/// What a key is good for, altogether.
pub type Scopes = BTreeSet<Scope>;

/// Names a key to the server: 24 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(String);

impl ClientId {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A key as its owner gets it, once.
pub struct NewKey {
    pub id: ClientId,
    pub secret: Zeroizing<String>,
    /// For dialects that ask for a third credential; it follows from the secret.
    pub module_secret: Zeroizing<String>,
}

impl NewKey {
    /// What goes behind `Authorization: Bearer`.
    #[must_use]
    pub fn bearer(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}.{}", self.id.0, *self.secret))
    }
}

/// A key as the file tells of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredKey {
    pub id: ClientId,
    pub name: String,
    pub scopes: Scopes,
    #[serde(with = "time::serde::timestamp")]
    pub created: time::OffsetDateTime,
    salt: String,
    hash: String,
}

impl StoredKey {
    /// Whether `secret` is this key's. Takes its time: that is what Argon2 is for.
    pub(super) fn is_opened_by(&self, secret: &[u8]) -> bool {
        use subtle::ConstantTimeEq;
        let (Ok(salt), Ok(hash)) = (STANDARD.decode(&self.salt), STANDARD.decode(&self.hash))
        else {
            return false;
        };
        argon2id(secret, &salt).is_ok_and(|found| found.as_slice().ct_eq(&hash).into())
    }

    /// Hashes like [`Self::is_opened_by`], so that an unknown id can't be told by the time of its answer.
    pub(super) fn spend_the_time_of_one(secret: &[u8]) -> bool {
        // Nothing is compared with the hash.
        let _ = argon2id(secret, &[0; 16]);
        false
    }
}

/// The third credential that belongs to a secret.
pub(super) fn module_secret(secret: &[u8]) -> Zeroizing<String> {
    // HMAC takes keys of any length.
    let digest = Hmac::<Sha256>::new_from_slice(secret)
        .map(|mac| mac.chain_update(b"ostiary module secret").finalize());
    Zeroizing::new(digest.map_or_else(|_| String::new(), |d| hex(&d.into_bytes())))
}

/// The file with all keys.
#[derive(Debug, Clone)]
pub struct KeyFile(PathBuf);

impl KeyFile {
    /// The file at `path`, which is made with the first key. Its folder must be there.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Makes a key. Nobody can read its secret again.
    ///
    /// # Errors
    /// If the name is taken or none, or the file can't be used.
    pub fn add(&self, name: &str, scopes: Scopes, now: UtcDateTime) -> Result<NewKey, ApiError> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if !(1..=MAX_NAME).contains(&name.len()) || !name.chars().all(is_name) {
            return Err(ApiError::Name(name.to_owned()));
        }
        let _lock = self.lock()?;
        let mut keys = self.list()?;
        if keys.iter().any(|key| key.name == name) {
            return Err(ApiError::NameTaken(name.to_owned()));
        }
        let (mut id, mut secret) = ([0; 12], Zeroizing::new([0; 32]));
        let mut salt = [0; 16];
        getrandom::fill(&mut id)?;
        getrandom::fill(&mut *secret)?;
        getrandom::fill(&mut salt)?;
        let secret = Zeroizing::new(hex(&*secret));
        let new = NewKey {
            id: ClientId(hex(&id)),
            module_secret: module_secret(secret.as_bytes()),
            secret,
        };
        keys.push(StoredKey {
            id: new.id.clone(),
            name: name.to_owned(),
            scopes,
            created: now.into(),
            salt: STANDARD.encode(salt),
            hash: STANDARD.encode(*argon2id(new.secret.as_bytes(), &salt)?),
        });
        self.write(&keys)?;
        Ok(new)
    }

    /// The keys; none if there is no file.
    ///
    /// # Errors
    /// If the file can't be read, others may read it, or it is damaged.
    pub fn list(&self) -> Result<Vec<StoredKey>, ApiError> {
        match private_file::read(&self.0) {
            Ok(content) => serde_json::from_slice(&content).map_err(|error| ApiError::Content {
                path: self.0.clone(),
                problem: format!("is no key file: {error}"),
            }),
            Err(ApiError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
                Ok(Vec::new())
            }
            Err(other) => Err(other),
        }
    }

    /// Ends a key; says whether there was one of that name.
    ///
    /// # Errors
    /// If the file can't be used.
    pub fn revoke(&self, name: &str) -> Result<bool, ApiError> {
        let _lock = self.lock()?;
        let mut keys = self.list()?;
        let before = keys.len();
        keys.retain(|key| key.name != name);
        if keys.len() == before {
            return Ok(false);
        }
        self.write(&keys).map(|()| true)
    }

    fn write(&self, keys: &[StoredKey]) -> Result<(), ApiError> {
        let content = serde_json::to_vec_pretty(keys).map_err(|error| ApiError::Content {
            path: self.0.clone(),
            problem: error.to_string(),
        })?;
        private_file::replace(&self.0, &content)
    }

    /// Held while the file is changed, so that no other process changes it in between.
    fn lock(&self) -> Result<File, ApiError> {
        let folder = self.0.parent().unwrap_or(Path::new("."));
        let locked = File::open(folder).and_then(|folder| folder.lock().map(|()| folder));
        locked.map_err(|source| ApiError::file("lock", folder, source))
    }
}

fn argon2id(secret: &[u8], salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, ApiError> {
    let mut hash = Zeroizing::new([0; 32]);
    let params =
        Params::new(ARGON2_KIB, ARGON2_PASSES, 1, Some(hash.len())).map_err(ApiError::Hash)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(secret, salt, hash.as_mut())
        .map_err(ApiError::Hash)?;
    Ok(hash)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> (tempfile::TempDir, KeyFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::new(folder.path().join("api-keys.json"));
        (folder, file)
    }

    fn add(file: &KeyFile, name: &str) -> Result<NewKey, ApiError> {
        file.add(
            name,
            [Scope::Verify, Scope::Admin].into(),
            UtcDateTime::UNIX_EPOCH,
        )
    }

    #[test]
    fn only_its_own_secret_opens_a_key_and_the_file_has_none() {
        let (_folder, file) = file();
        let (desk, app) = (add(&file, "desk").unwrap(), add(&file, "app").unwrap());
        let stored = file.list().unwrap();
        assert!(stored[0].is_opened_by(desk.secret.as_bytes()));
        assert!(!stored[0].is_opened_by(app.secret.as_bytes()));
        assert!(!stored[0].is_opened_by(b""));
        let text = std::fs::read_to_string(file.path()).unwrap();
        assert!(!text.contains(&*desk.secret) && !text.contains(&*desk.module_secret));
        assert_eq!(desk.id.as_str().len(), 24);
        assert_eq!(stored[0].scopes, [Scope::Verify, Scope::Admin].into());
    }

    #[test]
    fn names_are_unique_and_a_revoked_key_is_gone() {
        let (_folder, file) = file();
        add(&file, "desk").unwrap();
        assert!(matches!(add(&file, "desk"), Err(ApiError::NameTaken(_))));
        for name in ["", "a b", "../x", &"n".repeat(65)] {
            assert!(matches!(add(&file, name), Err(ApiError::Name(_))), "{name}");
        }
        assert!(file.revoke("desk").unwrap());
        assert!(!file.revoke("desk").unwrap());
        assert!(file.list().unwrap().is_empty());
    }

    #[test]
    fn a_damaged_file_is_named() {
        let (_folder, file) = file();
        private_file::replace(file.path(), b"[{]").unwrap();
        let error = file.list().unwrap_err().to_string();
        assert!(error.contains("api-keys.json"), "{error}");
    }
}
