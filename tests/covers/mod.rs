//! What people have before their faces, painted where the mesh of the bare face says.

use image::{Rgb, RgbImage};
use ostiary::domain::{FaceMesh, Point};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cover {
    BlueMask,
    WhiteMask,
    BlackMask,
    PinkMask,
    /// Worn under the nose.
    LowMask,
    BrownScarf,
    StripedScarf,
    BlackGlasses,
    BrownGlasses,
    MirrorGlasses,
    HandOnMouth,
    HandOnEye,
    Telephone,
}

impl Cover {
    pub const ALL: [Self; 13] = [
        Self::BlueMask,
        Self::WhiteMask,
        Self::BlackMask,
        Self::PinkMask,
        Self::LowMask,
        Self::BrownScarf,
        Self::StripedScarf,
        Self::BlackGlasses,
        Self::BrownGlasses,
        Self::MirrorGlasses,
        Self::HandOnMouth,
        Self::HandOnEye,
        Self::Telephone,
    ];

    /// The share of them that has to be noticed.
    pub fn least_rate(self) -> f64 {
        match self {
            // Its pattern has as much contrast as a face.
            Self::StripedScarf => 0.0,
            Self::BrownScarf | Self::MirrorGlasses => 0.65,
            _ => 0.9,
        }
    }
}

/// The edge of the lower face, from ear to ear.
const JAW: [usize; 19] = [
    323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93,
];
/// The upper edge of a mask, over the nose or under it.
const OVER_NOSE: [usize; 3] = [117, 195, 346];
const UNDER_NOSE: [usize; 3] = [206, 2, 426];
const CHEEKS: [usize; 6] = [50, 280, 101, 330, 205, 425];

/// A bare face, ready to be painted on.
pub struct Painter<'p> {
    picture: &'p RgbImage,
    points: Vec<Point>,
    eyes: [Point; 2],
    skin: [f32; 3],
}

impl<'p> Painter<'p> {
    pub fn new(picture: &'p RgbImage, mesh: &FaceMesh) -> Self {
        let points: Vec<Point> = mesh.seen().collect();
        let eye = |outer: usize, inner: usize| Point {
            x: f32::midpoint(points[outer].x, points[inner].x),
            y: f32::midpoint(points[outer].y, points[inner].y),
        };
        let skin = CHEEKS.map(|i| {
            let at = |value: f32, length: u32| (value as u32).min(length - 1);
            let x = at(points[i].x, picture.width());
            picture.get_pixel(x, at(points[i].y, picture.height())).0
        });
        let mean = |c: usize| skin.iter().map(|p| f32::from(p[c])).sum::<f32>() / 6.0;
        Self {
            eyes: [eye(33, 133), eye(263, 362)],
            skin: [mean(0), mean(1), mean(2)],
            points,
            picture,
        }
    }

