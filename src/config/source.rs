//! Reading a file with its line numbers, its unknown keys and its inheritance.

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::de::DeTable;

use super::ConfigError;
use super::keys;

/// No config file is as large; a wrong path to an image or device is caught by this.
const MAX_BYTES: u64 = 256 * 1024;

/// Reads a file into `T`, after checking its keys against the example's.
///
/// # Errors
/// If it can't be read, is no TOML, has an unknown key, or a value of the wrong type.
pub(super) fn read<T: DeserializeOwned>(path: &Path, example: &str) -> Result<T, ConfigError> {
    let text = text(path)?;
    check_keys(path, &text, example)?;
    toml::from_str(&text).map_err(|error| syntax(path, &text, &error))
}

/// Reads a file that may name another in `inherits`, whose values it overrides.
///
/// # Errors
/// As [`read`], for each file of the chain, or if the chain is a loop.
pub(super) fn read_inherited<T: DeserializeOwned>(
    path: &Path,
    example: &str,
) -> Result<T, ConfigError> {
    let mut chain = vec![path.to_path_buf()];
    let mut merged = table(path, example)?;
    let mut current = path.to_path_buf();
    while let Some(parent) = merged.remove("inherits") {
        let parent = parent
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| ConfigError::Value {
                path: current.clone(),
                key: "inherits".into(),
                problem: "must be the name of a file beside this one".into(),
            })?;
        let next = current.with_file_name(parent);
        if chain.contains(&next) {
            return Err(ConfigError::InheritanceLoop {
                path: next,
                by: current,
            });
        }
        let base = table(&next, example)?;
        merged = overlay(base, merged);
        chain.push(next.clone());
        current = next;
    }
    merged
        .try_into()
        .map_err(|error: toml::de::Error| ConfigError::Value {
            path: path.to_path_buf(),
            key: key_of(&error).unwrap_or_else(|| "after inheritance".into()),
            problem: error.message().to_owned(),
        })
}

/// The key at which a value won't do: the library tells it in the last line of its text alone.
fn key_of(error: &toml::de::Error) -> Option<String> {
    let text = error.to_string();
    let last = text.trim_end().lines().last()?;
    let key = last.strip_prefix("in `")?.strip_suffix('`')?;
    Some(key.to_owned())
}

fn table(path: &Path, example: &str) -> Result<toml::Table, ConfigError> {
    let text = text(path)?;
    check_keys(path, &text, example)?;
    toml::from_str(&text).map_err(|error| syntax(path, &text, &error))
}

/// Tables are merged key by key; a table that names another `kind` replaces the one below it whole.
fn overlay(mut base: toml::Table, over: toml::Table) -> toml::Table {
    for (key, value) in over {
        let merged = match (base.remove(&key), value) {
            (Some(toml::Value::Table(low)), toml::Value::Table(high))
                if !changes_kind(&low, &high) =>
            {
                toml::Value::Table(overlay(low, high))
            }
            (_, value) => value,
        };
        base.insert(key, merged);
    }
    base
}

fn changes_kind(low: &toml::Table, high: &toml::Table) -> bool {
    high.get("kind")
        .is_some_and(|kind| low.get("kind") != Some(kind))
}

fn text(path: &Path) -> Result<String, ConfigError> {
    let read = |source| ConfigError::Read {
        path: path.to_path_buf(),
        source,
    };
    let size = fs::metadata(path).map_err(read)?.len();
    if size > MAX_BYTES {
        return Err(ConfigError::TooLarge {
            path: path.to_path_buf(),
            limit: MAX_BYTES,
        });
    }
    fs::read_to_string(path).map_err(read)
}

fn check_keys(path: &Path, text: &str, example: &str) -> Result<(), ConfigError> {
    let file = DeTable::parse(text).map_err(|error| syntax(path, text, &error))?;
    let example = DeTable::parse(example)
        .map_err(|error| syntax(Path::new("built-in example"), example, &error))?;
    match keys::first_unknown(file.get_ref(), example.get_ref()) {
        None => Ok(()),
        Some(unknown) => Err(ConfigError::UnknownKey {
            path: path.to_path_buf(),
            line: line_of(text, unknown.offset),
            key: unknown.key,
            nearest: unknown.nearest,
        }),
    }
}

fn syntax(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let line = line_of(text, error.span().map_or(0, |span| span.start));
    ConfigError::Syntax {
        path: PathBuf::from(path),
        line,
        message: error.message().to_owned(),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}
