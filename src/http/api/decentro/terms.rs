//! What every request of this dialect has to say before anything is looked at.

use serde_json::Value;

use super::fault::Fault;
use super::wire::Terms;

/// Characters of a reference id or a purpose.
const MAX_TEXT: usize = 256;

/// A request's reference, after consent and purpose were given.
#[derive(Debug, PartialEq, Eq)]
pub struct Agreed {
    pub reference_id: String,
}

impl Terms {
    /// Checks consent, purpose and reference.
    ///
    /// # Errors
    /// The fault of the first that won't do.
    pub fn agreed(&self) -> Result<Agreed, Fault> {
        let reference_id = match &self.reference_id {
            None | Some(Value::Null) => return Err(Fault::EmptyReferenceId),
            Some(Value::String(text)) if text.trim().is_empty() => {
                return Err(Fault::EmptyReferenceId);
            }
            Some(Value::String(text)) if is_plain(text) => text.clone(),
            Some(_) => return Err(Fault::InvalidReferenceId),
        };
        match truth(self.consent.as_ref()) {
            Some(true) => {}
            Some(false) => return Err(Fault::ConsentFalse),
            None => return Err(Fault::InvalidConsentType),
        }
        match &self.purpose {
            None | Some(Value::Null) => Err(Fault::EmptyPurpose),
            Some(Value::String(text)) if text.trim().is_empty() => Err(Fault::EmptyPurpose),
            Some(Value::String(text)) if text.chars().count() > MAX_TEXT => Err(Fault::LongPurpose),
            Some(Value::String(_)) => Ok(Agreed { reference_id }),
            Some(_) => Err(Fault::InvalidPurpose),
        }
    }
}

fn is_plain(text: &str) -> bool {
    text.chars().count() <= MAX_TEXT && !text.chars().any(char::is_control)
}

/// A flag as JSON or as a form's text has it.
#[must_use]
pub fn truth(value: Option<&Value>) -> Option<bool> {
    match value? {
        Value::Bool(is) => Some(*is),
        Value::String(text) if text == "true" => Some(true),
        Value::String(text) if text == "false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn agreed(terms: Value) -> Result<Agreed, &'static str> {
        let terms: Terms = serde_json::from_value(terms).unwrap();
        terms.agreed().map_err(|fault| fault.key())
    }

    #[test]
    fn forms_and_json_agree_alike() {
        let expected = || {
            Ok(Agreed {
                reference_id: "a".into(),
            })
        };
        let json = json!({"reference_id": "a", "consent": true, "purpose": "bank"});
        assert_eq!(agreed(json), expected());
        let form = json!({"reference_id": "a", "consent": "true", "consent_purpose": "bank"});
        assert_eq!(agreed(form), expected());
    }

    #[test]
    fn each_fault_has_its_key() {
        let good = json!({"reference_id": "a", "consent": true, "purpose": "bank"});
        let cases = [
            ("reference_id", Value::Null, "error_empty_reference_id"),
            ("reference_id", json!("  "), "error_empty_reference_id"),
            ("reference_id", json!(7), "error_invalid_reference_id"),
            ("reference_id", json!("a\0"), "error_invalid_reference_id"),
            (
                "reference_id",
                json!("x".repeat(257)),
                "error_invalid_reference_id",
            ),
            ("consent", Value::Null, "error_invalid_consent_type"),
            ("consent", json!("yes"), "error_invalid_consent_type"),
            ("consent", json!(1), "error_invalid_consent_type"),
            ("consent", json!(false), "error_consent_false"),
            ("consent", json!("false"), "error_consent_false"),
            ("purpose", Value::Null, "error_empty_purpose"),
            ("purpose", json!(""), "error_empty_purpose"),
            ("purpose", json!(["bank"]), "error_invalid_purpose"),
            (
                "purpose",
                json!("x".repeat(257)),
                "error_long_purpose_length",
            ),
        ];
        for (field, value, key) in cases {
            let mut terms = good.clone();
            terms[field] = value.clone();
            assert_eq!(agreed(terms), Err(key), "{field}: {value}");
        }
    }
}
