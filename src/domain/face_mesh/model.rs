//! A head for tests: an ellipsoid with a nose, in any pose, orthographic.

use super::{FaceMesh, MeshPoint};

/// How the head is held. Degrees as in [`crate::domain::HeadPose`].
#[derive(Debug, Clone, Copy)]
pub struct Head {
    pub yaw: f32,
    pub pitch: f32,
    pub roll: f32,
    /// 1 is a face of 140 pixels width.
    pub size: f32,
    /// 1 is open, 0 closed.
    pub lids: f32,
    pub x: f32,
    pub y: f32,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            yaw: 0.0,
            pitch: 0.0,
            roll: 0.0,
            size: 1.0,
            lids: 1.0,
            x: 320.0,
            y: 240.0,
        }
    }
}

/// Where the points with a meaning are, for a width of 140: x to the person's left, y down.
const NAMED: [(usize, f32, f32); 20] = [
    (10, 0.0, -85.0),
    (152, 0.0, 85.0),
    (168, 0.0, -35.0),
    (61, -24.0, 42.0),
    (291, 24.0, 42.0),
    (78, -20.0, 42.0),
    (308, 20.0, 42.0),
    (13, 0.0, 41.5),
    (14, 0.0, 42.5),
    (127, -68.0, -30.0),
    (356, 68.0, -30.0),
    (234, -69.0, -10.0),
    (454, 69.0, -10.0),
    (93, -68.0, 10.0),
    (323, 68.0, 10.0),
    (50, -40.0, 10.0),
    (280, 40.0, 10.0),
    (2, 0.0, 20.0),
    (4, 0.0, 8.0),
    (1, 0.0, 12.0),
];

/// Corners and lids of an eye relative to its middle, the outer corner at negative x.
const EYE: [(f32, f32); 6] = [
    (-15.0, 0.0),
    (-5.0, -4.5),
    (5.0, -4.5),
    (15.0, 0.0),
    (5.0, 4.5),
    (-5.0, 4.5),
];

/// Tilt, in degrees, with which the ellipsoid's own points look straight ahead.
const LEVEL: f32 = -3.85;

impl Head {
    /// The head's mesh.
    pub fn mesh(self) -> FaceMesh {
        // Spread evenly by the golden angle; the named points are put over it.
        let mut flat: Vec<(f32, f32)> = (0..FaceMesh::POINTS)
            .map(|i| {
                let radius = (i as f32 / FaceMesh::POINTS as f32).sqrt();
                let angle = i as f32 * 2.399_963;
                (66.0 * radius * angle.cos(), 82.0 * radius * angle.sin())
            })
            .collect();
        for (index, x, y) in NAMED {
            flat[index] = (x, y);
        }
        for (indices, side) in [(super::RIGHT_EYE, -1.0), (super::LEFT_EYE, 1.0)] {
            for (index, (x, y)) in indices.into_iter().zip(EYE) {
                flat[index] = (side * (32.0 - x), -35.0 + y * self.lids);
            }
        }
        let points = flat.into_iter().map(|(x, y)| self.place(x, y));
        FaceMesh::new(points.collect(), 1.0).unwrap()
    }

    /// Puts a point of the front view on the ellipsoid and turns it.
    fn place(self, x: f32, y: f32) -> MeshPoint {
        let bulge = (1.0 - (x / 70.0).powi(2) - (y / 90.0).powi(2)).max(0.0);
        let nose = 20.0 * (-(x / 10.0).powi(2) - ((y - 10.0) / 18.0).powi(2)).exp();
        let z = -60.0 * bulge.sqrt() - nose;
        let (sin, cos) = LEVEL.to_radians().sin_cos();
        let (y, z) = (y * cos + z * sin, z * cos - y * sin);
        let (sin, cos) = self.roll.to_radians().sin_cos();
        let (x, y) = (x * cos - y * sin, y * cos + x * sin);
        let (sin, cos) = self.pitch.to_radians().sin_cos();
        let (y, z) = (y * cos + z * sin, z * cos - y * sin);
        let (sin, cos) = self.yaw.to_radians().sin_cos();
        let (x, z) = (x * cos - z * sin, z * cos + x * sin);
        MeshPoint {
            x: self.x + self.size * x,
            y: self.y + self.size * y,
            z: self.size * z,
        }
    }
}
