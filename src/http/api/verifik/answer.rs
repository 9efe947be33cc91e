//! From scores to the two records and their certificate.

use time::UtcDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

use crate::domain::{PadScore, Similarity};
use crate::http::api::decimal::Decimal;
use crate::http::api::ids;

use super::request::Terms;
use super::wire::{
    Answer, Certificate, Comparison, ComparisonResult, Data, Liveness, LivenessResult, SearchMode,
    Status,
};

/// What was found out, and when.
pub struct Findings {
    /// Of the gallery's picture that is most like the probe.
    pub best: Similarity,
    pub compared_at: UtcDateTime,
    /// `None` if it was not tested, because the comparison failed.
    pub pad: Option<PadScore>,
    pub tested_at: UtcDateTime,
    /// The faces of the gallery as JPEG in base64, if they were asked for.
    pub crops: Vec<String>,
}

/// Who asked, and who answers.
pub struct Parties {
    /// 24 hexadecimal digits.
    pub client: String,
    pub device: String,
    pub public_key: [u8; 32],
}

const PLACES: i32 = 4;

/// Whether the comparison succeeds; only then liveness is tested.
#[must_use]
pub fn is_match(terms: &Terms, best: Similarity) -> bool {
    best.get() >= terms.compare_min_score
}

/// The documented answer to these findings, not signed yet.
#[must_use]
pub fn answer(terms: &Terms, findings: Findings, parties: &Parties) -> Answer {
    let date_time = long_date(findings.tested_at);
    Answer {
        data: Data {
            liveness: liveness(terms, &findings, parties),
            comparison: comparison(terms, findings, parties),
        },
        signature: Certificate {
            date_time,
            message: format!("Certified by Ostiary, {}", parties.device),
            algorithm: "Ed25519",
            public_key: hex(&parties.public_key),
        },
        id: ids::short_id(5),
    }
}

fn comparison(terms: &Terms, findings: Findings, parties: &Parties) -> Comparison {
    let passed = is_match(terms, findings.best);
    let at = timestamp(findings.compared_at);
    Comparison {
        client: parties.client.clone(),
        kind: "compareLive",
        search_mode: terms.search_mode,
        compare_min_score: Decimal::rounded(terms.compare_min_score, PLACES),
        gallery: findings.crops,
        probe: Vec::new(),
        status: if passed {
            Status::Success
        } else {
            Status::Failed
        },
        id: ids::object_id(findings.compared_at),
        compared_at: at.clone(),
        result: ComparisonResult {
            score: Decimal::rounded(findings.best.get(), PLACES),
            passed,
        },
        updated_at: at.clone(),
        created_at: at,
        version: 0,
    }
}

fn liveness(terms: &Terms, findings: &Findings, parties: &Parties) -> Liveness {
    let pad = findings.pad.map(PadScore::get);
    let passed = pad.is_some_and(|score| score >= terms.liveness_min_score);
    let min_score = Decimal::rounded(terms.liveness_min_score, PLACES);
    let at = timestamp(findings.tested_at);
    Liveness {
        client: parties.client.clone(),
        kind: "liveness",
        status: match pad {
            None => Status::NotTested,
            Some(_) if passed => Status::Success,
            Some(_) => Status::Failed,
        },
        // There is one way to test liveness, whatever mode the comparison has.
        search_mode: SearchMode::Fast,
        os: terms.os,
        liveness_min_score: min_score,
        id: ids::object_id(findings.tested_at),
        result: LivenessResult {
            liveness_score: pad.map(|score| Decimal::rounded(score, PLACES)),
            passed,
            min_score,
        },
        updated_at: at.clone(),
        created_at: at,
        version: 0,
    }
}

/// Lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const TIMESTAMP: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
const LONG_DATE: StaticFormatDescription = format_description!(
    "[month repr:long] [day padding:none], [year] [hour repr:12 padding:none]:[minute] [period]"
);

// A date of this calendar always has these forms.
fn timestamp(at: UtcDateTime) -> String {
    at.format(TIMESTAMP).unwrap_or_default()
}

fn long_date(at: UtcDateTime) -> String {
    at.format(LONG_DATE).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use time::macros::utc_datetime;

    use super::*;
    use crate::http::api::verifik::wire::Os;

    fn found(similarity: f32, pad: Option<f32>) -> Value {
        let terms = Terms {
            os: Os::Desktop,
            search_mode: SearchMode::Accurate,
            compare_min_score: 0.85,
            liveness_min_score: 0.7,
            crop_face: false,
        };
        let findings = Findings {
            best: Similarity::new(similarity).unwrap(),
            compared_at: utc_datetime!(2024-09-15 03:13:26.392),
            pad: pad.map(|score| PadScore::new(score).unwrap()),
            tested_at: utc_datetime!(2024-09-15 03:13:31.675),
            crops: vec![],
        };
        let parties = Parties {
            client: "613375a1eab2fe08527f81e2".into(),
            device: "door".into(),
            public_key: [0xab; 32],
        };
        serde_json::to_value(answer(&terms, findings, &parties)).unwrap()
    }

    /// Field by field; the ids are random, the signature's value is put in when it is signed.
    #[test]
    fn the_documented_sample_comes_out_as_documented() {
        let mut answer = found(1.0, Some(0.77));
        for record in ["comparison", "liveness"] {
            let record = answer["data"][record].as_object_mut().unwrap();
            let id = record.remove("_id").unwrap();
            let id = id.as_str().unwrap();
            assert!(id.len() == 24 && id.starts_with("66e650"));
        }
        assert_eq!(answer["id"].as_str().unwrap().len(), 5);
        assert_eq!(
            answer["data"],
            json!({
                "comparison": {
                    "client": "613375a1eab2fe08527f81e2",
                    "type": "compareLive",
                    "search_mode": "ACCURATE",
                    "compare_min_score": 0.85,
                    "gallery": [],
                    "probe": [],
                    "status": "success",
                    "comparedAt": "2024-09-15T03:13:26.392Z",
                    "result": {"score": 1, "passed": true},
                    "updatedAt": "2024-09-15T03:13:26.392Z",
                    "createdAt": "2024-09-15T03:13:26.392Z",
                    "__v": 0
                },
                "liveness": {
                    "client": "613375a1eab2fe08527f81e2",
                    "type": "liveness",
                    "status": "success",
                    "search_mode": "FAST",
                    "os": "DESKTOP",
                    "liveness_min_score": 0.7,
                    "result": {"liveness_score": 0.77, "passed": true, "min_score": 0.7},
                    "updatedAt": "2024-09-15T03:13:31.675Z",
                    "createdAt": "2024-09-15T03:13:31.675Z",
                    "__v": 0
                }
            })
        );
        assert_eq!(
            answer["signature"]["dateTime"],
            "September 15, 2024 3:13 AM"
        );
        assert_eq!(answer["signature"]["message"], "Certified by Ostiary, door");
    }

    #[test]
    fn what_fails_never_reads_as_a_success() {
        let stranger = found(0.84, None);
        assert_eq!(stranger["data"]["comparison"]["status"], "failed");
        let liveness = &stranger["data"]["liveness"];
        assert_eq!(liveness["status"], "notTested");
        assert_eq!(
            liveness["result"],
            json!({"liveness_score": null, "passed": false, "min_score": 0.7})
        );
        let attack = found(0.85, Some(0.69));
        assert_eq!(attack["data"]["comparison"]["status"], "success");
        assert_eq!(attack["data"]["liveness"]["status"], "failed");
        assert_eq!(attack["data"]["liveness"]["result"]["passed"], false);
    }
}
