//! What this dialect reads and answers, with its documented names.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::http::api::decimal::Decimal;

/// A request as it comes: whatever JSON, so that what is wrong can be named.
#[derive(Deserialize)]
pub struct Body {
    pub selfie: Option<Value>,
    pub id_number: Option<Value>,
    pub id_type: Option<Value>,
    pub threshold: Option<Value>,
}

/// Every answer, whatever became of the request.
#[derive(Serialize)]
pub struct Envelope {
    pub success: bool,
    pub code: &'static str,
    pub message: String,
    pub verification_type: &'static str,
    /// Null if the request was not carried out.
    pub data: Option<Data>,
    pub meta: Meta,
}

#[derive(Serialize)]
pub struct Meta {
    /// 12 characters.
    pub request_id: String,
}

#[derive(Serialize)]
pub struct Data {
    pub match_result: MatchResult,
    pub confidence: Confidence,
    /// Personal data: of the source, as it has it.
    pub identity: Map<String, Value>,
    pub details: Details,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MatchResult {
    Confirmed,
    Mismatch,
}

#[derive(Serialize)]
pub struct Confidence {
    /// Two decimals, rounded down.
    pub score: Decimal,
    pub threshold: f64,
    pub status: Strength,
}

/// The three tiers. The document tells what they mean and not what they are called; these are our names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Strength {
    /// The threshold is met, and .85 too.
    #[serde(rename = "STRONG_MATCH")]
    Strong,
    /// The threshold is met.
    #[serde(rename = "STANDARD_MATCH")]
    Standard,
    /// The threshold is not met.
    #[serde(rename = "NO_MATCH")]
    None,
}

#[derive(Serialize)]
pub struct Details {
    pub reason_code: ReasonCode,
    pub remarks: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReasonCode {
    MatchSuccess,
    ScoreBelowThreshold,
}
