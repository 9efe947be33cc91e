//! Liveness over time: what several frames of one face tell that a single one can't.
//!
//! Everything here is a pure function of what `vision` measured. Invariants:
//!
//! - a cue speaks against a presentation or is silent: [`fuse`] never gives a better score than the network's;
//! - a cue that lacks the frames to tell is silent.

mod exposure;
mod flicker;
mod fusion;
mod light;
mod motion;
mod novelty;
mod plane;
mod print;

pub use fusion::{CueReading, FusedLiveness, fuse, fuse_frame};
pub use light::{LightCues, LightReading, LightWatch};
pub use novelty::Novelty;
pub use plane::parallax;
pub use print::FramePrint;

use std::time::Duration;

use super::{FaceMesh, PadScore};

/// What one frame tells about the tracked face.
#[derive(Debug, Clone)]
pub struct LivenessFrame {
    /// When it was taken, from the first frame of the track.
    pub at: Duration,
    /// The network's score, if it looked at this frame.
    pub pad: Option<PadScore>,
    pub mesh: Option<FaceMesh>,
    pub print: FramePrint,
    pub image: ImageCues,
    /// What the light of this frame and those before says.
    pub light: LightCues,
}

/// What the pixels of one frame say against it, each from 0 (nothing) to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ImageCues {
    /// Peaks in the spectrum, as the grid of a screen or a halftone leaves them.
    pub moire: f32,
    /// Straight edges round the face, as those of a screen or a sheet of paper.
    pub bezel: f32,
    /// A dark, narrow frame on both sides of the face, as phones, tablets and monitors have one.
    pub screen_frame: f32,
}
