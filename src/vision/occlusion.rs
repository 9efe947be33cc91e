//! Whether something hides the eyes or the mouth, judged by the pixels where the mesh says that they are.
//!
//! The landmark network places eyes and mouths behind masks and sunglasses as surely as in the open, so its
//! confidence tells nothing. What lies there does: between brow and cheek, and between nose and chin, a bare
//! face is never of one brightness, while cloth, a hand or a lens mostly is; and under a lens or a mask the
//! skin has another brightness or colour than beside it. The limits are set on photographs with painted
//! covers, and tests/occlusion.rs tells the rates.

use image::RgbImage;

use crate::domain::{Covered, FaceMesh, Point};

/// Points of the mesh on skin. Odd lists are better for a median.
const BROW_AND_BRIDGE: [usize; 11] = [151, 9, 108, 337, 107, 336, 6, 197, 195, 119, 348];
const NOSE: [usize; 5] = [1, 4, 5, 45, 275];
const LOWER_CHEEKS: [usize; 6] = [205, 425, 187, 411, 214, 434];

/// One eye: its corners, and skin under it and on the cheek beside it.
struct Eye {
    corners: [usize; 2],
    under: [usize; 4],
    cheek: [usize; 4],
}

const RIGHT: Eye = Eye {
    corners: [33, 133],
    under: [230, 229, 231, 119],
    cheek: [50, 205, 101, 36],
};
const LEFT: Eye = Eye {
    corners: [263, 362],
    under: [450, 449, 451, 348],
    cheek: [280, 425, 330, 266],
};
/// Corners of the mouth, the middle of the upper lip's skin, and what is below the lower lip.
const MOUTH: [usize; 4] = [61, 291, 164, 18];
/// Forehead and chin.
const UPRIGHT: [usize; 2] = [10, 152];

/// Contrast (see [`Surface::contrast`]) below which a part is flat, and how much of the face's other parts it then
/// has at most: in a poor picture everything is flat.
const FLAT_EYE: f32 = 0.20;
const FLAT_MOUTH: f32 = 0.22;
const SHARE_OF_EYE: f32 = 0.25;
const SHARE_OF_MOUTH: f32 = 0.33;
/// How much darker, as a logarithm, the skin under an eye is behind a lens.
const DARK_LENS: f32 = -0.9;
/// How far apart in colour (see [`Colour::distance`]) a lens or a cloth is from skin.
const OTHER_COLOUR: f32 = 0.25;
/// An eye behind a coloured lens has no more contrast than this.
const DIM_EYE: f32 = 0.5;
/// How much darker a black cloth is.
const DARK_CLOTH: f32 = -0.7;

/// What hides a face. A mesh without extent hides nothing.
#[must_use]
pub fn covered(image: &RgbImage, mesh: &FaceMesh) -> Covered {
    let Some(face) = Surface::new(image, mesh) else {
        return Covered::default();
    };
    let eyes = [RIGHT, LEFT].map(|eye| (face.eye_contrast(&eye), eye));
    let mouth = face.mouth_contrast();
    let [right, left] = [eyes[0].0, eyes[1].0];
    let hidden = |contrast: f32, others: f32, eye: &Eye| {
        let (under, cheek) = (face.colour(&eye.under), face.colour(&eye.cheek));
        (contrast < FLAT_EYE && contrast < others * SHARE_OF_EYE)
            || under.brightness - cheek.brightness < DARK_LENS
            || (contrast < DIM_EYE && under.distance(cheek) > OTHER_COLOUR)
    };
    let skin = face.colour(&BROW_AND_BRIDGE);
    let lower = [&NOSE[..], &LOWER_CHEEKS].map(|points| face.colour(points));
    let cloth = |is: &dyn Fn(&Colour) -> bool| lower.iter().all(is);
    Covered {
        eyes: hidden(right, left.max(mouth), &eyes[0].1)
            || hidden(left, right.max(mouth), &eyes[1].1),
        mouth: (mouth < FLAT_MOUTH && mouth < right.max(left) * SHARE_OF_MOUTH)
            || cloth(&|part| part.brightness - skin.brightness < DARK_CLOTH)
            || cloth(&|part| part.distance(skin) > OTHER_COLOUR),
    }
}

/// A face in its picture.
struct Surface<'p> {
    image: &'p RgbImage,
    points: Vec<Point>,
    /// Distance between the eyes, pixels.
    between_eyes: f32,
    /// From forehead to chin, of length 1.
    down: Point,
}

impl<'p> Surface<'p> {
    fn new(image: &'p RgbImage, mesh: &FaceMesh) -> Option<Self> {
        let points: Vec<Point> = mesh.seen().collect();
        let middle = |eye: &Eye| halfway(points[eye.corners[0]], points[eye.corners[1]]);
        let (right, left) = (middle(&RIGHT), middle(&LEFT));
        let between_eyes = (left.x - right.x).hypot(left.y - right.y);
        let [top, chin] = UPRIGHT.map(|i| points[i]);
        let height = (chin.x - top.x).hypot(chin.y - top.y);
        let is_there =
            between_eyes > 1.0 && height > 1.0 && image.width() > 0 && image.height() > 0;
        is_there.then(|| Self {
            image,
            between_eyes,
            down: Point {
                x: (chin.x - top.x) / height,
                y: (chin.y - top.y) / height,
            },
            points,
        })
    }

