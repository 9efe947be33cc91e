//! Light on a face and beside it: what a screen's own light does from frame to frame that the room's doesn't.

use crate::domain::{BoundingBox, Moment, TrackId};

use super::{exposure, flicker};

/// Mean brightnesses, 0 to 255, of the inner part of a face and of what is beside it, by rows of the picture.
#[derive(Clone, PartialEq)]
pub struct LightReading {
    /// The square that was read, in frame pixels: that of the face, or of the same face some frames ago.
    pub window: BoundingBox,
    /// Of each band of rows, the strips of the face from left to right.
    pub face: [[f32; Self::STRIPS]; Self::BANDS],
    /// Of the same rows, what is left and right of the face, at some distance; `None` if the picture ends there.
    pub beside: [Option<[f32; Self::BANDS]>; 2],
}

impl LightReading {
    pub const BANDS: usize = 24;
    pub const STRIPS: usize = 4;

    /// A face's box that overlaps the window by so much (IoU) is still read through it: the detector's boxes
    /// tremble, and a trembling window would look like light that changes.
    const HELD: f32 = 0.8;

    /// What to read of a face: the square round its box, or that of the reading before if the face is still there.
    #[must_use]
    pub fn window(face: &BoundingBox, before: Option<&Self>) -> BoundingBox {
        let side = face.width.max(face.height);
        let centre = face.centre();
        let square = BoundingBox {
            x: centre.x - side / 2.0,
            y: centre.y - side / 2.0,
            width: side,
            height: side,
        };
        before
            .map(|reading| reading.window)
            .filter(|window| window.iou(&square) >= Self::HELD)
            .unwrap_or(square)
    }
}

/// The logarithm of a brightness that still tells how the light changed: neither drowned in noise nor clipped.
pub(super) fn logarithm(brightness: f32) -> Option<f32> {
    const TELLING: std::ops::RangeInclusive<f32> = 12.0..=245.0;
    TELLING.contains(&brightness).then(|| brightness.ln())
}

/// Tells the place and never the picture.
impl std::fmt::Debug for LightReading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LightReading")
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

/// What the light of several frames says against a track, each from 0 (nothing) to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LightCues {
    /// Bright and dark bands run over the face and not beside it, as a screen's refresh leaves them in a camera
    /// that reads its rows one after the other.
    pub flicker: f32,
    /// The light beside the face changed, and the face did not follow.
    pub exposure: f32,
}

/// Follows the light of one track over its last frames, in memory of a fixed size.
#[derive(Debug, Default)]
pub struct LightWatch {
    track: Option<TrackId>,
    readings: heapless::Deque<(Moment, LightReading), { Self::FRAMES }>,
    /// Whether the step from each reading's predecessor was banded, as far as it can be told.
    steps: heapless::Deque<bool, { Self::FRAMES }>,
    exposure: heapless::Deque<f32, { Self::FRAMES }>,
}

impl LightWatch {
    /// Frames that are remembered.
    pub const FRAMES: usize = 24;

    /// What to read of the face of a track in the next frame.
    #[must_use]
    pub fn window(&self, track: TrackId, face: &BoundingBox) -> BoundingBox {
        let before = self.readings.back().filter(|_| self.track == Some(track));
        LightReading::window(face, before.map(|(_, reading)| reading))
    }

    /// Takes a frame of a track, in their order, and tells what the last ones say together.
    pub fn add(&mut self, track: TrackId, at: Moment, reading: LightReading) -> LightCues {
        if self.track.replace(track) != Some(track) {
            self.readings.clear();
            self.steps.clear();
            self.exposure.clear();
        }
        if let Some((then, before)) = self.readings.back()
            && at.since(*then) <= flicker::LONGEST_STEP
            && let Some(banded) = flicker::is_banded(before, &reading)
        {
            pushed(&mut self.steps, banded);
        }
        let unmoved = self
            .readings
            .iter()
            .filter(|(then, _)| at.since(*then) <= exposure::LONGEST_CHANGE)
            .map(|(_, before)| exposure::unmoved(before, &reading))
            .fold(0.0, f32::max);
        pushed(&mut self.exposure, unmoved);
        pushed(&mut self.readings, (at, reading));
        LightCues {
            flicker: flicker::flicker(&self.steps),
            exposure: self.exposure.iter().copied().fold(0.0, f32::max),
        }
    }
}

/// Puts a value last, in place of the first one if it is full.
fn pushed<T, const N: usize>(deque: &mut heapless::Deque<T, N>, value: T) {
    if deque.is_full() {
        deque.pop_front();
    }
    // There is room now.
    let _ = deque.push_back(value);
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use super::*;

    pub(in crate::domain::liveness) const READ: BoundingBox = BoundingBox {
        x: 200.0,
        y: 100.0,
        width: 150.0,
        height: 150.0,
    };

    /// A reading of given brightnesses, the same on both sides.
    pub(in crate::domain::liveness) fn reading(
        window: BoundingBox,
        face: impl Fn(usize, usize) -> f32,
        beside: impl Fn(usize) -> f32,
    ) -> LightReading {
        LightReading {
            window,
            face: std::array::from_fn(|band| std::array::from_fn(|strip| face(band, strip))),
            beside: [Some(std::array::from_fn(&beside)); 2],
        }
    }

    fn at(millis: u64) -> Moment {
        Moment::new(Duration::from_millis(millis))
    }

    #[test]
    fn the_window_stands_still_while_the_box_trembles() {
        let mut watch = LightWatch::default();
        let track = TrackId(1);
        let face = BoundingBox {
            height: 140.0,
            ..READ
        };
        let window = watch.window(track, &face);
        assert_eq!((window.width, window.height), (150.0, 150.0));
        assert_eq!(window.centre(), face.centre());
        watch.add(track, at(0), reading(window, |_, _| 100.0, |_| 90.0));
        let moved = |x| BoundingBox { x, ..face };
        assert_eq!(watch.window(track, &moved(205.0)), window);
        assert_eq!(watch.window(track, &moved(260.0)).x, 260.0);
        assert_eq!(watch.window(TrackId(2), &moved(205.0)).x, 205.0);
    }

    #[test]
    fn another_track_starts_afresh_and_memory_is_bounded() {
        let mut watch = LightWatch::default();
        let lit = |light: f32| reading(READ, |_, _| 100.0, move |_| light);
        watch.add(TrackId(1), at(0), lit(90.0));
        assert_eq!(watch.add(TrackId(1), at(100), lit(40.0)).exposure, 1.0);
        for i in 0..100 {
            watch.add(TrackId(1), at(200 + 100 * i), lit(40.0));
        }
        assert_eq!(
            watch.add(TrackId(1), at(11_000), lit(40.0)),
            LightCues::default()
        );
        watch.add(TrackId(2), at(11_100), lit(90.0));
        assert_eq!(watch.readings.len(), 1);
    }
}
