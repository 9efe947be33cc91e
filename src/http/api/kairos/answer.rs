//! From what the pictures show to the answer.

use crate::domain::{Band, BoundingBox, ExaminedFace, ExaminedPicture, Quality, Similarity};
use crate::http::api::decimal::Decimal;
use crate::http::api::{ScoreBand, ScoreBands};

use super::wire::{
    Biometric, Decision, Detail, Offset, Photo, PredictedFace, ResponseData, Selfie, Size, Weight,
};

/// The bands of the documented sample answer.
pub const DOCUMENTED: ScoreBands = ScoreBands {
    comparison: ScoreBand {
        review_from: 0.4,
        accept_from: 0.56,
    },
    liveness: ScoreBand {
        review_from: 0.4,
        accept_from: 0.6,
    },
};

/// What was found out.
pub struct Findings<'a> {
    pub selfie: &'a ExaminedPicture,
    pub image: &'a ExaminedPicture,
    /// Of the selfie's face with each of the photo's, in their order; shorter if only some were compared.
    pub similarities: Vec<Option<Similarity>>,
    /// Whether every face of the photo was to be compared.
    pub multiface: bool,
}

/// What the answer rests on besides the pictures.
pub struct Rules {
    pub bands: ScoreBands,
    /// A warning is given below it.
    pub quality_floor: Quality,
}

const PLACES: i32 = 4;

/// The documented answer to these findings.
#[must_use]
pub fn response_data(findings: &Findings, rules: &Rules) -> ResponseData {
    let best = findings.similarities.iter().flatten().copied();
    let best = best.max_by(|a, b| a.get().total_cmp(&b.get()));
    let pad = findings.selfie.faces.first().and_then(|face| face.pad);
    let match_score = best.map_or(0.0, Similarity::get);
    let liveness = pad.map_or(0.0, |score| score.get());

    let mut details = Vec::new();
    check_faces(findings, &mut details);
    if best.is_some() {
        details.extend(failed(
            "FAILED_FACE_MATCH",
            "Faces do not match; threshold failed",
            match_score,
            rules.bands.comparison,
        ));
    }
    if pad.is_some() {
        details.extend(failed(
            "FAILED_SELFIE_LIVENESS",
            "Selfie liveness threshold failed",
            liveness,
            rules.bands.liveness,
        ));
    }
    check_quality(findings, rules.quality_floor, &mut details);

    ResponseData {
        biometric: Biometric {
            face_match_confidence: Decimal::rounded(match_score, PLACES),
            image: Photo {
                faces_predicted: faces(findings.image, |index| {
                    let similarity = findings.similarities.get(index).copied().flatten();
                    similarity.filter(|_| findings.multiface)
                }),
                img: size(findings.image),
            },
            selfie: Selfie {
                faces_liveness: Decimal::rounded(liveness, PLACES),
                faces_predicted: faces(findings.selfie, |_| None),
                img: size(findings.selfie),
            },
        },
        decision: decision(details),
    }
}

/// A score of a decision is the surest finding that asks for it.
fn decision(details: Vec<Detail>) -> Decision {
    let score = |weight| {
        let of_weight = details.iter().filter(|detail| detail.decision == weight);
        of_weight.map(|detail| detail.confidence).fold(
            Decimal::rounded(0.0, 0),
            |highest, confidence| {
                if confidence > highest {
                    confidence
                } else {
                    highest
                }
            },
        )
    };
    Decision {
        reject_score: score(Weight::Reject),
        review_score: score(Weight::Review),
        warning_score: score(Weight::Warning),
        details,
    }
}

/// Nothing if the score is accepted.
fn failed(code: &'static str, words: &str, score: f32, band: ScoreBand) -> Option<Detail> {
    let weight = match band.of(score) {
        Band::Accept => return None,
        Band::Review => Weight::Review,
        Band::Reject => Weight::Reject,
    };
    let [low, actual, high] =
        [band.review_from, score, band.accept_from].map(|value| Decimal::rounded(value, PLACES));
    Some(Detail {
        code,
        confidence: Decimal::rounded(1.0, 0),
        decision: weight,
        description: format!("{words}: {low} < {actual} (actual) < {high}"),
    })
}

fn check_faces(findings: &Findings, details: &mut Vec<Detail>) {
    let pictures = [
        (
            findings.selfie,
            "NO_SELFIE_FACE",
            "SELFIE_MULTIPLE_FACES",
            "selfie",
            true,
        ),
        (
            findings.image,
            "NO_IMAGE_FACE",
            "IMAGE_MULTIPLE_FACES",
            "image",
            !findings.multiface,
        ),
    ];
    for (picture, none, several, name, one_expected) in pictures {
        match &picture.faces[..] {
            [] => details.push(Detail {
                code: none,
                confidence: Decimal::rounded(1.0, 0),
                decision: Weight::Reject,
                description: format!("No face found in the {name}"),
            }),
            [_, next, ..] if one_expected => details.push(Detail {
                code: several,
                confidence: Decimal::rounded(next.face.confidence, PLACES),
                decision: Weight::Warning,
                description: format!(
                    "{} faces in the {name}; the largest was analysed",
                    picture.faces.len()
                ),
            }),
            _ => {}
        }
    }
}

fn check_quality(findings: &Findings, floor: Quality, details: &mut Vec<Detail>) {
    let pictures = [
        (findings.selfie, "LOW_SELFIE_QUALITY", "Selfie"),
        (findings.image, "LOW_IMAGE_QUALITY", "Image"),
    ];
    for (picture, code, name) in pictures {
        let Some(largest) = picture.faces.first() else {
            continue;
        };
        if largest.quality < floor {
            let (found, floor) = (largest.quality.get(), floor.get());
            details.push(Detail {
                code,
                confidence: Decimal::rounded(1.0 - f32::from(found) / 100.0, PLACES),
                decision: Weight::Warning,
                description: format!("{name} quality threshold failed: {found} (actual) < {floor}"),
            });
        }
    }
}

fn faces(
    picture: &ExaminedPicture,
    similarity: impl Fn(usize) -> Option<Similarity>,
) -> Vec<PredictedFace> {
    let face = |(index, examined): (usize, &ExaminedFace)| {
        let bounds = inside(examined.face.bounds, picture);
        PredictedFace {
            confidence: Decimal::rounded(examined.face.confidence, PLACES),
            delta: offset(bounds.width, bounds.height),
            top_left: offset(bounds.x, bounds.y),
            face_match_confidence: similarity(index)
                .map(|similarity| Decimal::rounded(similarity.get(), PLACES)),
        }
    };
    picture.faces.iter().enumerate().map(face).collect()
}

/// The part of a box that is in the picture.
fn inside(bounds: BoundingBox, picture: &ExaminedPicture) -> BoundingBox {
    let clip = |from: f32, length: f32, size: u32| {
        let (first, last) = (from.max(0.0), (from + length).min(size as f32));
        (first, (last - first).max(0.0))
    };
    let (x, width) = clip(bounds.x, bounds.width, picture.width);
    let (y, height) = clip(bounds.y, bounds.height, picture.height);
    BoundingBox {
        x,
        y,
        width,
        height,
    }
}

fn offset(x: f32, y: f32) -> Offset {
    Offset {
        x: Decimal::rounded(x, PLACES),
        y: Decimal::rounded(y, PLACES),
    }
}

fn size(picture: &ExaminedPicture) -> Size {
    Size {
        height: picture.height,
        width: picture.width,
    }
}

#[cfg(test)]
mod tests;