    /// From the upper lid to the cheek.
    fn eye_contrast(&self, eye: &Eye) -> f32 {
        let [outer, inner] = eye.corners.map(|i| self.points[i]);
        let width = (inner.x - outer.x).hypot(inner.y - outer.y);
        let down = |from: Point, by: f32| Point {
            x: from.x + self.down.x * by * width,
            y: from.y + self.down.y * by * width,
        };
        self.contrast(|t| {
            let across = along(outer, inner, 0.2 + 0.6 * t);
            [down(across, -0.25), down(across, 0.55)]
        })
    }

    /// From under the nose to under the lower lip.
    fn mouth_contrast(&self) -> f32 {
        let [right, left, above, below] = MOUTH.map(|i| self.points[i]);
        let aside = |from: Point, by: f32| Point {
            x: from.x + (left.x - right.x) * by,
            y: from.y + (left.y - right.y) * by,
        };
        self.contrast(|t| {
            let by = 0.8 * (t - 0.5);
            [aside(above, by), aside(below, by)]
        })
    }

    /// Logarithm of the brightest over the darkest place on a line down the face: the median over several lines, which
    /// `line` gives from one side of the part (0) to the other (1).
    fn contrast(&self, line: impl Fn(f32) -> [Point; 2]) -> f32 {
        const LINES: u8 = 7;
        const STEPS: u8 = 16;
        /// Of the places, in distances between the eyes.
        const RADIUS: f32 = 0.015;
        let ranges = (0..LINES).map(|number| {
            let [from, to] = line(f32::from(number) / f32::from(LINES - 1));
            let places = (0..STEPS).map(|step| {
                let at = along(from, to, f32::from(step) / f32::from(STEPS - 1));
                Colour::of(self.mean(at, RADIUS), 16.0).brightness
            });
            let (low, high) = places.fold((f32::MAX, f32::MIN), |(low, high), brightness| {
                (low.min(brightness), high.max(brightness))
            });
            high - low
        });
        median(ranges.collect())
    }

    /// The colour in the middle of several places.
    fn colour(&self, points: &[usize]) -> Colour {
        const RADIUS: f32 = 0.05;
        let places: Vec<Colour> = points
            .iter()
            .map(|&i| Colour::of(self.mean(self.points[i], RADIUS), 8.0))
            .collect();
        let of = |value: fn(&Colour) -> f32| median(places.iter().map(value).collect());
        Colour {
            brightness: of(|c| c.brightness),
            red: of(|c| c.red),
            blue: of(|c| c.blue),
        }
    }

    /// Mean of nine pixels round a place; beyond the picture its edge goes on.
    fn mean(&self, at: Point, radius: f32) -> [f32; 3] {
        let mut sum = [0.0; 3];
        let step = radius * self.between_eyes;
        for (x, y) in [-1.0, 0.0, 1.0]
            .into_iter()
            .flat_map(|y| [(-1.0, y), (0.0, y), (1.0, y)])
        {
            // `as` saturates.
            let column = ((at.x + x * step) as u32).min(self.image.width() - 1);
            let row = ((at.y + y * step) as u32).min(self.image.height() - 1);
            let pixel = self.image.get_pixel(column, row).0;
            for (sum, value) in sum.iter_mut().zip(pixel) {
                *sum += f32::from(value) / 9.0;
            }
        }
        sum
    }
}

/// Logarithms, so that the lamp's strength drops out of differences.
#[derive(Debug, Clone, Copy)]
struct Colour {
    brightness: f32,
    /// Over green.
    red: f32,
    blue: f32,
}

impl Colour {
    /// Of red, green and blue from 0 to 255; `black` is added, as the darkest values are mostly noise.
    fn of(rgb: [f32; 3], black: f32) -> Self {
        let [r, g, b] = rgb.map(|value| value + black);
        Self {
            // ITU-R BT.601.
            brightness: (0.299 * r + 0.587 * g + 0.114 * b).ln(),
            red: (r / g).ln(),
            blue: (b / g).ln(),
        }
    }

    fn distance(&self, other: Self) -> f32 {
        (self.red - other.red).hypot(self.blue - other.blue)
    }
}

fn halfway(a: Point, b: Point) -> Point {
    along(a, b, 0.5)
}

fn along(from: Point, to: Point, t: f32) -> Point {
    Point {
        x: from.x + (to.x - from.x) * t,
        y: from.y + (to.y - from.y) * t,
    }
}

fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::MeshPoint;

    #[test]
    fn nothing_is_told_of_what_is_no_face() {
        let image = RgbImage::from_pixel(20, 20, image::Rgb([90; 3]));
        let nowhere = vec![MeshPoint::default(); FaceMesh::POINTS];
        let outside = (0..FaceMesh::POINTS).map(|i| MeshPoint {
            x: -1e9 + 1e7 * i as f32,
            y: 1e9 - 1e7 * i as f32,
            z: 0.0,
        });
        for points in [nowhere, outside.collect()] {
            let mesh = FaceMesh::new(points, 1.0).unwrap();
            assert_eq!(covered(&image, &mesh), Covered::default());
            assert_eq!(covered(&RgbImage::new(0, 0), &mesh), Covered::default());
        }
    }
}
