//! Authenticated encryption of records, and the keyed hash that finds them.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::EnrolmentError;

/// Keyed hash of an ID number.
pub(super) type Lookup = [u8; 32];

const NONCE_LEN: usize = 24;

/// Seals with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha). Its random 192-bit nonces don't repeat in
/// any number of records a door will see.
///
/// One master key, three independent uses of it: HMAC-SHA-256 (RFC 2104) of a label gives each its own.
pub(super) struct Sealer {
    cipher: XChaCha20Poly1305,
    lookup_key: Zeroizing<[u8; 32]>,
    check: [u8; 32],
}

impl Sealer {
    /// Bytes that sealing adds: the nonce in front and the tag behind.
    pub(super) const OVERHEAD: usize = NONCE_LEN + 16;

    pub(super) fn new(master: &[u8; 32]) -> Self {
        let encryption = mac(master, &[b"ostiary encryption 1"]);
        Self {
            cipher: XChaCha20Poly1305::new((&*encryption).into()),
            lookup_key: mac(master, &[b"ostiary lookup 1"]),
            check: *mac(master, &[b"ostiary key check 1"]),
        }
    }

    /// Tells a wrong key from damaged data, and tells nothing else about the key.
    pub(super) fn check_value(&self) -> &[u8; 32] {
        &self.check
    }

    /// The same for the same text and key, and without the key like random bytes.
    pub(super) fn lookup(&self, text: &str) -> Lookup {
        *mac(&self.lookup_key, &[text.as_bytes()])
    }

    /// Nonce and ciphertext with tag; opens only with the same `context`.
    pub(super) fn seal(&self, context: &[u8], message: &[u8]) -> Result<Vec<u8>, EnrolmentError> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(EnrolmentError::Random)?;
        let payload = Payload {
            msg: message,
            aad: context,
        };
        let ciphertext = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            // The cipher refuses nothing else than 256 GiB and more, for which 32-bit boards have no number.
            .map_err(|_| EnrolmentError::TooLong {
                what: "a sealed record",
                limit: u32::MAX as usize,
            })?;
        Ok([nonce.as_slice(), &ciphertext].concat())
    }

    /// The message; `None` if it was altered, or sealed with another key or context.
    pub(super) fn open(&self, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let payload = Payload {
            msg: ciphertext,
            aad: context,
        };
        let message = self.cipher.decrypt(nonce.into(), payload).ok()?;
        Some(Zeroizing::new(message))
    }
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    // RFC 2104 pads a short key with zeros to the hash's block.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new((&*block).into());
    parts.iter().for_each(|part| mac.update(part));
    Zeroizing::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_only_unaltered_with_its_key_and_context() {
        let sealer = Sealer::new(&[1; 32]);
        let sealed = sealer.seal(b"here", b"message").unwrap();
        assert_eq!(
            sealer.open(b"here", &sealed).unwrap().as_slice(),
            b"message"
        );
        assert!(sealer.open(b"there", &sealed).is_none());
        assert!(Sealer::new(&[2; 32]).open(b"here", &sealed).is_none());
        for byte in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[byte] ^= 1;
            assert!(sealer.open(b"here", &altered).is_none(), "byte {byte}");
            assert!(sealer.open(b"here", &sealed[..byte]).is_none());
        }
    }

    #[test]
    fn the_same_message_never_seals_alike() {
        let sealer = Sealer::new(&[1; 32]);
        assert_ne!(
            sealer.seal(b"", b"m").unwrap(),
            sealer.seal(b"", b"m").unwrap()
        );
    }

    /// RFC 4231, test case 2, whose key is short of 32 bytes by zeros that HMAC adds anyway.
    #[test]
    fn the_keyed_hash_is_hmac_sha_256() {
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        assert_eq!(
            mac(&key, &[b"what do ya want ", b"for nothing?"])[..8],
            [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]
        );
    }
}
