//! From findings to the wire.

use crate::domain::{Band, PadScore, Similarity};
use crate::http::api::sessions::{Findings, Liveness, MediaUrl};
use crate::http::api::{Place, ScoreBand, ScoreBands};

use super::wire::{
    ActiveData, FaceMatch, FaceMatchScores, GeoLocation, Head, ImageLiveness, VideoLiveness,
};

/// The document names no thresholds.
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

const NO_SPEECH: &str =
    "audio is not examined: the challenge asks for movements of the head, not for speech";

/// The head of a granted request.
#[must_use]
pub fn success(transaction: String) -> Head {
    Head {
        decentro_txn_id: transaction,
        status: "SUCCESS",
        response_code: "S00000",
    }
}

/// Between the thresholds a person has to look, and until then nobody counts as live.
#[must_use]
pub fn image(score: PadScore, bands: &ScoreBands) -> ImageLiveness {
    let band = bands.liveness.of(score.get());
    ImageLiveness {
        status: "SUCCESS",
        live: yes(band == Band::Accept),
        liveness_score: percent(score.get()).to_string(),
        need_to_review: yes(band == Band::Review),
    }
}

/// `FAILURE` for anything but a living person.
#[must_use]
pub fn video(liveness: &Liveness, bands: &ScoreBands) -> VideoLiveness {
    VideoLiveness {
        status: if is_live(liveness, bands) {
            "SUCCESS"
        } else {
            "FAILURE"
        },
        confidence: fraction(liveness.score),
    }
}

/// Findings in the document's words; `originals` are where the references' pictures are.
#[must_use]
pub fn active(findings: &Findings, originals: &[MediaUrl], bands: &ScoreBands) -> ActiveData {
    let results = originals.iter().zip(&findings.matches);
    ActiveData {
        video_face_match_results: results
            .map(|(original, compared)| FaceMatch {
                original_image: original.as_str().to_owned(),
                results: FaceMatchScores {
                    match_score: percent(Similarity::get(compared.similarity)),
                    covariance: percent(compared.steadiness),
                },
                final_match_image: compared
                    .frame
                    .as_ref()
                    .map_or_else(String::new, |url| url.as_str().to_owned()),
            })
            .collect(),
        audio_match_results: None,
        audio_match_reason: NO_SPEECH,
        static_risk: flag(findings.liveness.cues.static_risk),
        prerecorded_risk: flag(findings.liveness.cues.prerecorded_risk),
        liveliness: yes(is_live(&findings.liveness, bands)),
        geo_location: findings.place.map(location),
    }
}

fn is_live(liveness: &Liveness, bands: &ScoreBands) -> bool {
    !liveness.cues.is_refused() && bands.liveness.of(liveness.score.get()) == Band::Accept
}

fn location(place: Place) -> GeoLocation {
    GeoLocation {
        latitude: format!("{:.7}", place.latitude),
        longitude: format!("{:.7}", place.longitude),
    }
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn flag(is: bool) -> &'static str {
    if is { "true" } else { "false" }
}

/// A score from 0 to 1 as a whole number of hundredths.
fn percent(score: f32) -> u8 {
    // `as` saturates and turns NaN into 0.
    (score * 100.0).round() as u8
}

/// Up to two decimals, at least one: "1.0", "0.87".
fn fraction(score: PadScore) -> String {
    format!("{:?}", (score.get() * 100.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::http::api::sessions::{Cues, Match};

    use crate::domain::Cosine;

    use super::*;

    fn liveness(score: f32) -> Liveness {
        Liveness {
            score: PadScore::saturating(score),
            cues: Cues {
                challenge_passed: Some(true),
                ..Cues::default()
            },
        }
    }

    #[test]
    fn an_image_is_live_only_above_the_upper_threshold() {
        let cases = [
            (0.85, "yes", "85", "no"),
            (0.6, "yes", "60", "no"),
            (0.59, "no", "59", "yes"),
            (0.4, "no", "40", "yes"),
            (0.39, "no", "39", "no"),
        ];
        for (score, live, text, review) in cases {
            let answer = image(PadScore::saturating(score), &BANDS);
            let expected = json!({
                "status": "SUCCESS", "live": live, "livenessScore": text, "needToReview": review,
            });
            assert_eq!(serde_json::to_value(answer).unwrap(), expected);
        }
    }

    #[test]
    fn a_video_has_its_confidence_as_text() {
        let answer = video(&liveness(1.0), &BANDS);
        let expected = json!({"status": "SUCCESS", "confidence": "1.0"});
        assert_eq!(serde_json::to_value(answer).unwrap(), expected);
        assert_eq!(video(&liveness(0.5), &BANDS).status, "FAILURE");
        let replayed = Liveness {
            cues: Cues {
                prerecorded_risk: true,
                ..Cues::default()
            },
            ..liveness(0.873)
        };
        assert_eq!(video(&replayed, &BANDS).status, "FAILURE");
        assert_eq!(video(&replayed, &BANDS).confidence, "0.87");
    }

    #[test]
    fn results_of_a_session_have_the_documented_names_and_types() {
        let findings = Findings {
            liveness: liveness(0.9),
            matches: vec![Match {
                similarity: Similarity::saturating(0.9),
                cosine: Cosine::saturating(0.8),
                steadiness: 0.95,
                frame: Some(MediaUrl::elsewhere(
                    "https://example.com/matched_image1.jpg",
                )),
            }],
            target: None,
            video: None,
            place: Some(Place {
                latitude: 12.978_980_8,
                longitude: 77.643_832_7,
            }),
        };
        let originals = [MediaUrl::elsewhere(
            "https://example.com/original_image1.jpg",
        )];
        let data = active(&findings, &originals, &BANDS);
        let expected = json!({
            "videoFaceMatchResults": [{
                "originalImage": "https://example.com/original_image1.jpg",
                "results": {"matchScore": 90, "covariance": 95},
                "finalMatchImage": "https://example.com/matched_image1.jpg",
            }],
            "audioMatchResults": null,
            "audioMatchReason": NO_SPEECH,
            "staticRisk": "false",
            "prerecordedRisk": "false",
            "liveliness": "yes",
            "geoLocation": {"latitude": "12.9789808", "longitude": "77.6438327"},
        });
        assert_eq!(serde_json::to_value(data).unwrap(), expected);
    }

    #[test]
    fn a_challenge_that_was_not_passed_is_not_live() {
        let findings = Findings {
            liveness: Liveness {
                cues: Cues {
                    static_risk: true,
                    challenge_passed: Some(false),
                    ..Cues::default()
                },
                ..liveness(1.0)
            },
            matches: Vec::new(),
            target: None,
            video: None,
            place: None,
        };
        let data = active(&findings, &[], &BANDS);
        assert_eq!((data.liveliness, data.static_risk), ("no", "true"));
        assert_eq!(data.geo_location, None);
    }
}
