//! Whether a face follows the light of the room.
//!
//! A face, and a print of one, get brighter and darker with what is beside them. A screen gives its own light: when
//! the lamp in the room goes off, its face stays as it was, or gets brighter once the camera exposes for longer.
//! A change of exposure alone moves both and tells nothing.

use std::time::Duration;

use super::LightReading;
use super::light::logarithm;

/// Slower changes are those of daylight, or of somebody who comes nearer.
pub(super) const LONGEST_CHANGE: Duration = Duration::from_millis(2_500);
/// Least change beside the face: a third, as a logarithm.
const LEAST_CHANGE: f32 = 0.29;
/// Boxes of a face that stays where it is overlap by so much (IoU).
const SAME_PLACE: f32 = 0.7;
/// Part of the change that the face follows: up to the first, none; from the second on, as a face does.
const FOLLOWS: (f32, f32) = (0.15, 0.4);
/// How far, over the change, a part of the surroundings may be off it, and the share of the parts that is not
/// farther off: something that moves behind the face changes some of them and not all.
const ALIKE: f32 = 0.4;
const MOST: f32 = 0.8;

/// 0 to 1 by how little the face followed a change of light beside it.
pub(super) fn unmoved(before: &LightReading, now: &LightReading) -> f32 {
    if before.window.iou(&now.window) < SAME_PLACE {
        return 0.0;
    }
    change(before, now).map_or(0.0, |(beside, face)| {
        let (none, whole) = FOLLOWS;
        ((whole - face / beside) / (whole - none)).clamp(0.0, 1.0)
    })
}

/// How the light beside the face and on it changed, as logarithms; `None` if it did not change everywhere alike.
fn change(before: &LightReading, now: &LightReading) -> Option<(f32, f32)> {
    let mut beside = heapless::Vec::<f32, { 2 * LightReading::BANDS }>::new();
    for (before, now) in before.beside.iter().zip(&now.beside) {
        // Both sides are needed: a change on one is something that moved there.
        let (before, now) = (before.as_ref()?, now.as_ref()?);
        for (then, now) in before.iter().zip(now) {
            if let (Some(then), Some(now)) = (logarithm(*then), logarithm(*now)) {
                // There is room for all bands of both sides.
                let _ = beside.push(now - then);
            }
        }
    }
    if beside.len() < LightReading::BANDS {
        return None;
    }
    beside.sort_unstable_by(f32::total_cmp);
    let median = beside[beside.len() / 2];
    if median.abs() < LEAST_CHANGE {
        return None;
    }
    let alike = beside
        .iter()
        .filter(|&&change| (change - median).abs() <= ALIKE * median.abs());
    if (alike.count() as f32) < MOST * beside.len() as f32 {
        return None;
    }
    let mean = |reading: &LightReading| {
        let cells = reading.face.as_flattened();
        cells.iter().sum::<f32>() / cells.len() as f32
    };
    Some((median, logarithm(mean(now))? - logarithm(mean(before))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BoundingBox;
    use crate::domain::liveness::light::tests::{READ, reading};

    /// What it says that the face's light becomes `face` and that beside it `beside` times as bright.
    fn after(face: f32, beside: f32) -> f32 {
        let before = reading(
            READ,
            |band, _| 100.0 + band as f32,
            |band| 60.0 + band as f32,
        );
        let now = reading(
            READ,
            |band, _| face * (100.0 + band as f32),
            |band| beside * (60.0 + band as f32),
        );
        unmoved(&before, &now)
    }

    #[test]
    fn a_screen_does_not_follow_the_lamp_and_a_face_does() {
        for light in [0.4, 0.6, 1.6, 2.0] {
            assert_eq!(after(1.0, light), 1.0, "{light}");
            assert_eq!(after(light, light), 0.0, "{light}");
        }
        // The camera exposes for longer, and the screen gets brighter.
        assert_eq!(after(1.3, 0.7), 1.0);
        // Too little changed.
        assert_eq!(after(1.0, 0.8), 0.0);
        // A face with a lamp of its own follows by half.
        assert_eq!(after(0.7, 0.5), 0.0);
    }

    #[test]
    fn somebody_behind_or_a_face_elsewhere_is_no_change_of_light() {
        let before = reading(READ, |_, _| 100.0, |_| 90.0);
        // Half of the rows get dark.
        let passing = reading(
            READ,
            |_, _| 100.0,
            |band| if band < 14 { 40.0 } else { 90.0 },
        );
        assert_eq!(unmoved(&before, &passing), 0.0);
        let mut one_side = reading(READ, |_, _| 100.0, |_| 40.0);
        one_side.beside[0] = before.beside[0];
        assert_eq!(unmoved(&before, &one_side), 0.0);
        one_side.beside[0] = None;
        assert_eq!(unmoved(&before, &one_side), 0.0);
        let nearer = BoundingBox {
            width: 220.0,
            height: 220.0,
            ..READ
        };
        assert_eq!(
            unmoved(&before, &reading(nearer, |_, _| 100.0, |_| 40.0)),
            0.0
        );
        for dark in [0.0, f32::NAN, 255.0] {
            assert_eq!(
                unmoved(&before, &reading(READ, |_, _| 100.0, |_| dark)),
                0.0
            );
        }
    }
}
