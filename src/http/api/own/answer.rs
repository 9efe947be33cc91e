//! From results to answers.

use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::wire::{
    Bounds, CandidateAnswer, DoorEnrolmentAnswer, EnrolledAnswer, FaceAnswer, Liveness, Pose,
    Thresholds,
};
use crate::domain::{
    Candidate, EnrolmentStage, ExaminedFace, ExaminedPicture, Guidance, LivenessTest, Policy,
    Standing,
};
use crate::http::api::backend::Enrolled;
use crate::http::api::enrolments::EnrolmentStatus;

pub(super) fn thresholds(policy: &Policy) -> Thresholds {
    Thresholds {
        accept_similarity: policy.accept_similarity.get(),
        review_similarity: policy.review_similarity.get(),
        liveness: policy.liveness_threshold.get(),
        quality: policy.quality_floor.get(),
    }
}

pub(super) fn liveness(test: LivenessTest, policy: &Policy) -> Liveness {
    match test {
        LivenessTest::NotWanted | LivenessTest::Wanted(None) => Liveness {
            tested: false,
            score: None,
            bona_fide: None,
        },
        LivenessTest::Wanted(Some(score)) => Liveness {
            tested: true,
            score: Some(score.get()),
            bona_fide: Some(policy.is_bona_fide(score)),
        },
    }
}

pub(super) fn face(picture: &ExaminedPicture, face: &ExaminedFace) -> FaceAnswer {
    let bounds = face.face.bounds;
    FaceAnswer {
        bounds: Bounds {
            x: bounds.x,
            y: bounds.y,
            width: bounds.width,
            height: bounds.height,
        },
        confidence: face.face.confidence,
        quality: face.quality.get(),
        guidance: face.guidance.map(guidance),
        pose: Pose {
            yaw: face.pose.yaw,
            pitch: face.pose.pitch,
            roll: face.pose.roll,
        },
        faces: picture.faces.len(),
        width: picture.width,
        height: picture.height,
    }
}

pub(super) fn candidate(candidate: &Candidate) -> CandidateAnswer {
    CandidateAnswer {
        subject: candidate.subject.to_string(),
        similarity: candidate.similarity.get(),
        cosine: candidate.cosine.get(),
        expired: candidate.standing == Standing::Expired,
    }
}

pub(super) fn enrolled(enrolled: Enrolled) -> EnrolledAnswer {
    EnrolledAnswer {
        subject: enrolled.subject.id.to_string(),
        name: enrolled.subject.name,
        templates: enrolled.templates,
        enrolled_at: date(enrolled.enrolled_at),
        consented_at: date(enrolled.subject.consented),
        expires_at: enrolled.subject.expires.map(date),
    }
}

pub(super) fn door_enrolment(status: &EnrolmentStatus) -> DoorEnrolmentAnswer {
    let (done, wanted) = match status.stage {
        EnrolmentStage::Capturing { done, wanted } => (Some(done), Some(wanted)),
        _ => (None, None),
    };
    DoorEnrolmentAnswer {
        id: Uuid::from_u128(status.order.id).hyphenated().to_string(),
        subject: status.order.subject.to_string(),
        state: status.stage.code(),
        ended: status.stage.is_ended(),
        rule: status.stage.rule(),
        frames_done: done,
        frames_wanted: wanted,
        asked_by: status.order.asked_by.clone(),
        consented_at: status.consented.map(date),
    }
}

fn guidance(guidance: Guidance) -> &'static str {
    match guidance {
        Guidance::ComeCloser => "come_closer",
        Guidance::HoldStill => "hold_still",
        Guidance::LookHere => "look_here",
        Guidance::MoreLight => "more_light",
        Guidance::LessLight => "less_light",
    }
}

fn date(at: UtcDateTime) -> String {
    let at = at.truncate_to_second();
    at.format(&Rfc3339).unwrap_or_else(|_| at.to_string())
}
