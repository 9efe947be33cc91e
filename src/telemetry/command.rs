//! What the outside may ask of the door over MQTT.

use serde::Deserialize;

use super::{TelemetryError, Version};
use crate::domain::SubjectId;

/// The most bytes of a command that are looked at.
const MAX_LEN: usize = 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    #[serde(rename = "v")]
    _version: Version,
    subject: String,
}

/// Reads a claim, `{"v":1,"subject":"17"}`: the next probe is to be compared with this reference.
///
/// # Errors
/// Anything but exactly that: more than 1 KiB, another version, other keys, no ID number.
pub fn parse_claim(payload: &[u8]) -> Result<SubjectId, TelemetryError> {
    if payload.len() > MAX_LEN {
        return Err(TelemetryError::CommandTooLong {
            length: payload.len(),
            max: MAX_LEN,
        });
    }
    let claim: Claim = serde_json::from_slice(payload).map_err(TelemetryError::CommandSyntax)?;
    Ok(claim.subject.parse()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_claim_names_a_reference() {
        let subject = parse_claim(br#"{"v":1,"subject":"A-17"}"#).unwrap();
        assert_eq!(subject.as_str(), "A-17");
    }

    #[test]
    fn everything_else_is_refused() {
        let long = format!(r#"{{"v":1,"subject":"17"{}}}"#, " ".repeat(MAX_LEN));
        for payload in [
            "",
            "17",
            r#"{"subject":"17"}"#,
            r#"{"v":2,"subject":"17"}"#,
            r#"{"v":"1","subject":"17"}"#,
            r#"{"v":1,"subject":"../17"}"#,
            r#"{"v":1,"subject":17}"#,
            r#"{"v":1,"subject":"17","door":"open"}"#,
            r#"{"v":1,"subject":"17"}{"#,
            &long,
        ] {
            assert!(parse_claim(payload.as_bytes()).is_err(), "{payload}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(payload in proptest::collection::vec(any::<u8>(), 0..2048)) {
            let _ = parse_claim(&payload);
        }

        #[test]
        fn every_id_number_gets_through(id in "[A-Za-z0-9._-]{1,32}") {
            let payload = format!(r#"{{"v":1,"subject":"{id}"}}"#);
            let subject = parse_claim(payload.as_bytes()).unwrap();
            prop_assert_eq!(subject.as_str(), id);
        }
    }
}
