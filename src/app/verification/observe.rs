//! `Job::Observe`: one frame of a challenge.

use super::bench::Bench;
use crate::capture;
use crate::domain::challenge::{Observation, ObservedFace};
use crate::domain::{Moment, ObservedFrame};
use crate::http::api::backend::BackendError;
use crate::vision::VisionError;

/// Finds the largest face of a frame, its mesh, template and quality. A face whose landmarks can't be used is
/// no face.
pub(super) fn observe(
    bench: &mut Bench<'_>,
    jpeg: &[u8],
    captured: Moment,
    wants_pad: bool,
) -> Result<ObservedFrame, BackendError> {
    let undecodable = |error: capture::CaptureError| BackendError::Undecodable {
        reason: error.to_string(),
    };
    let picture = capture::decode(jpeg, "the frame").map_err(undecodable)?;
    let faces = bench.stage(|analyser| analyser.detect(&picture))?;
    let mut seen = ObservedFrame {
        observation: Observation {
            captured,
            faces: faces.len(),
            face: None,
        },
        quality: None,
        pad: None,
    };
    let Some(face) = faces.first() else {
        return Ok(seen);
    };
    let template = bench.stage(|analyser| match analyser.embed(&picture, face) {
        Err(VisionError::Landmarks) => Ok(None),
        other => other.map(Some),
    })?;
    let mesh = bench.stage(|analyser| analyser.landmarks(&picture, face))?;
    if let Some(template) = template {
        seen.observation.face = Some(ObservedFace {
            bounds: face.bounds,
            mesh,
            template,
        });
        seen.quality = Some(bench.analyser.quality(&picture, face).quality);
    }
    if wants_pad {
        let pad = bench.stage(|analyser| analyser.liveness(&picture, face))?;
        seen.pad = Some(pad.score);
    }
    Ok(seen)
}
