//! A face as 468 points in space, and what their geometry tells: pose, eyes, mouth.
//!
//! The points are those of FaceMesh (Kartynnik et al., "Real-time Facial Surface Geometry from Monocular
//! Video on Mobile GPUs", 2019), in its order. Right and left are the person's own.

use super::{HeadPose, Point};

/// A point of the mesh. x and y are frame pixels; z is depth on the same scale, smaller is nearer to the
/// camera, from an origin of its own.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MeshPoint {
    pub x: f32,
    pub y: f32,
    pub z: f32,
}

/// The points of one face in one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceMesh {
    points: Vec<MeshPoint>,
    presence: f32,
}

/// How far the eyes are open: height over width of the opening between the lids, about 0.3 for an open eye
/// and below 0.15 for a closed one (Soukupová and Čech, "Real-Time Eye Blink Detection using Facial
/// Landmarks", 2016).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EyeOpening {
    pub right: f32,
    pub left: f32,
}

impl EyeOpening {
    /// Both eyes together.
    #[must_use]
    pub fn mean(self) -> f32 {
        f32::midpoint(self.right, self.left)
    }
}

/// Points on the person's right and their mirror images on the left that no expression moves far: outer and
/// inner corners of the eyes, temples, ears, cheeks.
const MIRRORED: [(usize, usize); 6] = [
    (33, 263),
    (133, 362),
    (127, 356),
    (234, 454),
    (93, 323),
    (50, 280),
];
/// Top of the forehead and outer corners of the eyes.
const UPPER: [usize; 3] = [10, 33, 263];
/// Chin and corners of the mouth.
const LOWER: [usize; 3] = [152, 61, 291];
/// Outer corner, two points of the upper lid, inner corner, two points of the lower lid.
const RIGHT_EYE: [usize; 6] = [33, 160, 158, 133, 153, 144];
const LEFT_EYE: [usize; 6] = [263, 387, 385, 362, 380, 373];
/// Inner side: upper lip, lower lip, right corner, left corner.
const MOUTH: [usize; 4] = [13, 14, 78, 308];

impl FaceMesh {
    /// How many points a mesh has.
    pub const POINTS: usize = 468;

    /// Takes the points in the order of FaceMesh; `None` if they are not [`FaceMesh::POINTS`] finite ones.
    /// `presence` is the network's confidence that a face is there, 0 to 1.
    #[must_use]
    pub fn new(points: Vec<MeshPoint>, presence: f32) -> Option<Self> {
        let finite = |p: &MeshPoint| p.x.is_finite() && p.y.is_finite() && p.z.is_finite();
        let usable = points.len() == Self::POINTS && points.iter().all(finite);
        usable.then(|| Self {
            points,
            presence: if presence.is_nan() {
                0.0
            } else {
                presence.clamp(0.0, 1.0)
            },
        })
    }

    /// All points.
    #[must_use]
    pub fn points(&self) -> &[MeshPoint] {
        &self.points
    }

    /// Confidence that a face is there, 0 to 1.
    #[must_use]
    pub fn presence(&self) -> f32 {
        self.presence
    }

    /// The points as the camera sees them.
    pub fn seen(&self) -> impl Iterator<Item = Point> + '_ {
        self.points.iter().map(|p| Point { x: p.x, y: p.y })
    }

    /// The head's pose, from the directions of its own axes.
    ///
    /// The lateral axis goes from right to left through points that mirror each other, the vertical one
    /// from forehead and eyes to mouth and chin. For a face that looks straight at the camera both lie in
    /// the picture's plane, to within the few degrees by which faces differ. A mesh without extent
    /// looks straight ahead.
    #[must_use]
    pub fn pose(&self) -> HeadPose {
        let lateral = MIRRORED
            .iter()
            .map(|&(right, left)| self.between(right, left))
            .fold(Vector::default(), Vector::plus);
        let downward = self.mean(&LOWER).minus(self.mean(&UPPER));
        let Some(x) = lateral.unit() else {
            return HeadPose::default();
        };
        let Some(y) = downward.minus(x.times(downward.dot(x))).unit() else {
            return HeadPose::default();
        };
        // The nose points against the depth axis.
        let depth = x.cross(y);
        let yaw = (-depth.x).atan2(depth.z);
        // Where the lateral axis would be without roll.
        let (sin, cos) = yaw.sin_cos();
        let level = Vector {
            x: cos,
            y: 0.0,
            z: sin,
        };
        HeadPose {
            yaw: yaw.to_degrees(),
            pitch: depth.y.clamp(-1.0, 1.0).asin().to_degrees(),
            roll: x.dot(depth.cross(level)).atan2(x.dot(level)).to_degrees(),
        }
    }

    /// How far the eyes are open.
    #[must_use]
    pub fn eyes(&self) -> EyeOpening {
        EyeOpening {
            right: self.aspect(RIGHT_EYE),
            left: self.aspect(LEFT_EYE),
        }
    }

    /// Height over width of the opening between the lips; 0 is closed.
    #[must_use]
    pub fn mouth_opening(&self) -> f32 {
        let [upper, lower, right, left] = MOUTH;
        ratio(
            self.between(upper, lower).length(),
            self.between(right, left).length(),
        )
    }

    /// Size of the head in pixels, the same from every side: the root mean square distance of the points
    /// from their middle.
    #[must_use]
    pub fn size(&self) -> f32 {
        let count = self.points.len() as f32;
        let all = self.points.iter().copied().map(Vector::from);
        let middle = all
            .clone()
            .fold(Vector::default(), Vector::plus)
            .times(1.0 / count);
        let spread: f32 = all
            .map(|p| {
                let offset = p.minus(middle);
                offset.dot(offset)
            })
            .sum();
        (spread / count).sqrt()
    }

    fn aspect(&self, [outer, upper_a, upper_b, inner, lower_b, lower_a]: [usize; 6]) -> f32 {
        let height =
            self.between(upper_a, lower_a).length() + self.between(upper_b, lower_b).length();
        ratio(height / 2.0, self.between(outer, inner).length())
    }

    fn point(&self, index: usize) -> Vector {
        self.points
            .get(index)
            .copied()
            .map_or_else(Vector::default, Vector::from)
    }

    fn between(&self, from: usize, to: usize) -> Vector {
        self.point(to).minus(self.point(from))
    }

    fn mean(&self, indices: &[usize]) -> Vector {
        indices
            .iter()
            .map(|&i| self.point(i))
            .fold(Vector::default(), Vector::plus)
            .times(1.0 / indices.len() as f32)
    }
}

