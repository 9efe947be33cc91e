//! From a similarity to the verdict and its words.

use serde_json::{Map, Value};

use crate::domain::Similarity;
use crate::http::api::decimal::Decimal;
use crate::http::api::{ScoreBand, ScoreBands, ids};

use super::wire::{Confidence, Data, Details, Envelope, MatchResult, Meta, ReasonCode, Strength};

/// The documented default threshold, and the score from which a person should look.
pub const DOCUMENTED: ScoreBands = ScoreBands {
    comparison: ScoreBand {
        review_from: 0.6,
        accept_from: 0.75,
    },
    // This dialect tests no liveness.
    liveness: ScoreBand {
        review_from: 0.0,
        accept_from: 0.0,
    },
};

/// From here a match is a strong one.
const STRONG: f64 = 0.85;

const VERIFICATION_TYPE: &str = "ID_FACE_MATCH";

/// The documented answer to a comparison that was carried out.
///
/// The score is rounded down and decided as it is shown, so that no answer says `CONFIRMED` beside a score
/// below its threshold, or the reverse.
#[must_use]
pub fn compared(
    similarity: Similarity,
    threshold: f64,
    review_from: f64,
    identity: Map<String, Value>,
) -> Envelope {
    let score = Decimal::rounded_down(similarity.get(), 2);
    let confirmed = score.get() >= threshold;
    let (status, remarks) = match score.get() {
        s if confirmed && s >= STRONG => (
            Strength::Strong,
            "The selfie and the portrait on record show the same person, with high confidence",
        ),
        _ if confirmed => (
            Strength::Standard,
            "The selfie and the portrait on record show the same person",
        ),
        s if s >= review_from => (
            Strength::None,
            "The selfie is not enough like the portrait on record; a person should look",
        ),
        _ => (
            Strength::None,
            "The selfie and the portrait on record don't seem to show the same person",
        ),
    };
    let data = Data {
        match_result: if confirmed {
            MatchResult::Confirmed
        } else {
            MatchResult::Mismatch
        },
        confidence: Confidence {
            score,
            threshold,
            status,
        },
        identity,
        details: Details {
            reason_code: if confirmed {
                ReasonCode::MatchSuccess
            } else {
                ReasonCode::ScoreBelowThreshold
            },
            remarks: format!("{remarks} (similarity {score}, threshold {threshold})."),
        },
    };
    Envelope {
        success: true,
        data: Some(data),
        ..envelope("SUCCESS", "The comparison was carried out".into())
    }
}

/// The documented answer to a request that was not carried out.
#[must_use]
pub fn failed(code: &'static str, message: String) -> Envelope {
    envelope(code, message)
}

fn envelope(code: &'static str, message: String) -> Envelope {
    Envelope {
        success: false,
        code,
        message,
        verification_type: VERIFICATION_TYPE,
        data: None,
        meta: Meta {
            request_id: ids::short_id(12),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(similarity: f32, threshold: f64) -> Value {
        let mut identity = Map::new();
        identity.insert("full_name".into(), "Ada".into());
        let similarity = Similarity::new(similarity).unwrap();
        let mut answer =
            serde_json::to_value(compared(similarity, threshold, 0.6, identity)).unwrap();
        let meta = answer.as_object_mut().unwrap().remove("meta").unwrap();
        assert_eq!(meta["request_id"].as_str().unwrap().len(), 12);
        answer
    }

    #[test]
    fn every_documented_field_is_there() {
        assert_eq!(
            answer(0.912, 0.75),
            json!({
                "success": true,
                "code": "SUCCESS",
                "message": "The comparison was carried out",
                "verification_type": "ID_FACE_MATCH",
                "data": {
                    "match_result": "CONFIRMED",
                    "confidence": {"score": 0.91, "threshold": 0.75, "status": "STRONG_MATCH"},
                    "identity": {"full_name": "Ada"},
                    "details": {
                        "reason_code": "MATCH_SUCCESS",
                        "remarks": "The selfie and the portrait on record show the same person, with high confidence (similarity 0.91, threshold 0.75)."
                    }
                }
            })
        );
    }

    #[test]
    fn the_tiers_meet_at_the_threshold_and_at_85_hundredths() {
        for (similarity, threshold, result, status) in [
            (0.85, 0.75, "CONFIRMED", "STRONG_MATCH"),
            (0.849_9, 0.75, "CONFIRMED", "STANDARD_MATCH"),
            (0.75, 0.75, "CONFIRMED", "STANDARD_MATCH"),
            (0.749_9, 0.75, "MISMATCH", "NO_MATCH"),
            (0.758, 0.755, "MISMATCH", "NO_MATCH"),
            (0.9, 0.95, "MISMATCH", "NO_MATCH"),
            (0.0, 0.0, "CONFIRMED", "STANDARD_MATCH"),
            (1.0, 1.0, "CONFIRMED", "STRONG_MATCH"),
        ] {
            let data = &answer(similarity, threshold)["data"];
            let found = (&data["match_result"], &data["confidence"]["status"]);
            assert_eq!(
                found,
                (&result.into(), &status.into()),
                "{similarity} at {threshold}"
            );
            let reason = if result == "CONFIRMED" {
                "MATCH_SUCCESS"
            } else {
                "SCORE_BELOW_THRESHOLD"
            };
            assert_eq!(data["details"]["reason_code"], reason);
        }
    }

    #[test]
    fn a_borderline_score_is_for_a_person_to_look_at() {
        let remarks = |similarity| answer(similarity, 0.75)["data"]["details"]["remarks"].clone();
        assert!(remarks(0.6).as_str().unwrap().contains("should look"));
        assert!(!remarks(0.59).as_str().unwrap().contains("should look"));
    }
}
