//! What frames tell about the person in front of the door.

use std::time::Duration;

use super::{
    Cosine, Face, Guidance, Moment, PadScore, Quality, Similarity, Standing, SubjectId, TrackId,
};

/// The most candidates an identification returns.
pub const MAX_CANDIDATES: usize = 5;

/// One enrolled person that a probe was compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub subject: SubjectId,
    pub cosine: Cosine,
    pub similarity: Similarity,
    pub standing: Standing,
}

/// The outcome of comparing one probe.
#[derive(Debug, Clone, PartialEq)]
pub enum Comparison {
    /// 1:N, with the whole gallery: the most similar subjects, best first; empty if nobody is enrolled.
    Identification(heapless::Vec<Candidate, MAX_CANDIDATES>),
    /// 1:1, with the references of one subject.
    Verification {
        claimed: SubjectId,
        /// `None` if nobody is enrolled under that ID number.
        candidate: Option<Candidate>,
    },
}

impl Comparison {
    /// The most similar subject.
    #[must_use]
    pub fn best(&self) -> Option<&Candidate> {
        match self {
            Self::Identification(candidates) => candidates.first(),
            Self::Verification { candidate, .. } => candidate.as_ref(),
        }
    }
}

/// What one frame told about the tracked face.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    pub track: TrackId,
    pub face: Face,
    pub quality: Quality,
    /// What the person could do for a better picture.
    pub guidance: Option<Guidance>,
    /// Absent if the frame was not good enough to compare.
    pub comparison: Option<Comparison>,
    /// Absent if liveness was not asked for in this frame.
    pub pad: Option<PadScore>,
    /// When the frame was taken.
    pub captured: Moment,
}

/// Everything a decision rests on: several fresh frames of one tracked face.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The most similar subject of the compared frame with the median similarity;
    /// `None` if nobody is enrolled, or nobody under the claimed ID number.
    pub candidate: Option<Candidate>,
    /// Whether all compared frames named the same subject as most similar.
    pub consistent: bool,
    /// Whether a reference was claimed (1:1) or the gallery searched (1:N).
    pub claimed: bool,
    /// Mean of the PAD scores; `None` if there are too few of them.
    pub pad: Option<PadScore>,
    /// The lowest quality of the compared frames.
    pub quality: Quality,
    /// Frames that were compared.
    pub frames: u8,
    /// From the first sight of the face to the last frame used.
    pub elapsed: Duration,
}
