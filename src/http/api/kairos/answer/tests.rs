use serde_json::{Value, json};

use super::*;
use crate::domain::{Covered, Face, HeadPose, Landmarks, PadScore, PictureFormat};

fn face(confidence: f32, pad: Option<f32>) -> ExaminedFace {
    ExaminedFace {
        face: Face {
            bounds: BoundingBox {
                x: 153.1597,
                y: -10.0,
                width: 235.0864,
                height: 290.2446,
            },
            landmarks: Landmarks::default(),
            confidence,
        },
        quality: Quality::new(80).unwrap(),
        guidance: None,
        covered: Covered::default(),
        pose: HeadPose::default(),
        template: None,
        pad: pad.map(|score| PadScore::new(score).unwrap()),
        portrait: None,
    }
}

fn picture(faces: Vec<ExaminedFace>) -> ExaminedPicture {
    ExaminedPicture {
        format: PictureFormat::Jpeg,
        width: 500,
        height: 666,
        faces,
    }
}

fn answer(
    selfie: Vec<ExaminedFace>,
    image: Vec<ExaminedFace>,
    scores: &[f32],
    multiface: bool,
) -> Value {
    let (selfie, image) = (picture(selfie), picture(image));
    let similarities = scores.iter().map(|s| Similarity::new(*s).ok()).collect();
    let findings = Findings {
        selfie: &selfie,
        image: &image,
        similarities,
        multiface,
    };
    let rules = Rules {
        bands: DOCUMENTED,
        quality_floor: Quality::new(40).unwrap(),
    };
    serde_json::to_value(response_data(&findings, &rules)).unwrap()
}

/// The scores of the documented sample.
#[test]
fn the_documented_sample_comes_out_as_documented() {
    let selfie = vec![face(1.0, Some(0.0026))];
    let found = answer(selfie, vec![face(0.9999, None)], &[0.4803], false);
    assert_eq!(
        found["decision"],
        json!({
            "details": [
                {
                    "code": "FAILED_FACE_MATCH",
                    "confidence": 1,
                    "decision": "review",
                    "description": "Faces do not match; threshold failed: 0.4 < 0.4803 (actual) < 0.56"
                },
                {
                    "code": "FAILED_SELFIE_LIVENESS",
                    "confidence": 1,
                    "decision": "reject",
                    "description": "Selfie liveness threshold failed: 0.4 < 0.0026 (actual) < 0.6"
                }
            ],
            "reject_score": 1,
            "review_score": 1,
            "warning_score": 0
        })
    );
    let biometric = &found["biometric"];
    assert_eq!(biometric["face_match_confidence"], 0.4803);
    assert_eq!(biometric["selfie"]["faces_liveness"], 0.0026);
    assert_eq!(
        biometric["selfie"]["faces_predicted"],
        json!([{
            "confidence": 1,
            "delta": { "x": 235.0864, "y": 280.2446 },
            "top_left": { "x": 153.1597, "y": 0 }
        }]),
        "the box ends at the picture's edge"
    );
    assert_eq!(
        biometric["image"]["img"],
        json!({"height": 666, "width": 500})
    );
}

#[test]
fn a_good_match_of_a_live_person_has_nothing_against_it() {
    let found = answer(
        vec![face(1.0, Some(0.6))],
        vec![face(1.0, None)],
        &[0.56],
        false,
    );
    assert_eq!(
        found["decision"],
        json!({"details": [], "reject_score": 0, "review_score": 0, "warning_score": 0})
    );
}

#[test]
fn without_a_face_nothing_is_accepted() {
    let codes = |found: &Value| -> Vec<String> {
        let details = found["decision"]["details"].as_array().unwrap();
        details
            .iter()
            .map(|d| d["code"].as_str().unwrap().to_owned())
            .collect()
    };
    let found = answer(vec![], vec![], &[], false);
    assert_eq!(codes(&found), ["NO_SELFIE_FACE", "NO_IMAGE_FACE"]);
    assert_eq!(found["decision"]["reject_score"], 1);
    assert_eq!(found["biometric"]["face_match_confidence"], 0);
    assert_eq!(found["biometric"]["selfie"]["faces_liveness"], 0);
}

#[test]
fn with_multiface_the_best_of_all_faces_counts_and_each_tells_its_own() {
    let selfie = || vec![face(1.0, Some(0.9))];
    let image = || vec![face(1.0, None), face(0.75, None)];
    let found = answer(selfie(), image(), &[0.1, 0.8], true);
    let biometric = &found["biometric"];
    assert_eq!(biometric["face_match_confidence"], 0.8);
    let faces = &biometric["image"]["faces_predicted"];
    assert_eq!(faces[0]["face_match_confidence"], 0.1);
    assert_eq!(faces[1]["face_match_confidence"], 0.8);
    assert_eq!(found["decision"]["details"], json!([]));

    let found = answer(selfie(), image(), &[0.1], false);
    assert_eq!(
        found["decision"]["details"][0]["code"],
        "IMAGE_MULTIPLE_FACES"
    );
    assert_eq!(found["decision"]["warning_score"], 0.75);
    assert_eq!(found["decision"]["reject_score"], 1);
}

#[test]
fn a_poor_picture_is_a_warning() {
    let mut blurred = face(1.0, Some(0.9));
    blurred.quality = Quality::new(30).unwrap();
    let found = answer(vec![blurred], vec![face(1.0, None)], &[0.9], false);
    assert_eq!(
        found["decision"]["details"],
        json!([{
            "code": "LOW_SELFIE_QUALITY",
            "confidence": 0.7,
            "decision": "warning",
            "description": "Selfie quality threshold failed: 30 (actual) < 40"
        }])
    );
}
