//! Which face of this frame is the one of the frame before.

use super::{Face, Moment};

use std::time::Duration;

/// Names one face for as long as it stays in view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TrackId(pub u64);

/// Follows the largest face by the overlap of its boxes.
///
/// A face that jumps, is replaced or was away for longer than the gap gets a new [`TrackId`], so that
/// the evidence of two people never adds up.
#[derive(Debug)]
pub struct Tracker {
    last: Option<(Face, Moment)>,
    current: TrackId,
}

impl Tracker {
    /// Least overlap (IoU) of the boxes of one face in consecutive analysed frames.
    const MIN_IOU: f32 = 0.3;
    /// Longest time that a face may be out of sight and still be the same one.
    const MAX_GAP: Duration = Duration::from_millis(3_000);

    /// A tracker that has seen nobody.
    #[must_use]
    pub fn new() -> Self {
        Self {
            last: None,
            current: TrackId(0),
        }
    }

    /// Picks the face to look at in a frame taken at `captured`, and names its track.
    ///
    /// The largest face counts: the person nearest to the door.
    pub fn follow(&mut self, faces: &[Face], captured: Moment) -> Option<(Face, TrackId)> {
        let face = *faces
            .iter()
            .max_by(|a, b| a.bounds.area().total_cmp(&b.bounds.area()))?;
        let same = self.last.is_some_and(|(last, seen)| {
            captured.since(seen) <= Self::MAX_GAP && face.bounds.iou(&last.bounds) >= Self::MIN_IOU
        });
        if !same {
            self.current = TrackId(self.current.0 + 1);
        }
        self.last = Some((face, captured));
        Some((face, self.current))
    }
}

impl Default for Tracker {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BoundingBox, Landmarks};

    fn face(x: f32, side: f32) -> Face {
        let bounds = BoundingBox {
            x,
            y: 10.0,
            width: side,
            height: side,
        };
        Face {
            bounds,
            landmarks: Landmarks::default(),
            confidence: 0.9,
        }
    }

    fn at(millis: u64) -> Moment {
        Moment::new(Duration::from_millis(millis))
    }

    #[test]
    fn a_moving_face_keeps_its_track_and_a_jump_ends_it() {
        let mut tracker = Tracker::new();
        let (_, first) = tracker.follow(&[face(0.0, 100.0)], at(0)).unwrap();
        let (_, second) = tracker.follow(&[face(20.0, 100.0)], at(100)).unwrap();
        let (_, third) = tracker.follow(&[face(300.0, 100.0)], at(200)).unwrap();
        assert_eq!(first, second);
        assert_ne!(second, third);
    }

    #[test]
    fn a_face_that_was_away_too_long_is_a_new_one() {
        let mut tracker = Tracker::new();
        let (_, first) = tracker.follow(&[face(0.0, 100.0)], at(0)).unwrap();
        assert!(tracker.follow(&[], at(100)).is_none());
        let (_, back) = tracker.follow(&[face(0.0, 100.0)], at(1_000)).unwrap();
        let (_, late) = tracker.follow(&[face(0.0, 100.0)], at(4_500)).unwrap();
        assert_eq!(first, back);
        assert_ne!(back, late);
    }

    #[test]
    fn the_largest_face_counts() {
        let (face, _) = Tracker::new()
            .follow(&[face(0.0, 50.0), face(200.0, 90.0)], at(0))
            .unwrap();
        assert_eq!(face.bounds.width, 90.0);
    }
}
