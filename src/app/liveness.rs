//! Frames of one face in, liveness over time out.

use std::time::Duration;

use image::RgbImage;

use crate::domain::liveness::{FusedLiveness, LightCues, LightWatch, LivenessFrame, fuse};
use crate::domain::{Face, Moment, TrackId, Tracker};
use crate::vision::{Analyser, VisionError, frame_print, light};

/// What the light of a face in this frame and those before says; nothing if it can't be read.
pub(super) fn read_light(
    watch: &mut LightWatch,
    image: &RgbImage,
    face: &Face,
    track: TrackId,
    at: Moment,
) -> LightCues {
    let reading = light(image, watch.window(track, &face.bounds));
    reading.map_or_else(LightCues::default, |reading| watch.add(track, at, reading))
}

/// Watches the largest face of a recording.
#[derive(Debug, Default)]
pub struct LivenessWatch {
    tracker: Tracker,
    track: Option<TrackId>,
    tracks: u32,
    light: LightWatch,
    frames: Vec<LivenessFrame>,
}

impl LivenessWatch {
    /// Frames are kept up to here; what a face does later tells no more.
    pub const MAX_FRAMES: usize = 90;
    /// The mesh of a place where the network sees no face is worth nothing.
    const MIN_PRESENCE: f32 = 0.5;

    /// Looks at a frame taken `at` so long after the first; with `network` also by the liveness network,
    /// which is dear. The face it looked at, if there is one.
    ///
    /// # Errors
    /// If a network can't be loaded or fails.
    pub fn look(
        &mut self,
        analyser: &mut Analyser,
        image: &RgbImage,
        at: Duration,
        network: bool,
    ) -> Result<Option<Face>, VisionError> {
        let faces = analyser.detect(image)?;
        let Some((face, track)) = self.tracker.follow(&faces, Moment::new(at)) else {
            return Ok(None);
        };
        if self.track.replace(track) != Some(track) {
            self.tracks += 1;
        }
        if self.frames.len() < Self::MAX_FRAMES {
            let mesh = analyser.landmarks(image, &face)?;
            let pad = if network {
                Some(analyser.liveness(image, &face)?.score)
            } else {
                None
            };
            let light = read_light(&mut self.light, image, &face, track, Moment::new(at));
            self.frames.push(LivenessFrame {
                at,
                pad,
                mesh: Some(mesh).filter(|mesh| mesh.presence() >= Self::MIN_PRESENCE),
                print: frame_print(image),
                image: analyser.image_cues(image, &face),
                light,
            });
        }
        Ok(Some(face))
    }

    /// Frames that showed a face.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames.len()
    }

    /// Whether one face was followed all the time: what several tell does not add up.
    #[must_use]
    pub fn is_one_face(&self) -> bool {
        self.tracks == 1
    }

    /// What the frames tell together; `None` if the liveness network saw none of them.
    #[must_use]
    pub fn fused(&self) -> Option<FusedLiveness> {
        fuse(&self.frames)
    }
}
