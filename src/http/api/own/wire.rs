//! The shapes of requests and answers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A 1:1 verification: the probe with another picture, or with an enrolled person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyRequest {
    /// The person in question: JPEG, PNG or WebP in base64, at most 10 MiB.
    pub probe: String,
    /// Another picture to compare with. Either this or `subject`.
    pub reference: Option<String>,
    /// ID number of an enrolled person to compare with.
    pub subject: Option<String>,
    /// Whether the probe is tested for liveness; true unless said otherwise.
    pub liveness: Option<bool>,
    /// Similarity from which the two count as mated, from 0.5 to 1; the door's own unless said otherwise.
    pub accept_similarity: Option<f32>,
}

/// The same as a form, with the pictures as files.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form in the OpenAPI document")]
pub struct VerifyForm {
    #[schema(value_type = String, format = Binary)]
    pub probe: Vec<u8>,
    #[schema(value_type = Option<String>, format = Binary)]
    pub reference: Option<Vec<u8>>,
    pub subject: Option<String>,
    pub liveness: Option<bool>,
    pub accept_similarity: Option<f32>,
}

/// A 1:N identification.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentifyRequest {
    /// JPEG, PNG or WebP in base64, at most 10 MiB.
    pub probe: String,
    /// Whether the probe is tested for liveness; true unless said otherwise.
    pub liveness: Option<bool>,
}

/// The same as a form, with the picture as a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form in the OpenAPI document")]
pub struct IdentifyForm {
    #[schema(value_type = String, format = Binary)]
    pub probe: Vec<u8>,
    pub liveness: Option<bool>,
}

/// Somebody to enrol, or to add pictures of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// ID number: 1 to 32 letters, digits, '.', '_' or '-'.
    pub subject: String,
    pub name: Option<String>,
    /// Last day of the enrolment, as YYYY-MM-DD (UTC).
    pub until: Option<String>,
    /// Enrol although the face is enrolled under another ID number.
    pub force: Option<bool>,
    /// Pictures in base64, 1 to 10, each of at most 10 MiB.
    pub picture: Vec<String>,
}

/// The same as a form, with a part `picture` for each file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form in the OpenAPI document")]
pub struct EnrolForm {
    pub subject: String,
    pub name: Option<String>,
    pub until: Option<String>,
    pub force: Option<bool>,
    #[schema(value_type = Vec<String>, format = Binary)]
    pub picture: Vec<Vec<u8>>,
}

/// What a 1:1 verification came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerifyAnswer {
    /// `mated`, `review`, `non_mated`, `presentation_attack`, `enrolment_expired`, `poor_quality` or
    /// `liveness_missing`.
    pub verdict: &'static str,
    /// Calibrated, 0 to 1.
    pub similarity: f32,
    /// Raw, -1 to 1.
    pub cosine: f32,
    pub thresholds: Thresholds,
    pub liveness: Liveness,
    pub probe: FaceAnswer,
    /// Null for an enrolled reference.
    pub reference: Option<FaceAnswer>,
    /// Of an enrolled reference.
    pub subject: Option<String>,
}

/// What a 1:N identification came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentifyAnswer {
    /// `mated` if the first candidate is recognised; else as in a verification.
    pub verdict: &'static str,
    /// The most similar enrolled people, best first, at most 5.
    pub candidates: Vec<CandidateAnswer>,
    pub thresholds: Thresholds,
    pub liveness: Liveness,
    pub probe: FaceAnswer,
}

/// An enrolled person that is similar to the probe.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidateAnswer {
    pub subject: String,
    /// Calibrated, 0 to 1.
    pub similarity: f32,
    /// Raw, -1 to 1.
    pub cosine: f32,
    /// Whether the enrolment has run out.
    pub expired: bool,
}

/// The thresholds of this answer.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Thresholds {
    pub accept_similarity: f32,
    pub review_similarity: f32,
    pub liveness: f32,
    /// 0 to 100.
    pub quality: u8,
}

/// Whether the probe is of a living person.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Liveness {
    /// False if comparison alone was asked for.
    pub tested: bool,
    /// 0 to 1, higher is bona fide; null if it was not tested.
    pub score: Option<f32>,
    pub bona_fide: Option<bool>,
}

/// The largest face of a picture.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaceAnswer {
    /// In pixels of the upright picture.
    pub bounds: Bounds,
    /// Of the detector, 0 to 1.
    pub confidence: f32,
    /// 0 to 100.
    pub quality: u8,
    /// What would make a better picture: `come_closer`, `hold_still`, `look_here`, `more_light` or
    /// `less_light`.
    pub guidance: Option<&'static str>,
    pub pose: Pose,
    /// How many faces the picture shows.
    pub faces: usize,
    /// Size of the upright picture, in pixels.
    pub width: u32,
    pub height: u32,
}

