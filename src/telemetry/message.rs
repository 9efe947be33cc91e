//! The wire shapes of what the door tells, versioned. New keys may come with the same version, so
//! readers must ignore keys they don't know; a change of meaning makes a new version.

use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::{DeviceName, TelemetryError, timestamp};
use crate::domain::{Against, Decision, DecisionRecord, DenialReason, SubjectId};

/// The version of a message's shape: 1 on the wire; anything else is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Version;

impl TryFrom<u8> for Version {
    type Error = String;

    fn try_from(version: u8) -> Result<Self, String> {
        match version {
            1 => Ok(Self),
            other => Err(format!("version {other} is unknown, only 1 is")),
        }
    }
}

impl From<Version> for u8 {
    fn from(_: Version) -> Self {
        1
    }
}

/// Whether one reference was claimed or the gallery searched (ISO/IEC 2382-37).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ComparisonKind {
    /// 1:N.
    Identification,
    /// 1:1.
    Verification,
}

/// A decision, as published and recorded.
///
/// ```json
/// {"v":1,"id":"9c1d6a0e5f4b4d2c8a7b3e1f00c2d4e6","device":"north-door",
///  "decided_at":"2026-03-02T08:15:30.123Z","verdict":"granted","reason":"mated","subject":"17",
///  "comparison":"identification","similarity":0.93,"cosine":0.71,"pad_score":0.88,"quality":74,
///  "frames":3,"latency_ms":640,"delayed":false}
/// ```
///
/// Scores are null if not one frame could be compared; `pad_score` also if liveness was not asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionMessage {
    pub v: Version,
    /// 128 random bits in hexadecimal: the same decision delivered twice has the same id.
    pub id: String,
    pub device: String,
    #[serde(with = "timestamp")]
    pub decided_at: UtcDateTime,
    /// `granted`, `denied`, `review` or `inconclusive`.
    pub verdict: String,
    /// A code of [`Decision::reason`].
    pub reason: String,
    /// The ID number, if an enrolled person is the answer (granted, review, expired, already passed,
    /// outside hours); else null.
    pub subject: Option<String>,
    pub comparison: ComparisonKind,
    /// 0 to 1.
    pub similarity: Option<f32>,
    /// -1 to 1.
    pub cosine: Option<f32>,
    /// 0 to 1, higher is bona fide.
    pub pad_score: Option<f32>,
    /// 0 to 100.
    pub quality: Option<u8>,
    /// Frames that were compared.
    pub frames: u8,
    /// From the first sight of the face, or the claim if no face came, to the decision.
    pub latency_ms: u64,
    /// Whether it comes seconds late, because the broker or the door had been away: not to be acted on.
    pub delayed: bool,
}

impl DecisionMessage {
    /// The message of `record`, decided at `decided_at` by the door called `device`. Make one for a
    /// record and use it for the log and the broker alike, so that both have the same id.
    ///
    /// # Errors
    /// [`TelemetryError::Random`] if the operating system gives no random numbers.
    pub fn new(
        record: &DecisionRecord,
        device: &DeviceName,
        decided_at: UtcDateTime,
    ) -> Result<Self, TelemetryError> {
        let mut id = [0; 16];
        getrandom::fill(&mut id)?;
        let evidence = record.evidence.as_ref();
        let candidate = evidence.and_then(|e| e.candidate.as_ref());
        let latency = record.decided.since(record.started);
        Ok(Self {
            v: Version,
            id: super::hex::encode(&id),
            device: device.to_string(),
            decided_at,
            verdict: record.decision.verdict().to_owned(),
            reason: record.decision.reason().to_owned(),
            subject: answer(record).map(SubjectId::to_string),
            comparison: match record.against {
                Against::Gallery => ComparisonKind::Identification,
                Against::Reference(_) => ComparisonKind::Verification,
            },
            similarity: candidate.map(|c| c.similarity.get()),
            cosine: candidate.map(|c| c.cosine.get()),
            pad_score: evidence.and_then(|e| e.pad).map(|score| score.get()),
            quality: evidence.map(|e| e.quality.get()),
            frames: evidence.map_or(0, |e| e.frames),
            latency_ms: u64::try_from(latency.as_millis()).unwrap_or(u64::MAX),
            delayed: false,
        })
    }
}

