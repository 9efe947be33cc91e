//! What the panel says, in five languages.

mod english;
mod french;
mod german;
mod portuguese;
mod spanish;

use std::str::FromStr;

use crate::domain::Screen;

use super::PanelError;

/// A language the panel speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    English,
    German,
    French,
    Spanish,
    Portuguese,
}

/// One clear message: what it is, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    pub title: &'static str,
    /// One paragraph a line.
    pub detail: &'static str,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 5] = [
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Portuguese,
    ];

    /// The ISO 639-1 code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Portuguese => "pt",
        }
    }

    /// The words for a screen.
    #[must_use]
    pub fn message(self, screen: &Screen) -> Message {
        match self {
            Self::English => english::message(screen),
            Self::German => german::message(screen),
            Self::French => french::message(screen),
            Self::Spanish => spanish::message(screen),
            Self::Portuguese => portuguese::message(screen),
        }
    }
}

impl FromStr for Language {
    type Err = PanelError;

    /// Takes an ISO 639-1 code; a region after it (`de-AT`, `pt_BR`) changes nothing.
    fn from_str(tag: &str) -> Result<Self, PanelError> {
        let code = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(code))
            .ok_or_else(|| PanelError::UnknownLanguage(tag.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_with_and_without_a_region() {
        for language in Language::ALL {
            assert_eq!(language.code().parse::<Language>().unwrap(), language);
        }
        assert_eq!("pt_BR".parse::<Language>().unwrap(), Language::Portuguese);
        assert_eq!("DE-at".parse::<Language>().unwrap(), Language::German);
    }

    #[test]
    fn an_unknown_language_is_named_with_those_there_are() {
        for tag in ["", "nl", "-", "english", "日本"] {
            let error = tag.parse::<Language>().unwrap_err().to_string();
            assert!(error.contains(&format!("{tag:?}")), "{error}");
            assert!(error.contains("en, de, fr, es, pt"), "{error}");
        }
    }
}
