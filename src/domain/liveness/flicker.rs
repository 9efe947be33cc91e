//! Bands that a screen's refresh, or the pulses of its backlight, leave on a face in a camera with a rolling shutter.
//!
//! Such a camera reads its rows one after the other, so light that pulses is brighter in some rows than in others, and
//! the rows are others in the next frame. On a screen that is so for the face alone; a pulsing lamp does it to
//! everything.

use std::time::Duration;

use super::LightReading;
use super::light::logarithm;

const BANDS: usize = LightReading::BANDS;
const STRIPS: usize = LightReading::STRIPS;

/// Frames farther apart are not compared: too much else changes.
pub(super) const LONGEST_STEP: Duration = Duration::from_millis(700);
/// Least depth of bands, root mean square of the logarithm of brightness: between noise and what is seen.
const FAINTEST: f32 = 0.012;
/// How much more of the change is the same across the face than differs from strip to strip, as variances. A face
/// that moves or mimes changes in both ways; noise has 1.
const STRAIGHTEST: f32 = 5.0;
/// Steps that tell something, and the part of them that is banded: below the first, chance; from the second on, sure.
/// It was at most .2 in 22 recordings of living people who move, and .7 or more on most screens with a
/// still face (models/PAD.md).
const FEWEST_STEPS: usize = 4;
const CHANCE: f32 = 0.35;
const SURE: f32 = 0.7;
/// Whether bands that are not beside it moved over the face between two frames; `None` if it can't be told.
pub(super) fn is_banded(before: &LightReading, now: &LightReading) -> Option<bool> {
    if before.window != now.window {
        return None;
    }
    let beside = beside(before, now)?;
    let mut strips = [[0.0; BANDS]; STRIPS];
    for (i, strip) in strips.iter_mut().enumerate() {
        for (band, change) in strip.iter_mut().enumerate() {
            *change = logarithm(now.face[band][i])? - logarithm(before.face[band][i])?;
        }
        level(strip);
    }
    let mut common: [f32; BANDS] =
        std::array::from_fn(|band| strips.iter().map(|s| s[band]).sum::<f32>() / STRIPS as f32);
    let uncommon = strips
        .iter()
        .map(|strip| mean_square(strip.iter().zip(&common).map(|(a, b)| a - b)))
        .sum::<f32>()
        / (STRIPS * (STRIPS - 1)) as f32;
    // What the surroundings share is no screen's.
    let shared = mean_square(beside.iter().copied());
    let product = common.iter().zip(&beside).map(|(a, b)| a * b).sum::<f32>() / BANDS as f32;
    let gain = (product / shared.max(f32::EPSILON)).max(0.0);
    for (change, beside) in common.iter_mut().zip(&beside) {
        *change -= gain * beside;
    }
    let depth = mean_square(common.iter().copied());
    Some(depth >= FAINTEST * FAINTEST && depth >= STRAIGHTEST * uncommon)
}

/// 0 to 1 by how many of the steps were banded.
pub(super) fn flicker(steps: &heapless::Deque<bool, { super::LightWatch::FRAMES }>) -> f32 {
    if steps.len() < FEWEST_STEPS {
        return 0.0;
    }
    let banded = steps.iter().filter(|&&banded| banded).count();
    ((banded as f32 / steps.len() as f32 - CHANCE) / (SURE - CHANCE)).clamp(0.0, 1.0)
}

/// How the rows beside the face changed, the mean of the sides that the picture has.
fn beside(before: &LightReading, now: &LightReading) -> Option<[f32; BANDS]> {
    let mut sum = [0.0; BANDS];
    let mut sides = 0;
    for (before, now) in before.beside.iter().zip(&now.beside) {
        let (Some(before), Some(now)) = (before, now) else {
            continue;
        };
        let mut side = [0.0; BANDS];
        for (band, change) in side.iter_mut().enumerate() {
            *change = logarithm(now[band])? - logarithm(before[band])?;
        }
        level(&mut side);
        sides += 1;
        for (total, change) in sum.iter_mut().zip(side) {
            *total += change;
        }
    }
    (sides > 0).then(|| sum.map(|total| total / sides as f32))
}

