//! What comes out of a seal, decoded and nothing done with it: for the fuzz targets, which have no keys.

use super::{identity, portable, record};

/// Whether it is the plaintext of an exported gallery.
#[must_use]
pub fn is_gallery(bytes: &[u8]) -> bool {
    portable::decode(bytes).is_ok()
}

/// Whether it is the record of a subject.
#[must_use]
pub fn is_enrolment(bytes: &[u8]) -> bool {
    record::decode(bytes).is_ok()
}

/// Whether it is the record of an identity.
#[must_use]
pub fn is_identity(bytes: &[u8]) -> bool {
    identity::decode(bytes).is_ok()
}
