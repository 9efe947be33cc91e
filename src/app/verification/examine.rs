//! `Job::Examine`: what one picture tells.

use image::{ImageFormat, RgbImage};

use super::bench::Bench;
use crate::capture;
use crate::domain::liveness::{LightCues, fuse_frame};
use crate::domain::{
    Covered, Effort, ExaminedFace, ExaminedPicture, Face, FacesWanted, HeadPose, PictureFormat,
    Wanted,
};
use crate::http::api::backend::BackendError;
use crate::vision::{self, Analyser, VisionError};

/// Finds the faces of a picture, and of them what is wanted. A face that can't be aligned has no template.
pub(super) fn examine(
    bench: &mut Bench<'_>,
    file: &[u8],
    wanted: Wanted,
) -> Result<ExaminedPicture, BackendError> {
    let format = format(file)?;
    let picture =
        capture::decode(file, "the picture").map_err(|error| BackendError::Undecodable {
            reason: error.to_string(),
        })?;
    let mut faces = Vec::new();
    let located = match wanted.effort {
        Effort::Fast => bench.stage(|analyser| analyser.locate_quickly(&picture)),
        Effort::Accurate => bench.stage(|analyser| match analyser.locate(&picture) {
            Err(VisionError::NoFace) => Ok(None),
            other => other.map(Some),
        }),
    }?;
    if let Some(located) = &located {
        for (number, face) in located.faces.iter().enumerate() {
            let is_largest = number == 0;
            let mut examined = examine_face(bench, &located.image, face, is_largest, wanted)?;
            examined.face = located.in_picture(face);
            if is_largest && wanted.portrait {
                examined.portrait = vision::portrait(&picture, &examined.face);
            }
            faces.push(examined);
        }
    }
    Ok(ExaminedPicture {
        format,
        width: picture.width(),
        height: picture.height(),
        faces,
    })
}

fn examine_face(
    bench: &mut Bench<'_>,
    image: &RgbImage,
    face: &Face,
    is_largest: bool,
    wanted: Wanted,
) -> Result<ExaminedFace, BackendError> {
    let report = bench.analyser.quality(image, face);
    let is_compared = is_largest || wanted.faces == FacesWanted::All;
    let template = if is_compared {
        let made = bench.stage(|analyser| {
            let made = match wanted.effort {
                Effort::Fast => analyser.embed(image, face).cloned(),
                Effort::Accurate => analyser.embed_with_mirror(image, face),
            };
            match made {
                Err(VisionError::Landmarks) => Ok(None),
                other => other.map(Some),
            }
        });
        made?
    } else {
        None
    };
    let pad = if is_largest && wanted.liveness {
        let network = bench
            .stage(|analyser| analyser.liveness(image, face))?
            .score;
        let cues = bench.analyser.image_cues(image, face);
        Some(fuse_frame(network, &cues, &LightCues::default()))
    } else {
        None
    };
    let (pose, covered) = if is_compared {
        bench.stage(|analyser| by_mesh(analyser, image, face))?
    } else {
        (vision::head_pose(&face.landmarks), Covered::default())
    };
    Ok(ExaminedFace {
        face: *face,
        quality: report.quality,
        guidance: report.guidance,
        pose,
        covered,
        template,
        pad,
        portrait: None,
    })
}

/// Pose and covers, from the mesh where the network is sure of one; else the pose from the detector's few points.
fn by_mesh(
    analyser: &mut Analyser,
    image: &RgbImage,
    face: &Face,
) -> Result<(HeadPose, Covered), VisionError> {
    const SURE: f32 = 0.5;
    let mesh = analyser.landmarks(image, face)?;
    Ok(if mesh.presence() >= SURE {
        (mesh.pose(), vision::covered(image, &mesh))
    } else {
        (vision::head_pose(&face.landmarks), Covered::default())
    })
}

fn format(file: &[u8]) -> Result<PictureFormat, BackendError> {
    match image::guess_format(file) {
        Ok(ImageFormat::Jpeg) => Ok(PictureFormat::Jpeg),
        Ok(ImageFormat::Png) => Ok(PictureFormat::Png),
        Ok(ImageFormat::WebP) => Ok(PictureFormat::WebP),
        _ => Err(BackendError::Undecodable {
            reason: "it is none of these formats".into(),
        }),
    }
}
