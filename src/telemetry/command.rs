//! What the outside may ask of the door over MQTT.

use serde::Deserialize;
use serde_json::error::Category;

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
/// Anything but exactly that: more than 1 KiB, another version, other keys, no ID number. Whoever may publish must not
/// write into the log, so nothing of the payload is in the message.
pub fn parse_claim(payload: &[u8]) -> Result<SubjectId, TelemetryError> {
    if payload.len() > MAX_LEN {
        return Err(TelemetryError::CommandTooLong {
            length: payload.len(),
            max: MAX_LEN,
        });
    }
    let claim: Claim = serde_json::from_slice(payload).map_err(refused)?;
    Ok(claim.subject.parse()?)
}

fn refused(error: serde_json::Error) -> TelemetryError {
    TelemetryError::CommandSyntax {
        problem: match error.classify() {
            Category::Data => "other keys or values than a claim has",
            Category::Eof => "it is cut off",
            Category::Syntax | Category::Io => "it is no JSON",
        },
        line: error.line(),
        column: error.column(),
    }
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

    #[test]
    fn what_is_refused_is_not_repeated() {
        for payload in [
            r#"{"v":1,"subject":"17","\u001b[2Jspoken":1}"#,
            r#"{"v":"\u001b[2Jspoken","subject":"17"}"#,
            r#"{"v":1,"subject":["\nspoken"]}"#,
            r#""\r\nspoken""#,
            "{\"v\":1,\"subject\":\"spoken\u{9b}2J\"}",
        ] {
            let message = parse_claim(payload.as_bytes()).unwrap_err().to_string();
            assert!(!message.contains("spoken"), "{message}");
            assert!(!message.contains(char::is_control), "{message:?}");
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
