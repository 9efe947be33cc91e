//! Addresses of pages and temporary files.

use std::fmt;

use super::{MediaKind, Token};

/// Where pages of sessions are, before the token.
pub const PAGES: &str = "/verify-video";
/// Where temporary files are, before the token.
pub const MEDIA: &str = "/media";

/// The address of a picture or clip. One of ours opens it to whoever knows it, so it is redacted in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct MediaUrl(String);

impl MediaUrl {
    /// Of one of our files; `base` as in `https://kiosk.example`.
    #[must_use]
    pub fn ours(base: &str, token: &Token, kind: MediaKind) -> Self {
        Self(format!(
            "{base}{MEDIA}/{}.{}",
            token.as_str(),
            kind.extension()
        ))
    }

    /// Of a file elsewhere.
    #[must_use]
    pub fn elsewhere(url: &str) -> Self {
        Self(url.to_owned())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MediaUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MediaUrl(..)")
    }
}

/// The address of a session's page.
#[must_use]
pub fn page(base: &str, token: &Token) -> String {
    format!("{base}{PAGES}/{}", token.as_str())
}

/// Whether a caller's address may be gone to by the person's browser.
#[must_use]
pub fn is_web_address(text: &str) -> bool {
    text.len() <= 2048
        && reqwest::Url::parse(text).is_ok_and(|url| {
            ["http", "https"].contains(&url.scheme())
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
        })
}

/// An address with more in its query.
#[must_use]
pub fn with_query(address: &str, pairs: &[(&'static str, String)]) -> Option<String> {
    let mut url = reqwest::Url::parse(address).ok()?;
    url.query_pairs_mut().extend_pairs(pairs);
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_gone_to() {
        for good in ["https://app.example/done?a=1", "http://127.0.0.1:8000/x"] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in [
            "",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "//app.example",
            "/relative",
            "https://user:password@app.example",
            "https://",
            &format!("https://app.example/{}", "x".repeat(2048)),
        ] {
            assert!(!is_web_address(bad), "{bad}");
        }
    }

    #[test]
    fn a_query_is_added_to_the_one_there_is() {
        assert_eq!(
            with_query(
                "https://app.example/done?a=1#end",
                &[("status", "In Review".to_owned())]
            ),
            Some("https://app.example/done?a=1&status=In+Review#end".to_owned())
        );
    }
}
