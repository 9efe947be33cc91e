//! What is asked for, out of whatever JSON came.

use serde_json::Value;

use crate::domain::IdentityKey;
use crate::http::api::upload::base64_image;

use super::problem::{Code, Problem};
use super::wire::Body;

/// Bytes of the selfie.
pub const MAX_SELFIE: usize = 10 << 20;

/// A request that can be carried out.
#[derive(Debug)]
pub struct Asked {
    pub selfie: Vec<u8>,
    pub key: IdentityKey,
    pub threshold: f64,
}

/// Checks a request.
///
/// # Errors
/// The first field that is wrong, in the order of the document.
pub fn check(body: &Body, default_threshold: f64) -> Result<Asked, Problem> {
    let selfie = text("selfie", &body.selfie)?;
    let number = text("id_number", &body.id_number)?;
    let id_type = text("id_type", &body.id_type)?;
    let threshold = match &body.threshold {
        None => default_threshold,
        Some(value) => threshold(value)?,
    };
    let key = IdentityKey::new(id_type, number)
        .map_err(|error| Problem::new(Code::ValidationError, error))?;
    Ok(Asked {
        selfie: base64_image("selfie", selfie, MAX_SELFIE)?,
        key,
        threshold,
    })
}

fn text<'b>(name: &str, value: &'b Option<Value>) -> Result<&'b str, Problem> {
    match value {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        None | Some(Value::String(_)) => Err(Problem::new(
            Code::ValidationError,
            format!("{name} is missing; send it as a string"),
        )),
        Some(_) => Err(Problem::new(
            Code::InvalidInput,
            format!("{name} must be a string"),
        )),
    }
}

fn threshold(value: &Value) -> Result<f64, Problem> {
    let number = value.as_f64().ok_or_else(|| {
        Problem::new(
            Code::InvalidThreshold,
            "threshold must be a number from 0.0 to 1.0",
        )
    })?;
    if (0.0..=1.0).contains(&number) {
        Ok(number)
    } else {
        Err(Problem::new(
            Code::InvalidThresholdRange,
            "threshold must be from 0.0 to 1.0, both included",
        ))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(change: Value) -> Result<Asked, (u16, &'static str)> {
        let mut body = json!({"selfie": "AAAA", "id_number": "12/a", "id_type": "nin"});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        check(&serde_json::from_value(body).unwrap(), 0.75).map_err(|problem| problem.code.parts())
    }

    #[test]
    fn a_good_request_is_taken() {
        let asked = checked(json!({})).unwrap();
        assert_eq!((asked.selfie, asked.threshold), (vec![0; 3], 0.75));
        assert_eq!(asked.key, IdentityKey::new("NIN", "12/A").unwrap());
        for threshold in [0.0, 0.85, 1.0] {
            let asked = checked(json!({"threshold": threshold})).unwrap();
            assert_eq!(asked.threshold, threshold);
        }
        assert!(checked(json!({"selfie": "data:image/webp;base64,AAAA"})).is_ok());
    }

    #[test]
    fn what_is_wrong_has_its_documented_code() {
        for (change, code) in [
            (json!({"selfie": null}), "VALIDATION_ERROR"),
            (json!({"selfie": ""}), "VALIDATION_ERROR"),
            (json!({"id_number": ""}), "VALIDATION_ERROR"),
            (json!({"id_number": "é"}), "VALIDATION_ERROR"),
            (json!({"id_number": "1'; --"}), "VALIDATION_ERROR"),
            (json!({"id_type": null}), "VALIDATION_ERROR"),
            (json!({"id_type": "../etc"}), "VALIDATION_ERROR"),
            (json!({"selfie": 7}), "INVALID_INPUT"),
            (json!({"id_number": 7}), "INVALID_INPUT"),
            (json!({"selfie": "AA AA"}), "INVALID_INPUT"),
            (
                json!({"selfie": "data:text/html;base64,AAAA"}),
                "INVALID_INPUT",
            ),
            (json!({"threshold": "0.8"}), "INVALID_THRESHOLD"),
            (json!({"threshold": [0.8]}), "INVALID_THRESHOLD"),
            (json!({"threshold": 1.01}), "INVALID_THRESHOLD_RANGE"),
            (json!({"threshold": -0.1}), "INVALID_THRESHOLD_RANGE"),
        ] {
            assert_eq!(
                checked(change.clone()).unwrap_err(),
                (400, code),
                "{change}"
            );
        }
    }
}