/// A box in pixels, from the top left. It may reach outside the picture.
#[derive(Debug, Serialize, ToSchema)]
pub struct Bounds {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

/// Degrees; 0, 0, 0 looks straight at the camera. Positive is to the person's left, up, and tilted to
/// the person's left shoulder.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pose {
    pub yaw: f32,
    pub pitch: f32,
    pub roll: f32,
}

/// Somebody who is enrolled.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolledAnswer {
    pub subject: String,
    pub name: Option<String>,
    pub templates: usize,
    /// RFC 3339.
    pub enrolled_at: String,
    pub consented_at: String,
    /// Null if it does not run out.
    pub expires_at: Option<String>,
}

/// Everybody who is enrolled.
#[derive(Debug, Serialize, ToSchema)]
pub struct GalleryAnswer {
    pub subjects: Vec<EnrolledAnswer>,
}

/// A session of a person who proves on a page of the board that they live.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionRequest {
    /// Whom the person is compared with: JPEG, PNG or WebP in base64, at most 10 MiB. Without it liveness alone is
    /// tested.
    pub reference: Option<String>,
    /// Where the person's browser goes in the end, with `session` added to the query.
    pub redirect_url: Option<String>,
    /// Who is told the outcome; its host must be one of `allowed_hosts`.
    pub callback_url: Option<String>,
}

/// The same as a form, with the picture as a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form in the OpenAPI document")]
pub struct SessionForm {
    #[schema(value_type = Option<String>, format = Binary)]
    pub reference: Option<Vec<u8>>,
    pub redirect_url: Option<String>,
    pub callback_url: Option<String>,
}

/// How a session stands, and what it came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionAnswer {
    pub id: String,
    /// `ready`, `capturing`, `evaluating` or `finished`; what follows is null before that.
    pub stage: &'static str,
    /// The page for the person; told when the session is opened, and never again.
    pub url: Option<String>,
    /// As of a verification; null without a reference.
    pub verdict: Option<&'static str>,
    pub liveness: Option<SessionLiveness>,
    /// Null without a reference.
    pub comparison: Option<SessionComparison>,
    /// The best live frame, a JPEG file for 60 minutes.
    pub picture: Option<String>,
    /// The challenge as an MP4 file, for 60 minutes.
    pub video: Option<String>,
}

/// Whether a living person was in front of the camera.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionLiveness {
    /// 0 to 1, higher is bona fide.
    pub score: f32,
    /// The score is high enough and nothing below speaks against it.
    pub bona_fide: bool,
    pub challenge_passed: Option<bool>,
    /// A flat or motionless thing may have been shown.
    pub static_risk: bool,
    /// A recording may have been shown.
    pub prerecorded_risk: bool,
}

/// The live frames and the reference.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionComparison {
    /// Of the frame that is most like the reference; calibrated, 0 to 1.
    pub similarity: f32,
    /// Of the same frame; raw, -1 to 1.
    pub cosine: f32,
    /// How little the similarity varies over the frames, 0 to 1.
    pub steadiness: f32,
}

/// The person who stands at the door is to be asked, and enrolled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DoorEnrolmentRequest {
    /// ID number: 1 to 32 letters, digits, '.', '_' or '-'.
    pub subject: String,
    /// Kept as it is if absent.
    pub name: Option<String>,
    /// Last day of the enrolment, as YYYY-MM-DD (UTC).
    pub until: Option<String>,
    /// How long the whole may take, 10 to 300 s; 60 unless said otherwise.
    pub time_limit_s: Option<u16>,
}

/// How an enrolment at the door stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct DoorEnrolmentAnswer {
    pub id: String,
    pub subject: String,
    /// `asking`, `capturing`, `saving`; in the end `enrolled`, `declined`, `left`, `timed_out`, `another_person`,
    /// `presentation_attack`, `already_enrolled`, `refused`, `cancelled` or `failed`.
    pub state: &'static str,
    /// Whether nothing will follow.
    pub ended: bool,
    /// The rule of admission by which it was refused.
    pub rule: Option<&'static str>,
    /// Good frames so far; null unless `capturing`.
    pub frames_done: Option<u8>,
    pub frames_wanted: Option<u8>,
    /// The name of the key that asked.
    pub asked_by: String,
    /// When the person agreed; RFC 3339.
    pub consented_at: Option<String>,
}

/// The door's latest decisions, the latest first, as they are published over MQTT.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecisionsAnswer {
    #[schema(value_type = Vec<Object>)]
    pub decisions: Vec<serde_json::Value>,
}

/// The server answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthAnswer {
    /// `ok`.
    pub status: &'static str,
    /// Of the program.
    pub version: &'static str,
    /// The door's name.
    pub device: String,
    /// Jobs that wait for the verification worker.
    pub waiting: usize,
}

/// Why there is no result.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorAnswer {
    pub error: ErrorBody,
}

/// A stable code, and words for people.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    pub code: String,
    pub message: String,
}
