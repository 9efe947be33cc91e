//! One line of the log.
//!
//! ```json
//! {"v":1,"seq":17,"at":"2026-03-02T08:15:30.124Z","prev":"<64 hex>","entry":{"event":"decision",...},"sig":"<128 hex>"}
//! ```
//!
//! `prev` is the SHA-256 of the whole line before, without its line feed (zeros in the first record);
//! `sig` is the Ed25519 signature of the bytes ahead of `,"sig":`, exactly as they stand in the file.

use ed25519_dalek::Signature;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::UtcDateTime;

use super::{AuditKey, AuditPublicKey};
use crate::telemetry::{
    DecisionMessage, DoorMessage, EnrolmentMessage, TelemetryError, Version, hex, timestamp,
};

/// No record is longer, in bytes.
pub(super) const MAX_LEN: usize = 64 * 1024;

const SIGNATURE_DIGITS: usize = Signature::BYTE_SIZE * 2;
const BEFORE_SIGNATURE: &[u8] = br#","sig":""#;
const AFTER_SIGNATURE: &[u8] = br#""}"#;

/// What is worth a record.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AuditEntry<'e> {
    Decision(&'e DecisionMessage),
    Door(&'e DoorMessage),
    /// Of an enrolment at the door.
    Enrolment(&'e EnrolmentMessage),
    /// A call of the local API was answered.
    Call(&'e CallEntry),
    /// A half-written record, never acknowledged, was moved out of the log when it was opened.
    TornTail {
        bytes: u64,
        moved_to: &'e str,
    },
}

/// Who asked for what, how it ended and how long it took.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallEntry {
    /// The name of the key that was shown; `None` if nobody was let through.
    pub caller: Option<String>,
    /// The id of that key.
    pub client: Option<String>,
    /// The address that the request came from.
    pub peer: Option<String>,
    pub method: String,
    /// The route as it is documented; `None` if there is none for the path.
    pub route: Option<String>,
    /// HTTP status.
    pub status: u16,
    /// A finer code, if there is one.
    pub outcome: Option<&'static str>,
    pub took_ms: u64,
}

impl<'e> From<&'e CallEntry> for AuditEntry<'e> {
    fn from(entry: &'e CallEntry) -> Self {
        Self::Call(entry)
    }
}

impl<'e> From<&'e DecisionMessage> for AuditEntry<'e> {
    fn from(message: &'e DecisionMessage) -> Self {
        Self::Decision(message)
    }
}

impl<'e> From<&'e DoorMessage> for AuditEntry<'e> {
    fn from(message: &'e DoorMessage) -> Self {
        Self::Door(message)
    }
}

impl<'e> From<&'e EnrolmentMessage> for AuditEntry<'e> {
    fn from(message: &'e EnrolmentMessage) -> Self {
        Self::Enrolment(message)
    }
}

/// The end of the chain, where the next record joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) next_sequence: u64,
    /// SHA-256 of the last line.
    pub(super) hash: [u8; 32],
}

impl Link {
    /// Where the first record of all joins.
    pub(super) const START: Self = Self {
        next_sequence: 1,
        hash: [0; 32],
    };

    /// Moves on behind `line`, which is the next record.
    pub(super) fn advance(&mut self, line: &[u8]) {
        self.next_sequence = self.next_sequence.saturating_add(1);
        self.hash = Sha256::digest(line.trim_ascii_end()).into();
    }
}

#[derive(Serialize)]
pub(super) struct Record<'r> {
    v: Version,
    seq: u64,
    #[serde(with = "timestamp")]
    at: UtcDateTime,
    prev: String,
    entry: &'r AuditEntry<'r>,
}

impl<'r> Record<'r> {
    pub(super) fn new(link: &Link, at: UtcDateTime, entry: &'r AuditEntry<'r>) -> Self {
        Self {
            v: Version,
            seq: link.next_sequence,
            at,
            prev: hex::encode(&link.hash),
            entry,
        }
    }

