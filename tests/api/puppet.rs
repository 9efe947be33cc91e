//! A portrait that turns, looks up and comes closer: the picture is warped by the depth that the face mesh tells,
//! as if it were printed on the head. It can't blink: the mesh doesn't believe in painted lids.

use image::{Rgb, RgbImage, imageops};
use ostiary::domain::{BoundingBox, FaceMesh, MeshPoint};

/// Vertices of the displacement field are so many pixels apart.
const STEP: u32 = 8;

/// How the head is held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// Degrees; positive to the person's own left.
    pub yaw: f32,
    /// Degrees; positive is up.
    pub pitch: f32,
    /// 1 is as in the portrait.
    pub size: f32,
}

pub const AHEAD: Pose = Pose {
    yaw: 0.0,
    pitch: 0.0,
    size: 1.0,
};

/// A picture of this size with the face of `picture` in its middle, so many pixels high.
pub fn framed(
    picture: &RgbImage,
    face: &BoundingBox,
    [width, height]: [u32; 2],
    size: f32,
) -> RgbImage {
    let (scale, centre) = (size / face.height, face.centre());
    let (right, bottom) = (
        picture.width() as f32 - 1.01,
        picture.height() as f32 - 1.01,
    );
    RgbImage::from_fn(width, height, |x, y| {
        let x = ((x as f32 - width as f32 / 2.0) / scale + centre.x).clamp(0.0, right);
        let y = ((y as f32 - height as f32 / 2.0 - 10.0) / scale + centre.y).clamp(0.0, bottom);
        imageops::interpolate_bilinear(picture, x, y).unwrap()
    })
}

/// A portrait and the depth of its points.
pub struct Head {
    portrait: RgbImage,
    points: Vec<MeshPoint>,
    centre: MeshPoint,
    /// Half the face's height.
    radius: f32,
    /// Depth of each vertex and how much it follows the head, row by row.
    field: Vec<(f32, f32)>,
}

impl Head {
    pub fn new(portrait: RgbImage, mesh: &FaceMesh) -> Self {
        let points = mesh.points().to_vec();
        let count = points.len() as f32;
        let mean = |of: fn(&MeshPoint) -> f32| points.iter().map(of).sum::<f32>() / count;
        let radius = (points[152].y - points[10].y).abs() / 2.0;
        let back = points.iter().map(|p| p.z).fold(f32::MIN, f32::max);
        // The neck's axis is behind the deepest point of the mesh.
        let centre = MeshPoint {
            x: mean(|p| p.x),
            y: mean(|p| p.y),
            z: back + 0.3 * radius,
        };
        let mut head = Self {
            portrait,
            points,
            centre,
            radius,
            field: Vec::new(),
        };
        let (columns, rows) = head.vertices();
        head.field = (0..columns * rows)
            .map(|i| head.depth((i % columns * STEP) as f32, (i / columns * STEP) as f32))
            .collect();
        head
    }

    pub fn picture(&self, pose: Pose) -> RgbImage {
        let (width, height) = self.portrait.dimensions();
        let displacements = self.displacements(pose);
        let turned = RgbImage::from_fn(width, height, |x, y| {
            let (x, y) = (x as f32, y as f32);
            // Where does the point come from that is here now?
            let (mut from_x, mut from_y) = (x, y);
            for _ in 0..12 {
                let (dx, dy) = self.at(&displacements, from_x, from_y);
                (from_x, from_y) = (x - dx, y - dy);
            }
            sampled(&self.portrait, from_x, from_y)
        });
        if pose.size == 1.0 {
            return turned;
        }
        RgbImage::from_fn(width, height, |x, y| {
            let x = self.centre.x + (x as f32 - self.centre.x) / pose.size;
            let y = self.centre.y + (y as f32 - self.centre.y) / pose.size;
            sampled(&turned, x, y)
        })
    }

    fn vertices(&self) -> (u32, u32) {
        let (width, height) = self.portrait.dimensions();
        (width / STEP + 2, height / STEP + 2)
    }

    /// Depth by the nearby points, and how much the place belongs to the head: 1 in the face, 0 far outside.
    fn depth(&self, x: f32, y: f32) -> (f32, f32) {
        let (mut weights, mut sum, mut nearest) = (0.0, 0.0, f32::MAX);
        let blur = 0.05 * self.radius;
        for point in &self.points {
            let square = (point.x - x).powi(2) + (point.y - y).powi(2);
            let weight = (square + blur * blur).powi(-2);
            weights += weight;
            sum += weight * point.z;
            nearest = nearest.min(square);
        }
        let follows = 1.0 - (nearest.sqrt() / (1.2 * self.radius)).min(1.0);
        (sum / weights, follows * follows * (3.0 - 2.0 * follows))
    }

    fn displacements(&self, pose: Pose) -> Vec<(f32, f32)> {
        let (columns, _) = self.vertices();
        let (sin_yaw, cos_yaw) = pose.yaw.to_radians().sin_cos();
        let (sin_pitch, cos_pitch) = pose.pitch.to_radians().sin_cos();
        let place = |(i, &(z, follows)): (usize, &(f32, f32))| {
            let i = i as u32;
            let x = (i % columns * STEP) as f32 - self.centre.x;
            let y = (i / columns * STEP) as f32 - self.centre.y;
            let z = z - self.centre.z;
            let (turned_x, turned_z) = (x * cos_yaw - z * sin_yaw, z * cos_yaw + x * sin_yaw);
            let turned_y = y * cos_pitch + turned_z * sin_pitch;
            (follows * (turned_x - x), follows * (turned_y - y))
        };
        self.field.iter().enumerate().map(place).collect()
    }

    /// Between the vertices.
    fn at(&self, displacements: &[(f32, f32)], x: f32, y: f32) -> (f32, f32) {
        let (columns, rows) = self.vertices();
        let x = (x / STEP as f32).clamp(0.0, columns as f32 - 1.001);
        let y = (y / STEP as f32).clamp(0.0, rows as f32 - 1.001);
        let (column, row) = (x as usize, y as usize);
        let (right, down) = (x.fract(), y.fract());
        let vertex = |c: usize, r: usize| displacements[r * columns as usize + c];
        let mix =
            |a: (f32, f32), b: (f32, f32), t: f32| (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
        let upper = mix(vertex(column, row), vertex(column + 1, row), right);
        let lower = mix(vertex(column, row + 1), vertex(column + 1, row + 1), right);
        mix(upper, lower, down)
    }
}

/// Bilinear; what is outside has the colour of the border.
fn sampled(picture: &RgbImage, x: f32, y: f32) -> Rgb<u8> {
    let x = x.clamp(0.0, picture.width() as f32 - 1.001);
    let y = y.clamp(0.0, picture.height() as f32 - 1.001);
    imageops::interpolate_bilinear(picture, x, y).unwrap_or(Rgb([0; 3]))
}
