//! The dangerous rule: who is let in. A pure function, so that it can be tested without a door.

use super::{Band, Candidate, Evidence, Policy, Standing, SubjectId};

/// What the door answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// The strike may be released for this subject.
    Granted(SubjectId),
    Denied(DenialReason),
    /// A person has to look at the case; the door stays shut.
    Review(ReviewReason),
    /// The door could not tell and stays shut.
    Inconclusive(InconclusiveReason),
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenialReason {
    /// 1:N: nobody enrolled is similar enough.
    Unknown,
    /// 1:1: the face is not that of the claimed reference.
    NotMated,
    /// 1:1: nobody is enrolled under the claimed ID number.
    NoSuchReference,
    /// A picture, a screen or a mask was held up.
    PresentationAttack,
    /// The enrolment has run out.
    Expired,
    /// The person was let in a moment ago (anti-passback).
    AlreadyPassed,
    /// The movements that were asked for were not seen.
    ChallengeFailed,
    /// It is not the time for this person, or the clock is not set and nobody can tell.
    OutsideHours,
}

/// Why a person has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewReason {
    /// The similarity lies between the review and the accept threshold.
    SimilarityInBand,
}

/// Why the door could not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InconclusiveReason {
    PoorQuality,
    TooFewFrames,
    TimedOut,
    /// Frames of one face named different people.
    InconsistentFrames,
    /// No liveness score: never skipped for a door.
    LivenessMissing,
    /// The face left before there was enough evidence.
    FaceLost,
    /// A reference was claimed and no face came.
    NoFace,
    CameraLost,
    AnalysisFailed,
    /// The analysis is slower than the policy's frame age allows.
    StaleFrames,
}

impl Decision {
    /// The stable word for messages and logs.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        match self {
            Self::Granted(_) => "granted",
            Self::Denied(_) => "denied",
            Self::Review(_) => "review",
            Self::Inconclusive(_) => "inconclusive",
        }
    }

    /// The stable reason code for messages and logs.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Granted(_) => "mated",
            Self::Denied(reason) => reason.code(),
            Self::Review(ReviewReason::SimilarityInBand) => "similarity_in_review_band",
            Self::Inconclusive(reason) => reason.code(),
        }
    }
}

impl DenialReason {
    /// The stable code for messages and logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::NotMated => "not_mated",
            Self::NoSuchReference => "no_such_reference",
            Self::PresentationAttack => "presentation_attack",
            Self::Expired => "enrolment_expired",
            Self::AlreadyPassed => "already_passed",
            Self::ChallengeFailed => "challenge_failed",
            Self::OutsideHours => "outside_hours",
        }
    }
}

impl InconclusiveReason {
    /// The stable code for messages and logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::PoorQuality => "poor_quality",
            Self::TooFewFrames => "too_few_frames",
            Self::TimedOut => "timed_out",
            Self::InconsistentFrames => "inconsistent_frames",
            Self::LivenessMissing => "liveness_missing",
            Self::FaceLost => "face_lost",
            Self::NoFace => "no_face",
            Self::CameraLost => "camera_lost",
            Self::AnalysisFailed => "analysis_failed",
            Self::StaleFrames => "stale_frames",
        }
    }
}

/// Decides on complete evidence.
///
/// A grant needs all of: enough frames of enough quality within the time limit, one consistent subject
/// at or above the accept threshold, an enrolment in force, and a bona fide liveness score.
#[must_use]
pub fn decide(evidence: &Evidence, policy: &Policy) -> Decision {
    use Decision::{Denied, Granted, Inconclusive, Review};

    if evidence.frames < policy.frames_needed {
        return Inconclusive(InconclusiveReason::TooFewFrames);
    }
    if evidence.quality < policy.quality_floor {
        return Inconclusive(InconclusiveReason::PoorQuality);
    }
    if evidence.elapsed > policy.time_limit {
        return Inconclusive(InconclusiveReason::TimedOut);
    }
    if evidence
        .pad
        .is_some_and(|score| !policy.is_bona_fide(score))
    {
        return Denied(DenialReason::PresentationAttack);
    }
    let Some((candidate, band)) = similar_candidate(evidence, policy) else {
        return Denied(match (&evidence.candidate, evidence.claimed) {
            (_, false) => DenialReason::Unknown,
            (Some(_), true) => DenialReason::NotMated,
            (None, true) => DenialReason::NoSuchReference,
        });
    };
    if !evidence.consistent {
        return Inconclusive(InconclusiveReason::InconsistentFrames);
    }
    if evidence.pad.is_none() {
        return Inconclusive(InconclusiveReason::LivenessMissing);
    }
    match candidate.standing {
        Standing::Valid => {}
        Standing::Expired => return Denied(DenialReason::Expired),
        Standing::OutsideHours => return Denied(DenialReason::OutsideHours),
    }
    match band {
        Band::Accept => Granted(candidate.subject.clone()),
        Band::Review | Band::Reject => Review(ReviewReason::SimilarityInBand),
    }
}

