//! Numbers that nobody can guess: they name sessions, pages and temporary files.

use std::fmt;

use sha2::{Digest, Sha256};

/// 128 random bits, written as 32 lower-case hexadecimal digits. Whoever knows it has access, so it is
/// redacted in `Debug` and kept as a [`TokenHash`].
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// What is kept of a token. A look-up by it tells nothing of the token by the time it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl Token {
    /// A new one from the system's random source.
    ///
    /// # Errors
    /// If the system has no random source.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(format!("{:032x}", u128::from_be_bytes(bytes))))
    }

    /// The digits, for a URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The hash of this token.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

impl TokenHash {
    /// The hash of what somebody shows as a token.
    #[must_use]
    pub fn of(shown: &str) -> Self {
        Self(Sha256::digest(shown.as_bytes()).into())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_stay_out_of_sight() {
        let (a, b) = (Token::random().unwrap(), Token::random().unwrap());
        assert_ne!(a, b);
        assert_eq!(a.as_str().len(), 32);
        assert!(a.as_str().bytes().all(|b| b.is_ascii_hexdigit()));
        assert_eq!(a.hash(), TokenHash::of(a.as_str()));
        assert_ne!(a.hash(), b.hash());
        assert_eq!(format!("{a:?}"), "Token(..)");
    }
}
