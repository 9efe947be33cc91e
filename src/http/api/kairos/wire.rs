//! What this dialect answers, with its documented names.

use serde::Serialize;

use crate::http::api::decimal::Decimal;

/// The answer to a verification that was carried out, whatever it found.
#[derive(Debug, Serialize)]
pub struct Answer {
    pub api_req_uid: String,
    /// UTC, as `2024-04-22 06:36:50`.
    pub processed_at: String,
    pub requested_at: String,
    /// 1: carried out.
    pub response_code: u8,
    pub response_data: ResponseData,
}

#[derive(Debug, Serialize)]
pub struct ResponseData {
    pub biometric: Biometric,
    pub decision: Decision,
}

#[derive(Debug, Serialize)]
pub struct Biometric {
    /// Of the selfie with the photo's face, or with the face most like it; 0 if either has none.
    pub face_match_confidence: Decimal,
    pub image: Photo,
    pub selfie: Selfie,
}

#[derive(Debug, Serialize)]
pub struct Photo {
    pub faces_predicted: Vec<PredictedFace>,
    pub img: Size,
}

#[derive(Debug, Serialize)]
pub struct Selfie {
    /// 0 if there is no face.
    pub faces_liveness: Decimal,
    pub faces_predicted: Vec<PredictedFace>,
    pub img: Size,
}

/// Largest first.
#[derive(Debug, Serialize)]
pub struct PredictedFace {
    pub confidence: Decimal,
    /// Width and height of the box, in pixels.
    pub delta: Offset,
    pub top_left: Offset,
    /// Only with `image_multiface`, for faces that were compared. Not documented: an addition of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub face_match_confidence: Option<Decimal>,
}

#[derive(Debug, Serialize)]
pub struct Offset {
    pub x: Decimal,
    pub y: Decimal,
}

/// In pixels, upright.
#[derive(Debug, Serialize)]
pub struct Size {
    pub height: u32,
    pub width: u32,
}

#[derive(Debug, Serialize)]
pub struct Decision {
    pub details: Vec<Detail>,
    pub reject_score: Decimal,
    pub review_score: Decimal,
    pub warning_score: Decimal,
}

/// A finding that speaks against the person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detail {
    pub code: &'static str,
    /// How sure the finding is, 0 to 1.
    pub confidence: Decimal,
    pub decision: Weight,
    pub description: String,
}

/// What a finding asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    Warning,
    Review,
    Reject,
}

/// The answer to a request that was not carried out. The document has no shape for it; this is ours.
#[derive(Debug, Serialize)]
pub struct Failure {
    pub api_req_uid: String,
    /// 0: not carried out.
    pub response_code: u8,
    pub error_code: &'static str,
    pub message: String,
}
