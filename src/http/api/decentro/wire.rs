//! The JSON of this dialect, with its documented names. Numbers and flags are text where the document
//! has them so.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What every request says; kept as it came until it is checked.
#[derive(Debug, Default, Deserialize)]
pub struct Terms {
    pub reference_id: Option<Value>,
    pub consent: Option<Value>,
    #[serde(alias = "consent_purpose")]
    pub purpose: Option<Value>,
}

/// Passive image liveness as JSON.
#[derive(Debug, Default, Deserialize)]
pub struct PassiveImage {
    #[serde(flatten)]
    pub terms: Terms,
    /// Base64.
    pub image: Option<Value>,
    pub skip_metadata_validation: Option<Value>,
}

/// Passive video liveness as JSON; with a file it comes as a form.
#[derive(Debug, Default, Deserialize)]
pub struct PassiveVideo {
    #[serde(flatten)]
    pub terms: Terms,
    /// Base64.
    pub video: Option<Value>,
    pub video_url: Option<Value>,
}

/// What opens a session of active video liveness.
#[derive(Debug, Default, Deserialize)]
pub struct Initiate {
    #[serde(flatten)]
    pub terms: Terms,
    pub redirect_url: Option<Value>,
    pub callback_url: Option<Value>,
    pub face_image_urls: Option<Value>,
    pub face_image_base64s: Option<Value>,
}

/// What every answer begins with.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    pub decentro_txn_id: String,
    pub status: &'static str,
    pub response_code: &'static str,
}

/// A refusal.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    #[serde(flatten)]
    pub head: Head,
    pub message: String,
    pub response_key: &'static str,
}

/// The answer of passive liveness.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Passive<T> {
    #[serde(flatten)]
    pub head: Head,
    pub message: &'static str,
    pub data: T,
    pub response_key: &'static str,
}

/// Of an image.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageLiveness {
    pub status: &'static str,
    /// `yes` or `no`.
    pub live: &'static str,
    /// 0 to 100.
    pub liveness_score: String,
    /// `yes` or `no`.
    pub need_to_review: &'static str,
}

/// Of a video.
#[derive(Debug, PartialEq, Serialize)]
pub struct VideoLiveness {
    pub status: &'static str,
    /// 0 to 1.
    pub confidence: String,
}

/// A session that has just been opened.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Initiated {
    #[serde(flatten)]
    pub head: Head,
    pub video_liveness_url: String,
}

/// The results of a session.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActiveResult {
    #[serde(flatten)]
    pub head: Head,
    pub data: ActiveData,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActiveData {
    pub video_face_match_results: Vec<FaceMatch>,
    /// There is no speech challenge, so never anything but `null`.
    pub audio_match_results: Option<AudioMatch>,
    /// Why there is no audio result.
    pub audio_match_reason: &'static str,
    /// `true` or `false`.
    pub static_risk: &'static str,
    /// `true` or `false`.
    pub prerecorded_risk: &'static str,
    /// `yes` or `no`.
    pub liveliness: &'static str,
    pub geo_location: Option<GeoLocation>,
}

/// One image against the video.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FaceMatch {
    /// The URL it came from, or a temporary one of ours.
    pub original_image: String,
    pub results: FaceMatchScores,
    /// The frame that matches best: a temporary URL, empty if there is none.
    pub final_match_image: String,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FaceMatchScores {
    /// 0 to 100.
    pub match_score: u8,
    /// 0 to 100.
    pub covariance: u8,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AudioMatch {
    pub match_score: u8,
}

/// Degrees as text.
#[derive(Debug, PartialEq, Serialize)]
pub struct GeoLocation {
    pub latitude: String,
    pub longitude: String,
}