fn ratio(of: f32, to: f32) -> f32 {
    if to > f32::EPSILON { of / to } else { 0.0 }
}

/// A direction in the mesh's space.
#[derive(Debug, Clone, Copy, Default)]
struct Vector {
    x: f32,
    y: f32,
    z: f32,
}

impl From<MeshPoint> for Vector {
    fn from(MeshPoint { x, y, z }: MeshPoint) -> Self {
        Self { x, y, z }
    }
}

impl Vector {
    fn plus(self, other: Self) -> Self {
        Self {
            x: self.x + other.x,
            y: self.y + other.y,
            z: self.z + other.z,
        }
    }

    fn times(self, factor: f32) -> Self {
        Self {
            x: self.x * factor,
            y: self.y * factor,
            z: self.z * factor,
        }
    }

    fn minus(self, other: Self) -> Self {
        self.plus(other.times(-1.0))
    }

    fn dot(self, other: Self) -> f32 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    fn cross(self, other: Self) -> Self {
        Self {
            x: self.y * other.z - self.z * other.y,
            y: self.z * other.x - self.x * other.z,
            z: self.x * other.y - self.y * other.x,
        }
    }

    fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    fn unit(self) -> Option<Self> {
        let length = self.length();
        (length > f32::EPSILON).then(|| self.times(1.0 / length))
    }
}

#[cfg(test)]
pub(super) mod model;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::model::Head;
    use super::*;

    #[test]
    fn the_signs_are_those_of_head_pose() {
        let nose = |head: Head| {
            let mesh = head.mesh();
            (mesh.points()[1].x - mesh.points()[168].x, mesh)
        };
        // To the person's own left is to the right in the picture.
        let (offset, turned) = nose(Head {
            yaw: 20.0,
            ..Head::default()
        });
        assert!(offset > 0.0 && turned.pose().yaw > 15.0);
        let up = Head {
            pitch: 15.0,
            ..Head::default()
        };
        assert!(up.mesh().points()[1].y < Head::default().mesh().points()[1].y);
        assert!(up.mesh().pose().pitch > 10.0);
        let tilted = Head {
            roll: 10.0,
            ..Head::default()
        };
        assert!(tilted.mesh().points()[10].x > tilted.mesh().points()[152].x);
        assert!(tilted.mesh().pose().roll > 5.0);
    }

    #[test]
    fn lids_and_lips_are_measured_against_their_width() {
        let open = Head::default().mesh().eyes();
        let closed = Head {
            lids: 0.2,
            ..Head::default()
        };
        assert!((open.right - 0.3).abs() < 0.03 && (open.left - 0.3).abs() < 0.03);
        assert!(closed.mesh().eyes().mean() < 0.1);
        assert!(Head::default().mesh().mouth_opening() < 0.05);
    }

    #[test]
    fn other_than_468_finite_points_are_no_mesh() {
        assert!(FaceMesh::new(vec![MeshPoint::default(); 467], 1.0).is_none());
        let mut points = vec![MeshPoint::default(); FaceMesh::POINTS];
        points[3].z = f32::NAN;
        assert!(FaceMesh::new(points, 1.0).is_none());
    }

    #[test]
    fn a_mesh_without_extent_looks_straight_ahead() {
        let mesh = FaceMesh::new(vec![MeshPoint::default(); FaceMesh::POINTS], f32::NAN).unwrap();
        assert_eq!(mesh.pose(), HeadPose::default());
        assert_eq!((mesh.presence(), mesh.size()), (0.0, 0.0));
        assert_eq!((mesh.eyes().mean(), mesh.mouth_opening()), (0.0, 0.0));
    }

    proptest! {
        #[test]
        fn the_pose_is_the_one_the_head_was_given(
            yaw in -45.0f32..45.0, pitch in -30.0f32..30.0, roll in -20.0f32..20.0, size in 0.3f32..3.0,
        ) {
            let head = Head { yaw, pitch, roll, size, ..Head::default() };
            let pose = head.mesh().pose();
            prop_assert!((pose.yaw - yaw).abs() < 1.0, "{pose:?}");
            prop_assert!((pose.pitch - pitch).abs() < 1.0, "{pose:?}");
            prop_assert!((pose.roll - roll).abs() < 1.0, "{pose:?}");
            let grown = head.mesh().size() / Head::default().mesh().size();
            prop_assert!((grown - size).abs() < 0.01);
        }
    }
}