fn similar_candidate<'e>(evidence: &'e Evidence, policy: &Policy) -> Option<(&'e Candidate, Band)> {
    let candidate = evidence.candidate.as_ref()?;
    let band = policy.band(candidate.similarity);
    (band != Band::Reject).then_some((candidate, band))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Cosine, PadScore, Quality, Similarity};

    fn convincing() -> Evidence {
        Evidence {
            candidate: Some(Candidate {
                subject: "17".parse().unwrap(),
                cosine: Cosine::saturating(0.7),
                similarity: Similarity::saturating(0.9),
                standing: Standing::Valid,
            }),
            consistent: true,
            claimed: false,
            pad: Some(PadScore::saturating(0.9)),
            quality: Quality::MAX,
            frames: 3,
            elapsed: Duration::from_secs(1),
        }
    }

    fn decided(spoil: impl FnOnce(&mut Evidence)) -> Decision {
        let mut evidence = convincing();
        spoil(&mut evidence);
        decide(&evidence, &Policy::default())
    }

    fn similarity(e: &mut Evidence, value: f32) {
        e.candidate.as_mut().unwrap().similarity = Similarity::saturating(value);
    }

    #[test]
    fn each_missing_part_has_its_own_answer() {
        use Decision::{Denied, Granted, Inconclusive, Review};
        assert_eq!(decided(|_| ()), Granted("17".parse().unwrap()));
        assert_eq!(
            decided(|e| e.frames = 2),
            Inconclusive(InconclusiveReason::TooFewFrames)
        );
        assert_eq!(
            decided(|e| e.quality = Quality::from_fraction(0.1)),
            Inconclusive(InconclusiveReason::PoorQuality)
        );
        assert_eq!(
            decided(|e| e.elapsed = Duration::from_secs(9)),
            Inconclusive(InconclusiveReason::TimedOut)
        );
        assert_eq!(
            decided(|e| e.consistent = false),
            Inconclusive(InconclusiveReason::InconsistentFrames)
        );
        assert_eq!(
            decided(|e| e.pad = None),
            Inconclusive(InconclusiveReason::LivenessMissing)
        );
        assert_eq!(
            decided(|e| e.pad = Some(PadScore::MIN)),
            Denied(DenialReason::PresentationAttack)
        );
        assert_eq!(
            decided(|e| e.candidate = None),
            Denied(DenialReason::Unknown)
        );
        assert_eq!(
            decided(|e| similarity(e, 0.3)),
            Denied(DenialReason::Unknown)
        );
        assert_eq!(
            decided(|e| similarity(e, 0.65)),
            Review(ReviewReason::SimilarityInBand)
        );
        assert_eq!(
            decided(|e| e.candidate.as_mut().unwrap().standing = Standing::Expired),
            Denied(DenialReason::Expired)
        );
        assert_eq!(
            decided(|e| e.candidate.as_mut().unwrap().standing = Standing::OutsideHours),
            Denied(DenialReason::OutsideHours)
        );
    }

    #[test]
    fn a_claim_that_fails_says_what_failed() {
        let claimed = |spoil: fn(&mut Evidence)| {
            decided(|e| {
                e.claimed = true;
                spoil(e)
            })
        };
        assert_eq!(
            claimed(|e| similarity(e, 0.3)),
            Decision::Denied(DenialReason::NotMated)
        );
        assert_eq!(
            claimed(|e| e.candidate = None),
            Decision::Denied(DenialReason::NoSuchReference)
        );
    }

    proptest! {
        #[test]
        fn a_grant_has_every_part(
            sim in 0.0f32..=1.0, pad in proptest::option::of(0.0f32..=1.0), quality in 0u8..=100,
            frames in 0u8..12, seconds in 0u64..20, consistent: bool, claimed: bool,
            standing in prop::sample::select(&[Standing::Valid, Standing::Expired, Standing::OutsideHours][..]),
        ) {
            let policy = Policy::default();
            let mut evidence = convincing();
            similarity(&mut evidence, sim);
            evidence.candidate.as_mut().unwrap().standing = standing;
            evidence.pad = pad.map(PadScore::saturating);
            evidence.quality = Quality::new(quality).unwrap();
            evidence.elapsed = Duration::from_secs(seconds);
            (evidence.frames, evidence.consistent, evidence.claimed) = (frames, consistent, claimed);
            let all = sim >= 0.70 && pad.is_some_and(|p| p >= 0.5) && quality >= 40 && frames >= 3
                && seconds <= 8 && consistent && standing == Standing::Valid;
            prop_assert_eq!(matches!(decide(&evidence, &policy), Decision::Granted(_)), all);
        }
    }
}