/// Takes the mean away: the exposure, and light on the whole face.
fn level(rows: &mut [f32; BANDS]) {
    let mean = rows.iter().sum::<f32>() / BANDS as f32;
    rows.iter_mut().for_each(|value| *value -= mean);
}

fn mean_square(values: impl Iterator<Item = f32>) -> f32 {
    values.map(|v| v * v).sum::<f32>() / BANDS as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::liveness::LightWatch;
    use crate::domain::liveness::light::tests::{READ, reading};
    use crate::domain::{Moment, TrackId};

    /// Bands of some depth that have run `turn` of their height.
    fn pulsed(band: usize, depth: f32, turn: f32) -> f32 {
        let phase = std::f32::consts::TAU * (band as f32 / 9.0 + turn);
        1.0 - depth * (0.5 + 0.5 * phase.cos())
    }

    /// What ten frames say whose face and surroundings are lit by turns.
    fn after_ten(
        face: impl Fn(usize, usize, usize) -> f32,
        beside: impl Fn(usize, usize) -> f32,
    ) -> f32 {
        let mut watch = LightWatch::default();
        (0..10u8).fold(0.0, |_, frame| {
            let at = Moment::new(Duration::from_millis(100 * u64::from(frame)));
            let i = usize::from(frame);
            let read = reading(
                READ,
                |band, strip| face(i, band, strip),
                |band| beside(i, band),
            );
            watch.add(TrackId(1), at, read).flicker
        })
    }

    #[test]
    fn bands_that_run_over_the_face_alone_are_a_screens() {
        let turn = |i: usize| 0.37 * i as f32;
        for depth in [0.06, 0.15, 0.4] {
            let screen = after_ten(
                |i, band, _| 120.0 * pulsed(band, depth, turn(i)),
                |_, _| 90.0,
            );
            assert_eq!(screen, 1.0, "{depth}");
            let lamp = after_ten(
                |i, band, _| 120.0 * pulsed(band, depth, turn(i)),
                |i, band| 90.0 * pulsed(band, depth, turn(i)),
            );
            assert_eq!(lamp, 0.0, "{depth}");
        }
        // Bands that stand still are a pattern, not a pulse.
        assert_eq!(
            after_ten(|_, band, _| 120.0 * pulsed(band, 0.3, 0.0), |_, _| 90.0),
            0.0
        );
    }

    #[test]
    fn a_change_that_is_not_the_same_across_the_face_is_movement() {
        let moved = |i: usize, band: usize, strip: usize| {
            120.0 + 20.0 * ((i * 5 + band * 3 + strip * 7) as f32).sin()
        };
        assert_eq!(after_ten(moved, |_, _| 90.0), 0.0);
    }

    #[test]
    fn what_is_dark_clipped_or_too_short_tells_nothing() {
        let turn = |i: usize| 0.37 * i as f32;
        let face = |i: usize, band: usize, _: usize| 120.0 * pulsed(band, 0.3, turn(i));
        assert_eq!(after_ten(face, |_, _| 3.0), 0.0);
        assert_eq!(after_ten(face, |_, _| 254.0), 0.0);
        assert_eq!(
            after_ten(|i, band, strip| face(i, band, strip) / 20.0, |_, _| 90.0),
            0.0
        );
        assert_eq!(
            after_ten(
                |i, band, strip| face(i.min(3), band, strip),
                |_, _| f32::NAN
            ),
            0.0
        );
        let mut steps = heapless::Deque::new();
        (0..FEWEST_STEPS - 1).for_each(|_| steps.push_back(true).unwrap());
        assert_eq!(flicker(&steps), 0.0);
    }
}
