//! What one picture, or the frames of one video, tell: what the local API works with.

use std::time::Duration;

use super::challenge::Observation;
use super::{Cosine, Face, Guidance, PadScore, Quality, Similarity, Template};

/// What is wanted of a picture; what is not wanted is not computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub faces: FacesWanted,
    /// The PAD score of the largest face.
    pub liveness: bool,
    /// A JPEG picture of the largest face with head and shoulders.
    pub portrait: bool,
    pub effort: Effort,
}

/// Which faces of a picture get a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FacesWanted {
    Largest,
    All,
}

/// How much work a template is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// One detector, one template.
    Fast,
    /// The other detector as well where the first finds nobody, and the mean template of the face and
    /// its mirror image.
    Accurate,
}

/// File formats that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    Jpeg,
    Png,
    WebP,
}

/// A picture and the faces in it, largest first. Empty if nobody is seen.
#[derive(Debug)]
pub struct ExaminedPicture {
    pub format: PictureFormat,
    /// Size in pixels, upright: after the file's orientation has been applied.
    pub width: u32,
    pub height: u32,
    pub faces: Vec<ExaminedFace>,
}

/// A face of a picture.
#[derive(Debug)]
pub struct ExaminedFace {
    /// In the picture's pixels.
    pub face: Face,
    pub quality: Quality,
    /// What the person could do, if a component of the quality is weak.
    pub guidance: Option<Guidance>,
    pub pose: HeadPose,
    /// Told of faces with a template.
    pub covered: Covered,
    /// Nothing for smaller faces than the largest unless [`FacesWanted::All`] was asked for.
    pub template: Option<Template>,
    /// Of the largest face, if it was wanted.
    pub pad: Option<PadScore>,
    /// Of the largest face, if it was wanted.
    pub portrait: Option<Portrait>,
}

/// What of a face is hidden, by a mask, sunglasses, a hand or something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Covered {
    /// One of them or both.
    pub eyes: bool,
    /// With or without the nose.
    pub mouth: bool,
}

/// A JPEG file of a face. Redacted in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Portrait(pub Vec<u8>);

impl std::fmt::Debug for Portrait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Portrait({} bytes)", self.0.len())
    }
}

/// One frame of a challenge.
#[derive(Debug, Clone)]
pub struct ObservedFrame {
    pub observation: Observation,
    /// Of the largest face.
    pub quality: Option<Quality>,
}

/// A video and the person in it.
#[derive(Debug)]
pub struct ExaminedVideo {
    /// Size of a frame in pixels, upright.
    pub width: u32,
    pub height: u32,
    pub duration: Duration,
    /// Frames that suit a comparison, best quality first. Empty if nobody is seen.
    pub frames: Vec<ExaminedFrame>,
    /// Of the frames together; `None` if nobody is seen.
    pub pad: Option<PadScore>,
    /// Whether a flat or motionless thing may have been shown.
    pub static_risk: bool,
    /// Whether a recording may have been shown.
    pub prerecorded_risk: bool,
    /// The first 15 seconds as an MP4 file, if it was wanted.
    pub clip: Option<Vec<u8>>,
}

/// A frame of a video that is good enough to be compared.
#[derive(Debug)]
pub struct ExaminedFrame {
    /// The whole frame.
    pub jpeg: Portrait,
    pub template: Template,
    pub quality: Quality,
}

/// How a head is turned, in degrees; 0, 0, 0 looks straight at the camera.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HeadPose {
    /// Positive when the person turns to their own left.
    pub yaw: f32,
    /// Positive when the person looks up.
    pub pitch: f32,
    /// Positive when the head tilts towards the person's own left shoulder.
    pub roll: f32,
}

/// A 1:1 comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    pub cosine: Cosine,
    /// The calibrated cosine, see [`super::SimilarityCalibration`].
    pub similarity: Similarity,
}
