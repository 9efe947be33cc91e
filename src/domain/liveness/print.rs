//! A frame in small, to tell whether two frames are one and the same picture.

use std::time::Duration;

/// Mean brightness of a grid of cells, in sixteenths of an 8-bit step.
#[derive(Clone, PartialEq, Eq)]
pub struct FramePrint([u16; Self::COLUMNS * Self::ROWS]);

impl FramePrint {
    /// Cells across and down.
    pub const COLUMNS: usize = 64;
    pub const ROWS: usize = 48;

    /// Below this the cells of two frames differ by compression and noise alone: half a pixel of a face's
    /// sway moves the cells at its edges by more. In grey levels.
    const SAME: f32 = 1.5;
    /// Above this something moved.
    const MOVED: f32 = 5.0;

    /// Takes mean brightnesses from 0 to 255, row by row; missing ones are black.
    #[must_use]
    pub fn new(means: impl IntoIterator<Item = f32>) -> Self {
        // `as` saturates and turns NaN into 0.
        let mut cells = [0; Self::COLUMNS * Self::ROWS];
        for (cell, mean) in cells.iter_mut().zip(means) {
            *cell = (mean * 16.0).round() as u16;
        }
        Self(cells)
    }

    /// The largest difference between two cells at the same place, in grey levels.
    #[must_use]
    pub fn difference(&self, other: &Self) -> f32 {
        let most = self
            .0
            .iter()
            .zip(&other.0)
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        f32::from(most.unwrap_or(0)) / 16.0
    }

    /// Whether both are the same picture, perhaps compressed anew.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.difference(other) < Self::SAME
    }
}

/// Tells the size and never the picture.
impl std::fmt::Debug for FramePrint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FramePrint({} cells)", self.0.len())
    }
}

/// How long the picture stands still before it counts as frozen.
const FROZEN: Duration = Duration::from_millis(900);
/// Frames that are equal to the last bit are none of a camera; so many in a row will do.
const EQUAL: usize = 4;
/// So many frames in a row that were seen before, in the same order, are a loop.
const LOOP: usize = 3;

/// 1 if the picture stands still, as that of a frozen camera or of one picture fed in again and again.
pub(super) fn frozen(frames: &[(Duration, &FramePrint)]) -> f32 {
    let equal = frames
        .windows(EQUAL)
        .any(|run| run.iter().all(|(_, print)| *print == run[0].1));
    let still = frames.iter().enumerate().any(|(i, (start, first))| {
        let run = frames[i..]
            .iter()
            .take_while(|(_, print)| print.is_same(first));
        let count = run.clone().count();
        count > EQUAL
            && run
                .last()
                .is_some_and(|(end, _)| end.saturating_sub(*start) >= FROZEN)
    });
    f32::from(u8::from(equal || still))
}

/// 1 if a stretch of frames comes again, as in a recording that is played in a loop.
pub(super) fn repeated(frames: &[(Duration, &FramePrint)]) -> f32 {
    let prints: Vec<&FramePrint> = frames.iter().map(|(_, print)| *print).collect();
    let is_loop = |first: usize, again: usize| {
        let (then, now) = (&prints[first..first + LOOP], &prints[again..again + LOOP]);
        // Something must have moved within the stretch; a still one proves nothing.
        let moves = then
            .windows(2)
            .all(|pair| pair[0].difference(pair[1]) > FramePrint::MOVED);
        moves && then.iter().zip(now).all(|(a, b)| a.is_same(b))
    };
    let last = prints.len().saturating_sub(LOOP - 1);
    let found = (0..last).any(|first| (first + LOOP..last).any(|again| is_loop(first, again)));
    f32::from(u8::from(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An edge at `position` cells with `noise` grey levels of it.
    fn print(position: f32, noise: u32) -> FramePrint {
        let mut state = noise.wrapping_mul(7919) | 1;
        FramePrint::new((0..FramePrint::COLUMNS * FramePrint::ROWS).map(|i| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let x = (i % FramePrint::COLUMNS) as f32;
            let jitter = if noise == 0 {
                0.0
            } else {
                (state % 100) as f32 / 100.0
            };
            100.0 * (x - position).clamp(0.0, 1.0) + 50.0 + jitter
        }))
    }

    fn timed(prints: &[FramePrint]) -> Vec<(Duration, &FramePrint)> {
        prints
            .iter()
            .enumerate()
            .map(|(i, print)| (Duration::from_millis(100 * i as u64), print))
            .collect()
    }

    #[test]
    fn a_face_that_sways_is_not_frozen_and_does_not_repeat() {
        let sway: Vec<_> = (0..30u16)
            .map(|i| {
                print(
                    30.0 + (f32::from(i) * 0.7).sin() + f32::from(i) * 0.03,
                    1 + u32::from(i),
                )
            })
            .collect();
        assert_eq!(frozen(&timed(&sway)), 0.0);
        assert_eq!(repeated(&timed(&sway)), 0.0);
    }

    #[test]
    fn a_picture_fed_in_again_and_again_is_frozen() {
        let equal = vec![print(30.0, 0); 4];
        assert_eq!(frozen(&timed(&equal)), 1.0);
        assert_eq!(frozen(&timed(&equal[..3])), 0.0);
        // Compressed anew each time.
        let encoded: Vec<_> = (1..12).map(|i| print(30.0, i)).collect();
        assert_eq!(frozen(&timed(&encoded)), 1.0);
        assert_eq!(frozen(&timed(&encoded[..5])), 0.0);
    }

    #[test]
    fn a_recording_in_a_loop_repeats() {
        let path = [30.0, 31.0, 33.0, 36.0, 34.0, 32.0, 29.0];
        let played: Vec<_> = (0..14).map(|i| print(path[i % 7], 1 + i as u32)).collect();
        assert_eq!(repeated(&timed(&played)), 1.0);
        assert_eq!(repeated(&timed(&played[..7])), 0.0);
        assert_eq!(frozen(&timed(&played)), 0.0);
    }

    #[test]
    fn no_frames_tell_nothing() {
        assert_eq!((frozen(&[]), repeated(&[])), (0.0, 0.0));
    }
}