    /// The signed line, with its line feed.
    pub(super) fn to_line(&self, key: &AuditKey) -> Result<Vec<u8>, TelemetryError> {
        let mut line = serde_json::to_vec(self).map_err(TelemetryError::Json)?;
        // The closing brace comes back behind the signature.
        line.pop();
        let signature = key.sign(&line);
        line.extend_from_slice(BEFORE_SIGNATURE);
        line.extend_from_slice(hex::encode(&signature.to_bytes()).as_bytes());
        line.extend_from_slice(AFTER_SIGNATURE);
        line.push(b'\n');
        Ok(line)
    }
}

/// What of a line matters to the chain.
#[derive(Deserialize)]
struct Header {
    #[serde(rename = "v")]
    _version: Version,
    seq: u64,
    prev: String,
}

/// A line read back: well formed, not yet trusted.
pub(super) struct Parsed<'l> {
    pub(super) sequence: u64,
    pub(super) previous: [u8; 32],
    signed: &'l [u8],
    signature: Signature,
}

impl<'l> Parsed<'l> {
    /// Reads a line, without its line feed; `Err` says what keeps it from being a record.
    pub(super) fn of(line: &'l [u8]) -> Result<Self, String> {
        let header: Header = serde_json::from_slice(line).map_err(|e| format!("no record: {e}"))?;
        let (signed, digits) = line
            .strip_suffix(AFTER_SIGNATURE)
            .and_then(|rest| rest.split_at_checked(rest.len().checked_sub(SIGNATURE_DIGITS)?))
            .and_then(|(rest, digits)| Some((rest.strip_suffix(BEFORE_SIGNATURE)?, digits)))
            .ok_or("no signature at the end of the record")?;
        let signature = hex::decode(digits).ok_or("the signature is not in hexadecimal")?;
        let previous = hex::decode(header.prev.as_bytes()).ok_or("`prev` is no SHA-256")?;
        Ok(Self {
            sequence: header.seq,
            previous,
            signed,
            signature: Signature::from_bytes(&signature),
        })
    }

    pub(super) fn is_signed_by(&self, key: &AuditPublicKey) -> bool {
        key.is_signature_of(&self.signature, self.signed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    const ENTRY: AuditEntry<'static> = AuditEntry::TornTail {
        bytes: 9,
        moved_to: "x",
    };

    fn line(key: &AuditKey) -> Vec<u8> {
        let at = UtcDateTime::UNIX_EPOCH;
        let mut line = Record::new(&Link::START, at, &ENTRY).to_line(key).unwrap();
        line.pop();
        line
    }

    fn key() -> &'static AuditKey {
        static KEY: LazyLock<AuditKey> = LazyLock::new(|| {
            let dir = tempfile::tempdir().unwrap();
            AuditKey::load_or_create(&dir.path().join("key")).unwrap()
        });
        &KEY
    }

    #[test]
    fn a_line_reads_back() {
        let key = key();
        let line = line(key);
        let parsed = Parsed::of(&line).unwrap();
        assert_eq!((parsed.sequence, parsed.previous), (1, [0; 32]));
        assert!(parsed.is_signed_by(&key.public()));
        assert!(
            line.starts_with(br#"{"v":1,"seq":1,"at":"1970-01-01T00:00:00.000Z","prev":"0000"#)
        );
    }

    proptest! {
        #[test]
        fn no_changed_byte_goes_unseen(at in 0_usize..10_000, flip in 1_u8..=255) {
            let key = key();
            let mut line = line(key);
            let at = at % line.len();
            line[at] ^= flip;
            let sound = Parsed::of(&line).is_ok_and(|parsed| parsed.is_signed_by(&key.public()));
            prop_assert!(!sound);
        }

        #[test]
        fn arbitrary_bytes_never_panic(line in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Parsed::of(&line).is_err());
        }
    }
}
