//! Signatures of results, so that who gets one can show later that this board gave it.

use std::io::ErrorKind;
use std::path::Path;

use ed25519_dalek::{SECRET_KEY_LENGTH, Signer, SigningKey};
use zeroize::Zeroizing;

use super::{ApiError, private_file};

/// Signs results with Ed25519 (RFC 8032). The seed rests in a private file; it is wiped when dropped.
pub struct ResultSigner(SigningKey);

impl ResultSigner {
    /// Reads the key file; makes one on first use.
    ///
    /// # Errors
    /// If the file can't be read or made, others may read it, or it holds no key.
    pub fn load_or_create(path: &Path) -> Result<Self, ApiError> {
        let content = match private_file::read(path) {
            Err(ApiError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
                let mut seed = Zeroizing::new([0; SECRET_KEY_LENGTH]);
                getrandom::fill(&mut *seed)?;
                private_file::replace(path, &*seed)?;
                private_file::read(path)?
            }
            other => other?,
        };
        let seed: &[u8; SECRET_KEY_LENGTH] =
            content
                .as_slice()
                .try_into()
                .map_err(|_| ApiError::Content {
                    path: path.to_owned(),
                    problem: "holds no signing key: that is 32 bytes".into(),
                })?;
        Ok(Self(SigningKey::from_bytes(seed)))
    }

    /// The Ed25519 signature of `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    /// The half that others may know.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }
}

impl std::fmt::Debug for ResultSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ResultSigner(..)")
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signature, VerifyingKey};

    use super::*;

    #[test]
    fn the_key_is_made_once_and_its_signatures_hold() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.key");
        let signature = ResultSigner::load_or_create(&path)
            .unwrap()
            .sign(b"a result");
        let again = ResultSigner::load_or_create(&path).unwrap();
        let public = VerifyingKey::from_bytes(&again.public_key()).unwrap();
        let signature = Signature::from_bytes(&signature);
        assert!(public.verify_strict(b"a result", &signature).is_ok());
        assert!(public.verify_strict(b"another", &signature).is_err());
    }

    #[test]
    fn a_file_that_is_no_key_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.key");
        private_file::replace(&path, b"no key").unwrap();
        assert!(ResultSigner::load_or_create(&path).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"no key");
    }
}
