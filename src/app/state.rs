//! The data folder: what a door keeps.

use std::fs::DirBuilder;
use std::num::NonZeroU32;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::domain::ModelId;
use crate::enrolment::{IdentityTable, Store, StoreKey};
use crate::http::api::ResultSigner;
use crate::http::api::keys::KeyFile;
use crate::telemetry::{AuditKey, AuditLog, Outbox};

use super::AppError;

/// Decisions that wait for an absent broker at most; the audit log has them all.
// Evaluated by the compiler: a zero would not build.
const OUTBOX_CAPACITY: NonZeroU32 = NonZeroU32::new(100_000).unwrap();

/// The data folder and where everything in it is.
#[derive(Debug, Clone)]
pub struct State {
    folder: PathBuf,
}

impl State {
    /// The state in `folder`, which is made when something is first kept in it.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
        }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the folder and that of the keys, for this user alone.
    ///
    /// # Errors
    /// If it can't be made.
    pub fn create(&self) -> Result<(), AppError> {
        let keys = self.folder.join("keys");
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&keys);
        made.map_err(|source| AppError::Data { path: keys, source })
    }

    /// The key that the store is sealed with, unless it is a systemd credential.
    #[must_use]
    pub fn store_key(&self) -> PathBuf {
        self.folder.join("keys/store.key")
    }

    /// The keys of the local API.
    #[must_use]
    pub fn api_keys(&self) -> KeyFile {
        KeyFile::new(self.folder.join("keys/api-keys.json"))
    }

    /// What the local API signs its results with; made if there is none.
    ///
    /// # Errors
    /// If it can't be used or made.
    pub fn result_signer(&self) -> Result<ResultSigner, AppError> {
        self.create()?;
        let key = self.folder.join("keys/result.key");
        Ok(ResultSigner::load_or_create(&key)?)
    }

    /// Where the enrolled people are.
    #[must_use]
    pub fn gallery(&self) -> PathBuf {
        self.folder.join("gallery")
    }

    /// Where the audit log is.
    #[must_use]
    pub fn audit(&self) -> PathBuf {
        self.folder.join("audit")
    }

    /// Where the liveness scale of this door's camera is kept.
    #[must_use]
    pub fn site_calibration(&self) -> PathBuf {
        self.folder.join("site-calibration.toml")
    }

    /// Opens the store for reading what is enrolled.
    ///
    /// # Errors
    /// If nobody has been enrolled yet, or store or key can't be used.
    pub fn open_store(&self, model: &ModelId) -> Result<Store, AppError> {
        let key = StoreKey::load(&self.store_key(), &self.gallery())?;
        Ok(Store::open(&self.gallery(), &key, model)?)
    }

    /// Opens the store for enrolling; makes key and store if there are none.
    ///
    /// # Errors
    /// If store or key can't be used or made.
    pub fn open_or_create_store(&self, model: &ModelId) -> Result<Store, AppError> {
        self.create()?;
        let key = StoreKey::load_or_create(&self.store_key(), &self.gallery())?;
        Ok(Store::open(&self.gallery(), &key, model)?)
    }

    /// Opens the identities; nothing if nobody has been imported.
    ///
    /// # Errors
    /// If table or key can't be used.
    pub fn open_identities(&self) -> Result<Option<IdentityTable>, AppError> {
        if !IdentityTable::exists(&self.gallery())? {
            return Ok(None);
        }
        let key = StoreKey::load(&self.store_key(), &self.gallery())?;
        Ok(Some(IdentityTable::open(&self.gallery(), &key)?))
    }

    /// Opens the identities for an import; makes key and table if there are none.
    ///
    /// # Errors
    /// If table or key can't be used or made.
    pub fn open_or_create_identities(&self) -> Result<IdentityTable, AppError> {
        self.create()?;
        let key = StoreKey::load_or_create(&self.store_key(), &self.gallery())?;
        Ok(IdentityTable::open(&self.gallery(), &key)?)
    }

    /// Opens the audit log.
    ///
    /// # Errors
    /// If it or its key can't be used or made.
    pub fn open_audit(&self) -> Result<AuditLog, AppError> {
        self.create()?;
        let key = AuditKey::load_or_create(&self.folder.join("keys/audit.key"))?;
        Ok(AuditLog::open(&self.audit(), key)?)
    }

    /// Opens the log of the local API's calls. It is another than that of the door, so that no caller can
    /// keep the door's from the disk; the key is the same.
    ///
    /// # Errors
    /// If it or its key can't be used or made.
    pub fn open_call_log(&self) -> Result<AuditLog, AppError> {
        self.create()?;
        let key = AuditKey::load_or_create(&self.folder.join("keys/audit.key"))?;
        Ok(AuditLog::open(&self.folder.join("api-audit"), key)?)
    }

    /// Opens the queue of decisions for the broker.
    ///
    /// # Errors
    /// If it can't be used or made.
    pub fn open_outbox(&self) -> Result<Outbox, AppError> {
        self.create()?;
        Ok(Outbox::open(
            &self.folder.join("outbox.db"),
            OUTBOX_CAPACITY,
        )?)
    }
}
