//! How a head is turned, from the detector's six points: a rough estimate, to about ten degrees.

use crate::domain::{HeadPose, Landmarks};

use super::quality;

/// How far the tip of the nose and the mouth stand out before the eyes, and how far the eyes' middle
/// is above them, in distances between the eyes: an average head. The drops are those of the alignment
/// template.
const NOSE_DEPTH: f32 = 0.6;
const MOUTH_DEPTH: f32 = 0.37;
const NOSE_DROP: f32 = 0.55;
const MOUTH_DROP: f32 = 1.12;

/// Estimates how a head is turned. Points that fall together give a head that looks straight ahead.
#[must_use]
pub fn head_pose(landmarks: &Landmarks) -> HeadPose {
    let (nose_offset, nose_drop, roll) = quality::pose(landmarks);
    // Turned by yaw, the nose moves by depth x sin(yaw) and the eyes draw together to cos(yaw).
    let yaw = (nose_offset / NOSE_DEPTH).atan();
    // Turned by pitch, a point of drop d and depth z drops to d cos(pitch) - z sin(pitch).
    let ratio = nose_drop + quality::LEVEL;
    let tangent = (NOSE_DROP - MOUTH_DROP * ratio) / (NOSE_DEPTH - MOUTH_DEPTH * ratio).max(0.1);
    HeadPose {
        yaw: degrees(yaw),
        pitch: degrees(tangent.atan()),
        roll: degrees(roll),
    }
}

fn degrees(radians: f32) -> f32 {
    if radians.is_finite() {
        radians.to_degrees()
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Point;

    /// The average head, turned and seen from afar.
    fn turned(yaw: f32, pitch: f32, roll: f32) -> Landmarks {
        let (yaw, pitch, roll) = (yaw.to_radians(), pitch.to_radians(), roll.to_radians());
        let seen = |x: f32, y: f32, z: f32| {
            // Positive yaw brings what stands out towards the person's left, the picture's right.
            let (x, z) = (x * yaw.cos() + z * yaw.sin(), z * yaw.cos() - x * yaw.sin());
            let y = y * pitch.cos() - z * pitch.sin();
            Point {
                x: 300.0 + 100.0 * (x * roll.cos() - y * roll.sin()),
                y: 300.0 + 100.0 * (x * roll.sin() + y * roll.cos()),
            }
        };
        Landmarks {
            right_eye: seen(-0.5, 0.0, 0.0),
            left_eye: seen(0.5, 0.0, 0.0),
            nose: seen(0.0, NOSE_DROP, NOSE_DEPTH),
            mouth: seen(0.0, MOUTH_DROP, MOUTH_DEPTH),
            right_ear: seen(-1.0, 0.1, -1.0),
            left_ear: seen(1.0, 0.1, -1.0),
        }
    }

    #[test]
    fn each_turn_is_found_with_its_sign() {
        for angle in [-40.0, -20.0, 0.0, 20.0, 40.0] {
            let found = [
                head_pose(&turned(angle, 0.0, 0.0)).yaw,
                head_pose(&turned(0.0, angle, 0.0)).pitch,
                head_pose(&turned(0.0, 0.0, angle)).roll,
            ];
            for found in found {
                assert!((found - angle).abs() < 3.0, "{angle}: {found}");
            }
        }
    }

    #[test]
    fn points_that_fall_together_look_straight_ahead() {
        let pose = head_pose(&Landmarks::default());
        for angle in [pose.yaw, pose.pitch, pose.roll] {
            assert!(angle.is_finite());
        }
    }
}
