//! A person as an identity source, such as a register of ID cards, knows them.

use std::fmt;

use super::{Quality, Template};

/// A text that can't be an ID type or an ID number of an identity source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityKeyError {
    #[error("an ID type has 1 to {max} characters of A-Z, 0-9, '.', '_' and '-'", max = IdentityKey::MAX_TYPE)]
    Type,
    #[error("an ID number has 1 to {max} characters of A-Z, 0-9, '.', '_', '-', '/' and single spaces between them", max = IdentityKey::MAX_NUMBER)]
    Number,
}

/// The kind of document and its number: what finds a person in an identity source.
///
/// Letters are kept in upper case, so that `ab-12` and `AB-12` are one number.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdentityKey {
    id_type: String,
    number: String,
}

impl IdentityKey {
    /// The most characters of an ID type.
    pub const MAX_TYPE: usize = 32;
    /// The most characters of an ID number.
    pub const MAX_NUMBER: usize = 64;

    /// Takes both as a caller or a table has them.
    ///
    /// # Errors
    /// If one is empty, too long or has other characters. The text itself is not in the message: it may
    /// be somebody's number.
    pub fn new(id_type: &str, number: &str) -> Result<Self, IdentityKeyError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if !(1..=Self::MAX_TYPE).contains(&id_type.len()) || !id_type.chars().all(plain) {
            return Err(IdentityKeyError::Type);
        }
        let spaced = number.trim() != number || number.contains("  ");
        if !(1..=Self::MAX_NUMBER).contains(&number.len())
            || spaced
            || !number.chars().all(|c| plain(c) || c == '/' || c == ' ')
        {
            return Err(IdentityKeyError::Number);
        }
        Ok(Self {
            id_type: id_type.to_ascii_uppercase(),
            number: number.to_ascii_uppercase(),
        })
    }

    /// The kind of document, such as `PASSPORT`.
    #[must_use]
    pub fn id_type(&self) -> &str {
        &self.id_type
    }

    /// The document's number.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }
}

/// ID numbers are personal data and stay out of logs.
impl fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityKey({}, number redacted)", self.id_type)
    }
}

/// What an identity source knows of a person. Redacted in `Debug`.
#[derive(Clone, PartialEq)]
pub struct Identity {
    pub key: IdentityKey,
    /// Names and values as the source has them, such as `date_of_birth` and `1961-08-04`; in its order.
    pub attributes: Vec<(String, String)>,
    /// Of the portrait on record.
    pub reference: Template,
    /// Of the portrait on record.
    pub quality: Quality,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("key", &self.key)
            .field("attributes", &self.attributes.len())
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}

/// What an identity source answers.
#[derive(Debug, Clone, PartialEq)]
pub enum IdentityLookup {
    /// This board has no identity source.
    NoSource,
    /// The source has no such document.
    Unknown,
    Known(Box<Identity>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_whatever_their_case() {
        let key = IdentityKey::new("passport", "ab 12/3-x.y_z").unwrap();
        assert_eq!((key.id_type(), key.number()), ("PASSPORT", "AB 12/3-X.Y_Z"));
    }

    #[test]
    fn what_no_register_issues_is_refused() {
        let long = "9".repeat(65);
        for number in ["", " 1", "1 ", "1  2", "é", "1;DROP", "1\n2", "1\0", &long] {
            let refused = IdentityKey::new("NIN", number);
            assert_eq!(refused, Err(IdentityKeyError::Number), "{number:?}");
        }
        for id_type in ["", "A B", "A/B", "ü", &long] {
            let refused = IdentityKey::new(id_type, "1");
            assert_eq!(refused, Err(IdentityKeyError::Type), "{id_type:?}");
        }
    }

    #[test]
    fn debug_tells_no_number() {
        let key = IdentityKey::new("NIN", "12345678").unwrap();
        assert!(!format!("{key:?}").contains("1234"));
    }
}
