//! Whether a frame is a new picture of the face that is tracked.

use crate::domain::{Policy, TrackId};

use super::FramePrint;

/// Remembers the frames of one track.
///
/// No camera takes the same picture twice to a sixteenth of a grey level in every cell: a frame that was
/// there before is that of a frozen camera, or was fed in.
#[derive(Debug, Default)]
pub struct Novelty {
    track: Option<TrackId>,
    seen: Vec<FramePrint>,
    /// Where the next one goes once it is full.
    oldest: usize,
}

impl Novelty {
    /// Frames that are remembered: as many as a decision can rest on. A recording that repeats after more is
    /// for the liveness network to tell.
    const MEMORY: usize = Policy::MAX_FRAMES as usize;

    /// Takes a frame of a track; false if the track had the same one before.
    pub fn is_new(&mut self, track: TrackId, print: FramePrint) -> bool {
        if self.track.replace(track) != Some(track) {
            self.seen.clear();
            self.oldest = 0;
        }
        if self.seen.contains(&print) {
            return false;
        }
        if self.seen.len() < Self::MEMORY {
            self.seen.push(print);
        } else {
            self.seen[self.oldest] = print;
            self.oldest = (self.oldest + 1) % Self::MEMORY;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(level: f32) -> FramePrint {
        FramePrint::new([level; 100])
    }

    #[test]
    fn a_frame_is_new_once_for_each_track() {
        let mut novelty = Novelty::default();
        assert!(novelty.is_new(TrackId(1), print(10.0)));
        assert!(!novelty.is_new(TrackId(1), print(10.0)));
        assert!(novelty.is_new(TrackId(1), print(11.0)));
        assert!(!novelty.is_new(TrackId(1), print(10.0)));
        assert!(novelty.is_new(TrackId(2), print(10.0)));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut novelty = Novelty::default();
        for level in 0..200u8 {
            assert!(novelty.is_new(TrackId(1), print(f32::from(level))));
        }
        assert_eq!(novelty.seen.len(), Novelty::MEMORY);
        assert!(!novelty.is_new(TrackId(1), print(199.0)));
        assert!(novelty.is_new(TrackId(1), print(0.0)));
    }
}
