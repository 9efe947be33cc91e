//! A line of the board, and the back end that drives or reads it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// An output. What the level file shows is its logical level, "0" or "1".
pub type OutputLine = Line<NoBias, Option<PathBuf>>;

/// An input. Its level file holds "1" while it is active.
pub type InputLine = Line<Bias, PathBuf>;

/// A line with the bias `B` that it may be given, or a simulated one with the level file `F`.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Line<B: Default, F> {
    Gpiocdev {
        chip: PathBuf,
        /// Name or offset.
        line: String,
        #[serde(default)]
        active_low: bool,
        #[serde(default)]
        bias: B,
    },
    /// It can't set a bias.
    #[serde(rename = "linux-embedded-hal")]
    LinuxEmbeddedHal {
        chip: PathBuf,
        /// Name or offset.
        line: String,
        #[serde(default)]
        active_low: bool,
    },
    /// Of a Raspberry Pi's header.
    Rppal {
        line: HeaderLine,
        #[serde(default)]
        active_low: bool,
        #[serde(default)]
        bias: B,
    },
    Simulated {
        level_file: F,
    },
}

/// An output is driven, so nothing else has to hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "toml::Value")]
pub struct NoBias;

impl TryFrom<toml::Value> for NoBias {
    type Error = &'static str;

    fn try_from(_: toml::Value) -> Result<Self, Self::Error> {
        Err("an output has no bias: remove the key")
    }
}

/// A line of a Raspberry Pi's header by its BCM number, 0 to 27: those above drive parts of the board itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "toml::Value")]
pub struct HeaderLine(pub u8);

impl TryFrom<toml::Value> for HeaderLine {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        let number = match &value {
            toml::Value::Integer(number) => u8::try_from(*number).ok(),
            toml::Value::String(text) => text.strip_prefix("GPIO").unwrap_or(text).parse().ok(),
            _ => None,
        };
        number.filter(|n| *n <= 27).map(Self).ok_or_else(|| {
            format!("rppal knows lines by their BCM number, GPIO0 to GPIO27, and not as {value}")
        })
    }
}

/// What holds an input that nothing drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bias {
    #[default]
    AsIs,
    PullUp,
    PullDown,
}

/// Where a line is, as far as the file alone tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place<'b> {
    OnChip(&'b Path, &'b str),
    OnHeader(u8),
}

impl<B: Default, F> Line<B, F> {
    fn place(&self) -> Option<Place<'_>> {
        match self {
            Self::Gpiocdev { chip, line, .. } | Self::LinuxEmbeddedHal { chip, line, .. } => {
                Some(Place::OnChip(chip, line))
            }
            Self::Rppal { line, .. } => Some(Place::OnHeader(line.0)),
            Self::Simulated { .. } => None,
        }
    }
}

impl OutputLine {
    pub(super) fn resolve(&mut self, folder: &Path) {
        if let Self::Simulated {
            level_file: Some(file),
        } = self
        {
            *file = folder.join(&*file);
        }
    }
}

impl InputLine {
    pub(super) fn resolve(&mut self, folder: &Path) {
        if let Self::Simulated { level_file } = self {
            *level_file = folder.join(&*level_file);
        }
    }
}

impl fmt::Display for OutputLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place() {
            Some(place) => place.fmt(f),
            None => f.write_str("a simulated line"),
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnChip(chip, line) => write!(f, "line {line:?} of {}", chip.display()),
            Self::OnHeader(line) => write!(f, "line GPIO{line} of the header"),
        }
    }
}

/// Finds lines without a name, and those that two keys name in the same way. What two names stand for
/// the same line is only known on the board, where it is looked for again.
///
/// # Errors
/// The key and what is wrong with it.
pub(super) fn check_places<'b>(
    outputs: impl Iterator<Item = (&'static str, &'b OutputLine)>,
    inputs: impl Iterator<Item = (&'static str, &'b InputLine)>,
) -> Result<(), (&'static str, String)> {
    let outputs = outputs.filter_map(|(key, line)| Some((key, line.place()?)));
    let inputs = inputs.filter_map(|(key, line)| Some((key, line.place()?)));
    let mut used = BTreeMap::new();
    for (key, place) in outputs.chain(inputs) {
        if matches!(place, Place::OnChip(_, "")) {
            return Err((key, "line is empty: give its name or offset".into()));
        }
        if let Some(other) = used.insert(place, key) {
            return Err((key, format!("{place} is that of {other} already")));
        }
    }
    Ok(())
}
