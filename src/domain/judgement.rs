//! What the comparison of single pictures comes to. For a door this is not enough: there several frames
//! of one tracked face decide, see [`super::decide`].

use super::{Band, PadScore, Policy, Quality, Similarity, Standing};

/// What is known of a probe and the reference it was compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Presentation {
    pub similarity: Similarity,
    /// Of the enrolled reference; a reference that came with the request is always valid.
    pub standing: Standing,
    /// The lower one of probe and reference.
    pub quality: Quality,
    pub liveness: LivenessTest,
}

/// Whether liveness was tested, and with what outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LivenessTest {
    /// Comparison alone was asked for, and the answer says so.
    NotWanted,
    /// `None` if there is no score: that never passes.
    Wanted(Option<PadScore>),
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    Mated,
    /// A person has to look.
    Review,
    NonMated,
    PresentationAttack,
    /// Recognised, and the enrolment has run out.
    Expired,
    /// The pictures are too poor to say no.
    PoorQuality,
    /// Liveness was wanted and there is no score.
    LivenessMissing,
}

impl Judgement {
    /// Judges by the policy's thresholds.
    #[must_use]
    pub fn of(presentation: &Presentation, policy: &Policy) -> Self {
        match presentation.liveness {
            LivenessTest::Wanted(None) => return Self::LivenessMissing,
            LivenessTest::Wanted(Some(score)) if !policy.is_bona_fide(score) => {
                return Self::PresentationAttack;
            }
            LivenessTest::Wanted(Some(_)) | LivenessTest::NotWanted => {}
        }
        let is_poor = presentation.quality < policy.quality_floor;
        match policy.band(presentation.similarity) {
            Band::Accept if presentation.standing == Standing::Expired => Self::Expired,
            Band::Accept => Self::Mated,
            // Poor pictures make people look less alike, so they can't deny.
            Band::Review | Band::Reject if is_poor => Self::PoorQuality,
            Band::Review => Self::Review,
            Band::Reject => Self::NonMated,
        }
    }

    /// The stable code for answers.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Mated => "mated",
            Self::Review => "review",
            Self::NonMated => "non_mated",
            Self::PresentationAttack => "presentation_attack",
            Self::Expired => "enrolment_expired",
            Self::PoorQuality => "poor_quality",
            Self::LivenessMissing => "liveness_missing",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mated() -> Presentation {
        Presentation {
            similarity: Similarity::saturating(0.9),
            standing: Standing::Valid,
            quality: Quality::MAX,
            liveness: LivenessTest::Wanted(Some(PadScore::MAX)),
        }
    }

    fn judged(spoil: impl FnOnce(&mut Presentation)) -> Judgement {
        let mut presentation = mated();
        spoil(&mut presentation);
        Judgement::of(&presentation, &Policy::default())
    }

    #[test]
    fn each_fault_has_its_own_answer() {
        let similarity = |value| {
            move |c: &mut Presentation| {
                c.similarity = Similarity::saturating(value);
            }
        };
        assert_eq!(judged(|_| ()), Judgement::Mated);
        assert_eq!(judged(similarity(0.65)), Judgement::Review);
        assert_eq!(judged(similarity(0.5)), Judgement::NonMated);
        assert_eq!(
            judged(|c| c.standing = Standing::Expired),
            Judgement::Expired
        );
        assert_eq!(
            judged(|c| c.liveness = LivenessTest::Wanted(Some(PadScore::MIN))),
            Judgement::PresentationAttack
        );
        assert_eq!(
            judged(|c| c.liveness = LivenessTest::Wanted(None)),
            Judgement::LivenessMissing
        );
        assert_eq!(
            judged(|c| c.liveness = LivenessTest::NotWanted),
            Judgement::Mated
        );
        let poor = |value| {
            judged(|c| {
                c.quality = Quality::from_fraction(0.1);
                similarity(value)(c);
            })
        };
        assert_eq!(poor(0.5), Judgement::PoorQuality);
        assert_eq!(poor(0.9), Judgement::Mated);
    }

    proptest! {
        #[test]
        fn nobody_is_mated_without_the_similarity_and_the_liveness_that_were_asked_for(
            similarity in 0.0f32..=1.0, pad in proptest::option::of(0.0f32..=1.0), quality in 0.0f32..=1.0,
        ) {
            let policy = Policy::default();
            let pad = pad.map(PadScore::saturating);
            let presentation = Presentation {
                similarity: Similarity::saturating(similarity),
                quality: Quality::from_fraction(quality),
                liveness: LivenessTest::Wanted(pad),
                ..mated()
            };
            if Judgement::of(&presentation, &policy) == Judgement::Mated {
                prop_assert!(presentation.similarity >= policy.accept_similarity);
                prop_assert!(pad.is_some_and(|score| policy.is_bona_fide(score)));
            }
        }
    }
}
