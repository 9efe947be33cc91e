//! What a camera or an upload brought of the person, before it is compared.

use std::fmt;

use crate::domain::{PadScore, Quality, Template};
use crate::http::api::Place;

use super::Cues;

/// Live frames of one person; wiped or written to temporary files by the evaluation.
#[derive(Debug)]
pub struct Footage {
    /// Frames to compare, best quality first.
    pub frames: Vec<LiveFrame>,
    pub clip: Clip,
    pub cues: Cues,
    /// Of the frames together, where it is known already.
    pub score: Option<PadScore>,
    pub place: Option<Place>,
}

/// A frame that is good enough to be compared.
#[derive(Debug)]
pub struct LiveFrame {
    pub jpeg: JpegFile,
    pub template: Template,
    pub quality: Quality,
}

/// The live video.
#[derive(Debug)]
pub enum Clip {
    /// There was a single picture only.
    None,
    /// JPEG frames in their order.
    Frames {
        jpegs: Vec<JpegFile>,
        per_second: f32,
    },
    /// An MP4 file.
    Mp4(Vec<u8>),
}

/// A JPEG file of somebody; redacted in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct JpegFile(pub Vec<u8>);

impl fmt::Debug for JpegFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JpegFile({} bytes)", self.0.len())
    }
}
