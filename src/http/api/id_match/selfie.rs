//! Whether a selfie will do, and what the person should change if it won't.

use crate::domain::{Covered, ExaminedFace, ExaminedPicture, Guidance, Quality, Template};

use super::problem::{Code, Problem};

/// Comparison gets worse when the head is turned further, to a side or up and down; degrees.
const MAX_TURN: f32 = 25.0;

/// The template to compare: that of the largest face.
///
/// # Errors
/// [`Code::LandmarksNotFound`], with what to change.
pub fn probe(selfie: ExaminedPicture, floor: Quality) -> Result<Template, Problem> {
    let refuse = |advice: &str| Err(Problem::new(Code::LandmarksNotFound, advice));
    let Some(face) = selfie.faces.into_iter().next() else {
        return refuse(
            "no face was found in the selfie; show the whole face, from the front, evenly lit, \
             without mask, sunglasses or hands before it",
        );
    };
    match (objection(&face, floor), face.template) {
        (Some(advice), _) => refuse(advice),
        (None, None) => {
            refuse("the face in the selfie can't be measured; show the whole face from the front")
        }
        (None, Some(template)) => Ok(template),
    }
}

fn objection(face: &ExaminedFace, floor: Quality) -> Option<&'static str> {
    if face.pose.yaw.abs() > MAX_TURN {
        return Some(
            "the face in the selfie is turned aside by more than 25 degrees; look straight at the camera",
        );
    }
    if face.pose.pitch.abs() > MAX_TURN {
        return Some(
            "the face in the selfie is raised or lowered by more than 25 degrees; hold the camera at eye level",
        );
    }
    if face.quality >= floor {
        return cover(face.covered);
    }
    Some(match face.guidance {
        Some(Guidance::ComeCloser) => "the face in the selfie is too small; come closer",
        Some(Guidance::HoldStill) => "the selfie is blurred; hold still and wipe the lens",
        Some(Guidance::MoreLight) => {
            "the face in the selfie is too dark or flat; find more, even light"
        }
        Some(Guidance::LessLight) => {
            "the face in the selfie is too bright; turn away from the lamp or the sun"
        }
        Some(Guidance::LookHere) | None => cover(face.covered).unwrap_or(
            "the face in the selfie is cut off, tilted or covered; show the whole face, upright and \
             from the front",
        ),
    })
}

fn cover(covered: Covered) -> Option<&'static str> {
    if covered.eyes {
        Some(
            "an eye in the selfie is covered or closed; take off sunglasses, keep hair, hands and telephone away",
        )
    } else if covered.mouth {
        Some("nose or mouth are covered in the selfie; take off mask or scarf, and keep hands away")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BoundingBox, Face, HeadPose, Landmarks, ModelId, PictureFormat};

    fn answer(quality: u8, guidance: Option<Guidance>, yaw: f32, pitch: f32) -> Result<(), String> {
        usable(vec![face(quality, guidance, yaw, pitch)])
    }

    fn face(quality: u8, guidance: Option<Guidance>, yaw: f32, pitch: f32) -> ExaminedFace {
        ExaminedFace {
            face: Face {
                bounds: BoundingBox {
                    x: 0.0,
                    y: 0.0,
                    width: 100.0,
                    height: 100.0,
                },
                landmarks: Landmarks::default(),
                confidence: 1.0,
            },
            quality: Quality::new(quality).unwrap(),
            guidance,
            pose: HeadPose {
                yaw,
                pitch,
                roll: 0.0,
            },
            covered: Covered::default(),
            template: Template::new(ModelId::new("m"), vec![1.0]).ok(),
            pad: None,
            portrait: None,
        }
    }

    fn usable(faces: Vec<ExaminedFace>) -> Result<(), String> {
        let picture = ExaminedPicture {
            format: PictureFormat::Jpeg,
            width: 100,
            height: 100,
            faces,
        };
        match probe(picture, Quality::new(40).unwrap()) {
            Ok(_) => Ok(()),
            Err(problem) => {
                assert_eq!(problem.code, Code::LandmarksNotFound);
                Err(format!("{problem:?}"))
            }
        }
    }

    #[test]
    fn a_good_selfie_is_taken_up_to_25_degrees() {
        assert_eq!(answer(40, None, 25.0, -25.0), Ok(()));
        assert_eq!(answer(60, Some(Guidance::MoreLight), -25.0, 25.0), Ok(()));
    }

    #[test]
    fn what_to_change_is_told() {
        for (quality, guidance, yaw, pitch, advice) in [
            (90, None, 25.1, 0.0, "turned aside"),
            (90, None, -40.0, 0.0, "turned aside"),
            (90, None, 0.0, 25.1, "eye level"),
            (90, None, 0.0, -26.0, "eye level"),
            (39, Some(Guidance::ComeCloser), 0.0, 0.0, "come closer"),
            (39, Some(Guidance::HoldStill), 0.0, 0.0, "blurred"),
            (39, Some(Guidance::MoreLight), 0.0, 0.0, "too dark"),
            (39, Some(Guidance::LessLight), 0.0, 0.0, "too bright"),
            (39, Some(Guidance::LookHere), 0.0, 0.0, "cut off"),
        ] {
            let refused = answer(quality, guidance, yaw, pitch).unwrap_err();
            assert!(refused.contains(advice), "{refused}");
        }
        assert!(usable(vec![]).unwrap_err().contains("no face was found"));
        for (eyes, mouth, advice) in [(true, true, "sunglasses"), (false, true, "mask")] {
            for (quality, guidance) in [(90, None), (39, Some(Guidance::LookHere))] {
                let covered = ExaminedFace {
                    covered: Covered { eyes, mouth },
                    ..face(quality, guidance, 0.0, 0.0)
                };
                let refused = usable(vec![covered]).unwrap_err();
                assert!(refused.contains(advice), "{refused}");
            }
        }
    }
}