/// The enrolled person that the decision is about. The most similar subject of an unknown face is no answer.
fn answer(record: &DecisionRecord) -> Option<&SubjectId> {
    match &record.decision {
        Decision::Granted(subject) => Some(subject),
        Decision::Review(_)
        | Decision::Denied(
            DenialReason::Expired
            | DenialReason::AlreadyPassed
            | DenialReason::ChallengeFailed
            | DenialReason::OutsideHours,
        ) => {
            let candidate = record.evidence.as_ref()?.candidate.as_ref()?;
            Some(&candidate.subject)
        }
        Decision::Denied(_) | Decision::Inconclusive(_) => None,
    }
}

/// Whether the door serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    Online,
    /// Not connected to the broker: the last will, or an orderly stop.
    Offline,
    /// Running, but a fault keeps it from deciding.
    OutOfService,
}

/// The retained status of a door.
///
/// ```json
/// {"v":1,"device":"north-door","state":"online","version":"0.1.0","since":"2026-03-02T08:00:00.000Z"}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusMessage {
    pub v: Version,
    pub device: String,
    pub state: DeviceState,
    /// Of the program.
    pub version: String,
    /// When the state was entered; null in the last will, which was written beforehand.
    #[serde(with = "timestamp::option")]
    pub since: Option<UtcDateTime>,
}

impl StatusMessage {
    /// The status of the door called `device`.
    #[must_use]
    pub fn new(device: &DeviceName, state: DeviceState, since: Option<UtcDateTime>) -> Self {
        Self {
            v: Version,
            device: device.to_string(),
            state,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            since,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::macros::utc_datetime;

    use super::*;
    use crate::domain::{
        Candidate, Cosine, Evidence, InconclusiveReason, Moment, PadScore, Quality, Similarity,
        Standing,
    };

    const AT: UtcDateTime = utc_datetime!(2026-03-02 8:15:30.123_456);

    fn record(decision: Decision) -> DecisionRecord {
        DecisionRecord {
            decision,
            evidence: Some(Evidence {
                candidate: Some(Candidate {
                    subject: "17".parse().unwrap(),
                    cosine: Cosine::new(0.71).unwrap(),
                    similarity: Similarity::new(0.93).unwrap(),
                    standing: Standing::Valid,
                }),
                consistent: true,
                claimed: false,
                pad: Some(PadScore::new(0.88).unwrap()),
                quality: Quality::new(74).unwrap(),
                frames: 3,
                elapsed: Duration::from_millis(600),
            }),
            against: Against::Gallery,
            started: Moment::new(Duration::from_millis(1_000)),
            decided: Moment::new(Duration::from_millis(1_640)),
        }
    }

    fn message(record: &DecisionRecord) -> DecisionMessage {
        DecisionMessage::new(record, &"north-door".parse().unwrap(), AT).unwrap()
    }

    #[test]
    fn a_grant_on_the_wire() {
        let mut message = message(&record(Decision::Granted("17".parse().unwrap())));
        assert_eq!(message.id.len(), 32);
        message.id = "00".into();
        assert_eq!(
            serde_json::to_string(&message).unwrap(),
            r#"{"v":1,"id":"00","device":"north-door","decided_at":"2026-03-02T08:15:30.123Z","verdict":"granted","reason":"mated","subject":"17","comparison":"identification","similarity":0.93,"cosine":0.71,"pad_score":0.88,"quality":74,"frames":3,"latency_ms":640,"delayed":false}"#
        );
    }

    #[test]
    fn only_an_answer_names_somebody() {
        let unknown = message(&record(Decision::Denied(DenialReason::Unknown)));
        assert_eq!(unknown.subject, None);
        let expired = message(&record(Decision::Denied(DenialReason::Expired)));
        assert_eq!(expired.subject.as_deref(), Some("17"));
    }

    #[test]
    fn without_evidence_scores_are_null() {
        let mut record = record(Decision::Inconclusive(InconclusiveReason::NoFace));
        record.evidence = None;
        record.against = Against::Reference("17".parse().unwrap());
        let json = serde_json::to_value(message(&record)).unwrap();
        assert_eq!(json["comparison"], "verification");
        for key in ["subject", "similarity", "cosine", "pad_score", "quality"] {
            assert!(json[key].is_null(), "{key}");
        }
    }

    #[test]
    fn another_version_is_refused() {
        let status = StatusMessage::new(&"d".parse().unwrap(), DeviceState::OutOfService, None);
        let json = serde_json::to_string(&status).unwrap();
        assert!(json.contains(r#""state":"out_of_service""#), "{json}");
        assert_eq!(
            serde_json::from_str::<StatusMessage>(&json).unwrap(),
            status
        );
        let newer = json.replace(r#""v":1"#, r#""v":2"#);
        assert!(serde_json::from_str::<StatusMessage>(&newer).is_err());
    }
}
