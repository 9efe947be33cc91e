//! Whether an answer has the fields that its dialect documents: their names, types and ranges.

use serde_json::Value;

/// Checks `answer` against `contract`, which has its shape: objects with the same keys, no more and no
/// less; arrays whose elements are all as the contract's one element; and for every other value a text
/// that tells what it is, see [`leaf`].
pub fn hold(answer: &Value, contract: &Value) {
    check("answer", answer, contract);
}

fn check(place: &str, answer: &Value, contract: &Value) {
    match contract {
        Value::Object(contract) => {
            let object = answer
                .as_object()
                .unwrap_or_else(|| panic!("{place} is no object: {answer}"));
            let (mut found, mut documented): (Vec<_>, Vec<_>) =
                (object.keys().collect(), contract.keys().collect());
            found.sort();
            documented.sort();
            assert_eq!(found, documented, "{place}");
            for (key, contract) in contract {
                check(&format!("{place}.{key}"), &object[key], contract);
            }
        }
        Value::Array(contract) => {
            let array = answer
                .as_array()
                .unwrap_or_else(|| panic!("{place} is no array: {answer}"));
            for (index, element) in array.iter().enumerate() {
                check(&format!("{place}[{index}]"), element, &contract[0]);
            }
        }
        Value::String(kind) => {
            assert!(leaf(answer, kind), "{place} is no {kind:?}: {answer}");
        }
        other => panic!("{place}: {other} is no contract"),
    }
}

/// Checks that a document's sample would hold: every field of it is in the contract, and is of its kind there. The
/// contract may have more. Places in `differing` are told of in docs/api.
pub fn covers(contract: &Value, sample: &Value, differing: &[&str]) {
    cover("", contract, sample, differing);
}

fn cover(place: &str, contract: &Value, sample: &Value, differing: &[&str]) {
    if differing.contains(&place) {
        return;
    }
    match sample {
        Value::Object(fields) => {
            for (key, value) in fields {
                let contract = contract.get(key);
                let contract = contract.unwrap_or_else(|| panic!("{place}.{key} is missing"));
                cover(&format!("{place}.{key}"), contract, value, differing);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                cover(&format!("{place}[]"), &contract[0], element, differing);
            }
        }
        value => {
            let kind = contract.as_str();
            let kind = kind.unwrap_or_else(|| panic!("{place} is {value} in the document"));
            assert!(
                leaf(value, kind),
                "{place} is {value} in the document, no {kind:?}"
            );
        }
    }
}

/// `"a|b"` is one of several kinds, `"=x"` the text `x`.
fn leaf(value: &Value, kind: &str) -> bool {
    if let Some((first, rest)) = kind.split_once('|') {
        return leaf(value, first) || leaf(value, rest);
    }
    if let Some(literal) = kind.strip_prefix('=') {
        return value == literal;
    }
    let text = value.as_str();
    let number = value.as_f64();
    let hexadecimal = |digits: usize| {
        text.is_some_and(|t| t.len() == digits && t.chars().all(|c| c.is_ascii_hexdigit()))
    };
    let capitals = |length: usize| {
        text.is_some_and(|t| t.len() == length && t.chars().all(|c| c.is_ascii_alphanumeric()))
    };
    match kind {
        "null" => value.is_null(),
        "bool" => value.is_boolean(),
        "text" => text.is_some_and(|t| !t.is_empty()),
        "score" => number.is_some_and(|n| (0.0..=1.0).contains(&n)),
        "cosine" => number.is_some_and(|n| (-1.0..=1.0).contains(&n)),
        "percent" => number.is_some_and(|n| (0.0..=100.0).contains(&n)),
        "percent text" => text.is_some_and(|t| t.parse::<u8>().is_ok_and(|n| n <= 100)),
        "score text" => text.is_some_and(|t| {
            t.contains('.') && t.parse().is_ok_and(|n: f64| (0.0..=1.0).contains(&n))
        }),
        "degrees text" => {
            text.is_some_and(|t| t.parse().is_ok_and(|n: f64| (-180.0..=180.0).contains(&n)))
        }
        "url" => text.is_some_and(|t| t.parse::<reqwest::Url>().is_ok_and(|url| url.has_host())),
        "pixels" => number.is_some_and(|n| (0.0..=20_000.0).contains(&n)),
        "0" | "1" => value.as_i64().map(|n| n.to_string()).as_deref() == Some(kind),
        "uuid" => text.is_some_and(|t| t.parse::<uuid::Uuid>().is_ok()),
        "32 hex" => hexadecimal(32),
        "24 hex" => hexadecimal(24),
        "64 hex" => hexadecimal(64),
        "5 letters" => capitals(5),
        "12 letters" => capitals(12),
        "date" => is_like(text, "dddd-dd-dd dd:dd:dd"),
        "timestamp" => is_like(text, "dddd-dd-ddTdd:dd:dd.dddZ"),
        "long date" => text.is_some_and(|t| {
            let parts: Vec<&str> = t.split(' ').collect();
            parts.len() == 5 && parts[1].ends_with(',') && ["AM", "PM"].contains(&parts[4])
        }),
        other => panic!("{other:?} is no kind"),
    }
}

/// Whether every `d` is a digit and everything else is itself.
fn is_like(text: Option<&str>, form: &str) -> bool {
    text.is_some_and(|text| {
        text.len() == form.len()
            && text.chars().zip(form.chars()).all(|(c, f)| match f {
                'd' => c.is_ascii_digit(),
                f => c == f,
            })
    })
}
