//! The keys in memory: who calls, without paying for Argon2 at every call.
//!
//! A secret that was verified is remembered as its HMAC under a key of this process, so that the next
//! call with it costs microseconds. Keys that are added or revoked while the server runs count at once.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::ApiError;
use super::keys::{ClientId, KeyFile, StoredKey};

/// What a pair of id and secret is worth.
#[derive(Debug)]
pub(super) enum Checked {
    Known(Arc<StoredKey>),
    Unknown,
    /// Other secrets are being hashed; hashing many at once would take the board's memory.
    Busy,
}

/// All keys of the key file.
pub(super) struct KeyRing {
    file: KeyFile,
    /// A whole block of HMAC-SHA-256.
    process_key: Zeroizing<[u8; 64]>,
    keys: Mutex<Keys>,
    /// A place for each secret that may be hashed at a time.
    hashing: Semaphore,
}

#[derive(Default)]
struct Keys {
    stamp: Option<Stamp>,
    known: HashMap<String, Known>,
}

struct Known {
    key: Arc<StoredKey>,
    /// HMAC of the secret that was verified last.
    verified: Option<[u8; 32]>,
}

/// Changes whenever the file is replaced: inode, size, time of change in nanoseconds.
type Stamp = (u64, u64, i64, i64);

/// Secrets are longer than this in no dialect; longer ones aren't hashed.
const MAX_SECRET: usize = 256;
/// Secrets that are hashed at a time, in 19 MiB each.
const HASHING: usize = 2;

impl KeyRing {
    pub fn new(file: KeyFile) -> Result<Self, ApiError> {
        let mut process_key = Zeroizing::new([0; 64]);
        getrandom::fill(&mut *process_key)?;
        Ok(Self {
            file,
            process_key,
            keys: Mutex::default(),
            hashing: Semaphore::new(HASHING),
        })
    }

    /// Whose key it is, if the secret is right. Unknown ids take as long as wrong secrets.
    pub async fn check(&self, id: &str, secret: &str) -> Checked {
        if secret.len() > MAX_SECRET {
            return Checked::Unknown;
        }
        let mac = self.mac(id, secret);
        let (key, remembered) = match self.keys().known.get(id) {
            Some(known) => (Some(Arc::clone(&known.key)), known.verified),
            None => (None, None),
        };
        if let (Some(key), Some(remembered)) = (&key, remembered)
            && bool::from(remembered.ct_eq(&mac))
        {
            return Checked::Known(Arc::clone(key));
        }
        let Ok(_place) = self.hashing.try_acquire() else {
            return Checked::Busy;
        };
        let secret = Zeroizing::new(secret.to_owned());
        let candidate = key.clone();
        let opened = tokio::task::spawn_blocking(move || match candidate {
            Some(key) => key.is_opened_by(secret.as_bytes()),
            None => StoredKey::spend_the_time_of_one(secret.as_bytes()),
        });
        match (key, opened.await) {
            (Some(key), Ok(true)) => {
                if let Some(known) = self.keys().known.get_mut(id)
                    && Arc::ptr_eq(&known.key, &key)
                {
                    known.verified = Some(mac);
                }
                Checked::Known(key)
            }
            _ => Checked::Unknown,
        }
    }

    /// The key of this id, if there is one.
    pub fn find(&self, id: &str) -> Option<ClientId> {
        self.keys().known.get(id).map(|known| known.key.id.clone())
    }

    fn mac(&self, id: &str, secret: &str) -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as KeyInit>::new((&*self.process_key).into());
        mac.update(id.as_bytes());
        mac.update(&[0]);
        mac.update(secret.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// The keys as the file has them by now. If it can't be read, no key is known.
    fn keys(&self) -> MutexGuard<'_, Keys> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = std::fs::metadata(self.file.path())
            .map(|m| (m.ino(), m.size(), m.mtime(), m.mtime_nsec()))
            .ok();
        if keys.stamp != stamp || stamp.is_none() {
            let stored = self.file.list().unwrap_or_else(|error| {
                tracing::error!(%error, "no API key is known");
                Vec::new()
            });
            keys.stamp = stamp;
            keys.known = stored
                .into_iter()
                .map(|key| {
                    let known = Known {
                        key: Arc::new(key),
                        verified: None,
                    };
                    (known.key.id.as_str().to_owned(), known)
                })
                .collect();
        }
        keys
    }
}

#[cfg(test)]
mod tests {
    use time::UtcDateTime;

    use super::super::keys::{NewKey, Scope};
    use super::*;

    fn ring() -> (tempfile::TempDir, KeyFile, NewKey, KeyRing) {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::new(folder.path().join("api-keys.json"));
        let key = file
            .add("desk", [Scope::Verify].into(), UtcDateTime::UNIX_EPOCH)
            .unwrap();
        let ring = KeyRing::new(file.clone()).unwrap();
        (folder, file, key, ring)
    }

    fn is_known(checked: &Checked) -> bool {
        matches!(checked, Checked::Known(key) if key.name == "desk")
    }

    #[tokio::test]
    async fn the_right_secret_is_known_and_remembered_and_no_other() {
        let (_folder, _file, key, ring) = ring();
        let id = key.id.as_str();
        for _ in 0..2 {
            assert!(is_known(&ring.check(id, &key.secret).await));
            assert!(!is_known(&ring.check(id, "wrong").await));
            assert!(!is_known(&ring.check("0123", &key.secret).await));
            assert!(!is_known(&ring.check(id, &"x".repeat(1000)).await));
        }
        // What is remembered needs no place among the secrets that are hashed.
        let _all = ring.hashing.acquire_many(HASHING as u32).await.unwrap();
        assert!(is_known(&ring.check(id, &key.secret).await));
        assert!(matches!(ring.check(id, "wrong").await, Checked::Busy));
    }

    #[tokio::test]
    async fn a_revoked_key_is_unknown_at_once_and_a_new_one_known() {
        let (_folder, file, key, ring) = ring();
        assert!(is_known(&ring.check(key.id.as_str(), &key.secret).await));
        file.revoke("desk").unwrap();
        assert!(!is_known(&ring.check(key.id.as_str(), &key.secret).await));
        let new = file
            .add("desk", [Scope::Verify].into(), UtcDateTime::UNIX_EPOCH)
            .unwrap();
        assert!(is_known(&ring.check(new.id.as_str(), &new.secret).await));
        std::fs::remove_file(file.path()).unwrap();
        assert!(!is_known(&ring.check(new.id.as_str(), &new.secret).await));
    }
}