    pub fn painted(&self, cover: Cover) -> RgbImage {
        let mut picture = self.picture.clone();
        let mask = self.lower_face(&OVER_NOSE);
        let low = self.lower_face(&UNDER_NOSE);
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            let at = Point {
                x: x as f32,
                y: y as f32,
            };
            let (u, v) = self.on_face(at);
            if u.abs() > 3.0 || v.abs() > 3.5 {
                continue;
            }
            let noise = noise(x, y);
            let cloth = |outline: &[Point], colour| {
                is_inside(outline, at).then(|| self.cloth(colour, u, v, noise))
            };
            let colour = match cover {
                Cover::BlueMask => cloth(&mask, [140.0, 185.0, 215.0]),
                Cover::WhiteMask => cloth(&mask, [225.0, 225.0, 225.0]),
                Cover::BlackMask => cloth(&mask, [35.0, 35.0, 38.0]),
                Cover::PinkMask => cloth(&mask, [220.0, 160.0, 165.0]),
                Cover::LowMask => cloth(&low, [140.0, 185.0, 215.0]),
                Cover::BrownScarf => cloth(&low, [150.0, 110.0, 80.0]),
                Cover::StripedScarf if ((u + v) * 9.0).sin() > 0.0 => {
                    cloth(&mask, [150.0, 40.0, 40.0])
                }
                Cover::StripedScarf => cloth(&mask, [190.0, 180.0, 150.0]),
                Cover::BlackGlasses => glasses(u, v, [22.0, 22.0, 24.0], noise),
                Cover::BrownGlasses => glasses(u, v, [70.0, 48.0, 35.0], noise),
                Cover::MirrorGlasses => glasses(u, v, [120.0, 140.0, 170.0], noise),
                Cover::HandOnMouth => self.hand((u, v - 1.0), (0.8, 0.45), noise),
                Cover::HandOnEye => self.hand((u + 0.5, v - 0.05), (0.55, 0.4), noise),
                Cover::Telephone => {
                    let is_there = (-1.2..-0.05).contains(&u) && (-0.5..1.6).contains(&v);
                    is_there.then(|| [25.0, 25.0, 28.0].map(|c| c + 6.0 * noise))
                }
            };
            if let Some(colour) = colour {
                *pixel = Rgb(colour.map(|c| c.clamp(0.0, 255.0) as u8));
            }
        }
        picture
    }

    /// To the right along the eyes and down, in distances between them from their middle.
    fn on_face(&self, at: Point) -> (f32, f32) {
        let [right, left] = self.eyes;
        let (ex, ey) = (left.x - right.x, left.y - right.y);
        let square = ex * ex + ey * ey;
        let x = at.x - f32::midpoint(right.x, left.x);
        let y = at.y - f32::midpoint(right.y, left.y);
        ((x * ex + y * ey) / square, (y * ex - x * ey) / square)
    }

    fn lower_face(&self, top: &[usize]) -> Vec<Point> {
        JAW.iter().chain(top).map(|&i| self.points[i]).collect()
    }

    /// In the light of the face, darker to the sides, with folds.
    fn cloth(&self, colour: [f32; 3], u: f32, v: f32, noise: f32) -> [f32; 3] {
        let light = self.skin.iter().sum::<f32>() / 3.0 / 170.0;
        let shade = 1.0 - 0.25 * u.abs().min(1.2) + 0.06 * noise;
        let fold = 1.0 + 0.06 * (v * 22.0).sin();
        colour.map(|c| c * light * shade * fold)
    }

    /// Of the person's own skin, with lines between the fingers.
    fn hand(&self, (u, v): (f32, f32), (w, h): (f32, f32), noise: f32) -> Option<[f32; 3]> {
        let (along, across) = (u * 0.94 + v * 0.34, v * 0.94 - u * 0.34);
        ((along / w).powi(2) + (across / h).powi(2) < 1.0).then(|| {
            let finger = (across / h * std::f32::consts::TAU).sin().abs();
            let line = if finger < 0.15 { 0.75 } else { 0.95 };
            self.skin.map(|c| c * line + 8.0 * noise)
        })
    }
}

fn glasses(u: f32, v: f32, colour: [f32; 3], noise: f32) -> Option<[f32; 3]> {
    let lens = |x: f32| ((u - x) / 0.42).powi(2) + ((v - 0.06) / 0.33).powi(2) < 1.0;
    let bar = v.abs() < 0.06 && u.abs() < 1.15;
    (lens(-0.5) || lens(0.5) || bar).then(|| colour.map(|c| c * (1.0 - 0.5 * v) + 6.0 * noise))
}

/// Whether a place is within an outline, by the crossings of a line through it.
fn is_inside(outline: &[Point], at: Point) -> bool {
    let next = outline.iter().cycle().skip(1);
    let crossings = outline.iter().zip(next).filter(|(a, b)| {
        (a.y > at.y) != (b.y > at.y) && at.x < (b.x - a.x) * (at.y - a.y) / (b.y - a.y) + a.x
    });
    crossings.count() % 2 == 1
}

/// The same for a place every time, -0.5 to 0.5.
fn noise(x: u32, y: u32) -> f32 {
    let mixed = x.wrapping_mul(374_761_393) ^ y.wrapping_mul(668_265_263);
    let mixed = (mixed ^ (mixed >> 13)).wrapping_mul(1_274_126_177);
    (mixed >> 24) as f32 / 255.0 - 0.5
}
