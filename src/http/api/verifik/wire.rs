//! What this dialect reads and answers, with its documented names.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http::api::decimal::Decimal;

/// A request as it comes: whatever JSON, so that what is wrong can be named.
#[derive(Deserialize)]
pub struct Body {
    pub os: Option<Value>,
    pub probe: Option<Value>,
    pub gallery: Option<Value>,
    pub search_mode: Option<Value>,
    pub compare_min_score: Option<Value>,
    pub liveness_min_score: Option<Value>,
    #[serde(rename = "cropFace")]
    pub crop_face: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SearchMode {
    Fast,
    Accurate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Os {
    Desktop,
    Ios,
    Android,
}

#[derive(Debug, Serialize)]
pub struct Answer {
    pub data: Data,
    pub signature: Certificate,
    /// Five letters and digits to call this answer by.
    pub id: String,
}

#[derive(Debug, Serialize)]
pub struct Data {
    pub comparison: Comparison,
    pub liveness: Liveness,
}

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// Its score reaches the minimum.
    Success,
    /// Its score is below the minimum.
    Failed,
    /// It was not carried out.
    NotTested,
}

/// Dates of both records are RFC 3339, UTC, with milliseconds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    pub client: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(rename = "search_mode")]
    pub search_mode: SearchMode,
    /// An addition of ours, as the liveness record has it.
    #[serde(rename = "compare_min_score")]
    pub compare_min_score: Decimal,
    /// With `cropFace`, the faces of the gallery as JPEG in base64.
    pub gallery: Vec<String>,
    /// Always empty, as documented.
    pub probe: Vec<String>,
    pub status: Status,
    #[serde(rename = "_id")]
    pub id: String,
    pub compared_at: String,
    pub result: ComparisonResult,
    pub updated_at: String,
    pub created_at: String,
    #[serde(rename = "__v")]
    pub version: u32,
}

#[derive(Debug, Serialize)]
pub struct ComparisonResult {
    /// Of the gallery's picture that is most like the probe.
    pub score: Decimal,
    /// An addition of ours, as the liveness record has it.
    pub passed: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Liveness {
    pub client: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub status: Status,
    #[serde(rename = "search_mode")]
    pub search_mode: SearchMode,
    pub os: Os,
    #[serde(rename = "liveness_min_score")]
    pub liveness_min_score: Decimal,
    #[serde(rename = "_id")]
    pub id: String,
    pub result: LivenessResult,
    pub updated_at: String,
    pub created_at: String,
    #[serde(rename = "__v")]
    pub version: u32,
}

#[derive(Debug, Serialize)]
pub struct LivenessResult {
    /// Null if it was not tested.
    pub liveness_score: Option<Decimal>,
    pub passed: bool,
    pub min_score: Decimal,
}

/// The documented two fields, and what makes them worth something; [`super::signature`] adds `value`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// As `September 15, 2024 3:13 AM`, UTC.
    pub date_time: String,
    pub message: String,
    pub algorithm: &'static str,
    /// 64 hexadecimal digits; a hint which key it is, not a reason to trust it.
    pub public_key: String,
}

#[derive(Debug, Serialize)]
pub struct Failure {
    pub code: &'static str,
    /// A line for each thing that is wrong.
    pub message: String,
}
