//! `Job::Observe`: one frame of a challenge.

use super::bench::Bench;
use crate::capture;
use crate::domain::{Moment, ObservedFrame};
use crate::http::api::backend::BackendError;

/// Finds the largest face of a frame, its mesh, template and quality. A face that can't be aligned is no face.
///
/// One stage: the person waits, and a frame that waited for the door after each network would be too old.
pub(super) fn observe(
    bench: &mut Bench<'_>,
    jpeg: &[u8],
    captured: Moment,
) -> Result<ObservedFrame, BackendError> {
    let undecodable = |error: capture::CaptureError| BackendError::Undecodable {
        reason: error.to_string(),
    };
    let picture = capture::decode(jpeg, "the frame").map_err(undecodable)?;
    bench.stage(|analyser| {
        let faces = analyser.detect(&picture)?;
        let largest = faces.first();
        let observation = analyser.movement(&picture, captured, faces.len(), largest)?;
        let followed = largest.filter(|_| observation.face.is_some());
        Ok(ObservedFrame {
            quality: followed.map(|face| analyser.quality(&picture, face).quality),
            observation,
        })
    })
}
