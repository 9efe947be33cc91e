//! Which keys a file may have: those of the documented example beside this file.

use toml::de::{DeTable, DeValue};

/// A key that the example does not have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    /// Dotted path, as `policy.accept_similarty`.
    pub(super) key: String,
    /// Byte offset in the file.
    pub(super) offset: usize,
    /// The valid key that it resembles most.
    pub(super) nearest: Option<String>,
}

/// Finds the first key of `file` that `example` does not have.
pub(super) fn first_unknown(file: &DeTable<'_>, example: &DeTable<'_>) -> Option<Unknown> {
    compare("", file, example)
}

fn compare(prefix: &str, file: &DeTable<'_>, example: &DeTable<'_>) -> Option<Unknown> {
    for (key, value) in file.iter() {
        let name: &str = key.get_ref();
        let Some((_, known)) = example.iter().find(|(known, _)| known.get_ref() == name) else {
            let names = example.iter().map(|(known, _)| known.get_ref().as_ref());
            return Some(Unknown {
                key: format!("{prefix}{name}"),
                offset: key.span().start,
                nearest: nearest(name, names).map(|near| format!("{prefix}{near}")),
            });
        };
        if let (DeValue::Table(inner), DeValue::Table(known)) = (value.get_ref(), known.get_ref())
            && let Some(unknown) = compare(&format!("{prefix}{name}."), inner, known)
        {
            return Some(unknown);
        }
    }
    None
}

fn nearest<'k>(name: &str, keys: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    /// Below this likeness (Jaro-Winkler, 0 to 1) a suggestion would only confuse.
    const LIKE_ENOUGH: f64 = 0.75;
    keys.map(|key| (strsim::jaro_winkler(name, key), key))
        .filter(|(likeness, _)| *likeness >= LIKE_ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, key)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(file: &str) -> Option<Unknown> {
        let example = DeTable::parse("device = 'd'\n[policy]\naccept_similarity = 0.75\n").unwrap();
        first_unknown(DeTable::parse(file).unwrap().get_ref(), example.get_ref())
    }

    #[test]
    fn the_nearest_key_is_named_with_its_section() {
        let found = unknown("device = 'x'\n[policy]\naccept_similarty = 0.8\n").unwrap();
        assert_eq!(found.key, "policy.accept_similarty");
        assert_eq!(found.nearest.as_deref(), Some("policy.accept_similarity"));
    }

    #[test]
    fn nothing_is_suggested_for_what_resembles_nothing() {
        assert_eq!(unknown("zzz = 1\n").unwrap().nearest, None);
    }

    #[test]
    fn known_keys_pass() {
        assert_eq!(unknown("[policy]\naccept_similarity = 1\n"), None);
    }
}
