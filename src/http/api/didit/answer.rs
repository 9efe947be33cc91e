//! From findings to the report.

use crate::domain::Band;
use crate::http::api::sessions::{Findings, Liveness, Match, MediaUrl};
use crate::http::api::{ScoreBand, ScoreBands};

use super::wire::{Face, Status};

/// Where the document names no thresholds: those of a cautious door.
pub const BANDS: ScoreBands = ScoreBands {
    comparison: ScoreBand {
        review_from: 0.6,
        accept_from: 0.7,
    },
    liveness: ScoreBand {
        review_from: 0.4,
        accept_from: 0.6,
    },
};

/// The report of a session whose reference's portrait is at `source`; without findings it isn't finished.
#[must_use]
pub fn face(source: Option<&MediaUrl>, findings: Option<&Findings>, bands: &ScoreBands) -> Face {
    let compared = findings.and_then(|f| f.matches.first());
    let face_match_status = findings.map_or(Status::NotFinished, |_| matched(compared, bands));
    let liveness_status = findings.map_or(Status::NotFinished, |f| live(&f.liveness, bands));
    let percent = |score: f32| (f64::from(score) * 10_000.0).round() / 100.0;
    Face {
        status: combined(face_match_status, liveness_status),
        face_match_status,
        liveness_status,
        face_match_similarity: compared.map_or(0.0, |m| percent(m.similarity.get())),
        liveness_confidence: findings.map_or(0.0, |f| percent(f.liveness.score.get())),
        source_image: text(source),
        target_image: text(findings.and_then(|f| f.target.as_ref())),
        video_url: text(findings.and_then(|f| f.video.as_ref())),
    }
}

fn text(url: Option<&MediaUrl>) -> String {
    url.map_or_else(String::new, |url| url.as_str().to_owned())
}

fn matched(compared: Option<&Match>, bands: &ScoreBands) -> Status {
    compared.map_or(Status::Rejected, |m| {
        status(bands.comparison.of(m.similarity.get()))
    })
}

fn live(liveness: &Liveness, bands: &ScoreBands) -> Status {
    if liveness.cues.is_refused() {
        Status::Rejected
    } else {
        status(bands.liveness.of(liveness.score.get()))
    }
}

fn status(band: Band) -> Status {
    match band {
        Band::Accept => Status::Approved,
        Band::Review => Status::InReview,
        Band::Reject => Status::Rejected,
    }
}

/// The worse of two: what is rejected once is rejected, and what waits for a look isn't approved.
fn combined(a: Status, b: Status) -> Status {
    use Status::{Approved, InReview, NotFinished, Rejected};
    match (a, b) {
        (NotFinished, _) | (_, NotFinished) => NotFinished,
        (Rejected, _) | (_, Rejected) => Rejected,
        (InReview, _) | (_, InReview) => InReview,
        (Approved, Approved) => Approved,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::domain::{Cosine, PadScore, Similarity};
    use crate::http::api::sessions::Cues;

    use super::*;

    fn findings(similarity: f32, pad: f32) -> Findings {
        Findings {
            liveness: Liveness {
                score: PadScore::saturating(pad),
                cues: Cues::default(),
            },
            matches: vec![Match {
                similarity: Similarity::saturating(similarity),
                cosine: Cosine::saturating(similarity),
                steadiness: 1.0,
                frame: None,
            }],
            target: None,
            video: None,
            place: None,
        }
    }

    #[test]
    fn a_report_has_the_documented_names_and_types() {
        let url = |name: &str| MediaUrl::elsewhere(&format!("https://example.com/{name}"));
        let found = Findings {
            target: Some(url("target-image.jpg")),
            video: Some(url("video.mp4")),
            ..findings(0.9543, 0.45)
        };
        let face = face(Some(&url("source-image.jpg")), Some(&found), &BANDS);
        let expected = json!({
            "status": "In Review",
            "face_match_status": "Approved",
            "liveness_status": "In Review",
            "face_match_similarity": 95.43,
            "liveness_confidence": 45.0,
            "source_image": "https://example.com/source-image.jpg",
            "target_image": "https://example.com/target-image.jpg",
            "video_url": "https://example.com/video.mp4",
        });
        assert_eq!(serde_json::to_value(face).unwrap(), expected);
    }

    #[test]
    fn the_overall_status_is_never_better_than_either() {
        let cases = [
            (0.9, 0.9, Status::Approved),
            (0.65, 0.9, Status::InReview),
            (0.9, 0.5, Status::InReview),
            (0.1, 0.5, Status::Rejected),
            (0.9, 0.1, Status::Rejected),
        ];
        for (similarity, pad, expected) in cases {
            let face = face(None, Some(&findings(similarity, pad)), &BANDS);
            assert_eq!(face.status, expected, "{similarity} {pad}");
        }
    }

    #[test]
    fn a_failed_challenge_and_a_missing_match_are_rejected_whatever_the_scores() {
        let mut failed = findings(1.0, 1.0);
        failed.liveness.cues.challenge_passed = Some(false);
        let failed = face(None, Some(&failed), &BANDS);
        assert_eq!(failed.liveness_status, Status::Rejected);
        assert_eq!(failed.status, Status::Rejected);

        let mut nobody = findings(1.0, 1.0);
        nobody.matches.clear();
        let nobody = face(None, Some(&nobody), &BANDS);
        assert_eq!(nobody.face_match_status, Status::Rejected);
        assert_eq!(nobody.face_match_similarity, 0.0);
    }

    #[test]
    fn an_open_session_is_not_finished() {
        let face = face(None, None, &BANDS);
        assert_eq!(serde_json::to_value(face.status).unwrap(), "Not Finished");
        assert_eq!(face.liveness_status, Status::NotFinished);
        assert_eq!(face.video_url, "");
    }
}
