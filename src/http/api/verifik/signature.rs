//! The signature of an answer, and how anybody checks it.
//!
//! Signed is the whole answer but for `signature.value`, in the canonical form of RFC 8785: keys sorted,
//! no white space. [`Decimal`](crate::http::api::decimal::Decimal) keeps numbers in the one spelling they
//! have there.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Map, Value};

use crate::http::api::ResultSigner;

/// Why an answer is not taken for one of this board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureProblem {
    #[error("the answer is no JSON object with a signature.value in base64, 64 bytes long")]
    Missing,
    #[error("the public key is none of Ed25519")]
    Key,
    #[error("the signature does not belong to this answer and key: one of them was altered")]
    Wrong,
}

/// Puts the signature of `answer` into its `signature.value`, beside the rest of `signature`.
pub(super) fn sign(answer: &mut Value, signer: &ResultSigner) {
    let signature = STANDARD.encode(signer.sign(&canonical(answer)));
    if let Some(Value::Object(place)) = answer.get_mut("signature") {
        place.insert("value".into(), signature.into());
    }
}

/// Whether `answer`, as it was received, was signed with the private half of `public_key`.
///
/// # Errors
/// [`SignatureProblem`]
pub fn verify(answer: &Value, public_key: &[u8; 32]) -> Result<(), SignatureProblem> {
    let key = VerifyingKey::from_bytes(public_key).map_err(|_| SignatureProblem::Key)?;
    let mut unsigned = answer.clone();
    let value = unsigned
        .get_mut("signature")
        .and_then(Value::as_object_mut)
        .and_then(|signature| signature.remove("value"))
        .ok_or(SignatureProblem::Missing)?;
    let signature = value
        .as_str()
        .and_then(|text| STANDARD.decode(text).ok())
        .and_then(|bytes| Signature::from_slice(&bytes).ok())
        .ok_or(SignatureProblem::Missing)?;
    key.verify_strict(&canonical(&unsigned), &signature)
        .map_err(|_| SignatureProblem::Wrong)
}

fn canonical(answer: &Value) -> Vec<u8> {
    sorted(answer).to_string().into_bytes()
}

/// The same with every object's keys in order, whichever order the map itself keeps.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            // RFC 8785 orders by UTF-16 code units: for the ASCII keys of ours, that is the order of bytes.
            entries.sort_by_key(|(key, _)| *key);
            let entries = entries
                .into_iter()
                .map(|(key, value)| (key.clone(), sorted(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Value::Array(values) => Value::Array(values.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn signed() -> (Value, [u8; 32]) {
        let folder = tempfile::tempdir().unwrap();
        let signer = ResultSigner::load_or_create(&folder.path().join("k")).unwrap();
        let mut answer = json!({
            "data": {"score": 0.77, "whole": 1, "list": [{"b": null, "a": "é\"\n"}]},
            "signature": {"message": "Certified"},
            "id": "ABRCB"
        });
        sign(&mut answer, &signer);
        (answer, signer.public_key())
    }

    #[test]
    fn what_was_signed_is_verified_however_it_was_laid_out() {
        let (answer, key) = signed();
        assert_eq!(verify(&answer, &key), Ok(()));
        let pretty = serde_json::to_string_pretty(&answer).unwrap();
        let read = serde_json::from_str(&pretty).unwrap();
        assert_eq!(verify(&read, &key), Ok(()));
    }

    #[test]
    fn an_altered_answer_or_another_key_is_refused() {
        let (answer, key) = signed();
        let mut altered = answer.clone();
        altered["data"]["score"] = 0.78.into();
        assert_eq!(verify(&altered, &key), Err(SignatureProblem::Wrong));
        let mut longer = answer.clone();
        longer["data"]["more"] = 1.into();
        assert_eq!(verify(&longer, &key), Err(SignatureProblem::Wrong));
        let (_, other) = signed();
        assert_eq!(verify(&answer, &other), Err(SignatureProblem::Wrong));
        let mut without = answer;
        without["signature"]["value"] = "AAAA".into();
        assert_eq!(verify(&without, &key), Err(SignatureProblem::Missing));
        assert_eq!(verify(&json!([1]), &key), Err(SignatureProblem::Missing));
    }

    #[test]
    fn the_canonical_form_is_that_of_rfc_8785() {
        let value = json!({"b": [1, 0.5, true, null], "a": {"y": "\u{8}\u{1f}/é", "x": {}}});
        assert_eq!(
            canonical(&value),
            "{\"a\":{\"x\":{},\"y\":\"\\b\\u001f/é\"},\"b\":[1,0.5,true,null]}".as_bytes()
        );
    }
}
