//! The live camera picture: mirrored, as people know themselves, with a guide for the face.

use std::array;

use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::Point;
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::primitives::{PointsIter, Rectangle};
use image::RgbImage;

use crate::domain::BoundingBox;

use super::shape::{coverage, ellipse_distance};
use super::theme::mix;

/// Fills `area` with the middle of the picture and draws the guide over it.
///
/// The guide is an oval; round a face in the right place its line is twice as thick.
pub(super) fn draw<D>(
    target: &mut D,
    area: Rectangle,
    camera: &RgbImage,
    face: Option<&BoundingBox>,
) -> Result<(), D::Error>
where
    D: DrawTarget<Color = Rgb888>,
{
    let Some(view) = Crop::filling(area, camera) else {
        return target.fill_solid(&area, Rgb888::BLACK);
    };
    let guide = Guide::new(area, face.map(|face| view.shown(face)));
    let colours = area.points().map(|point| {
        let at = point - area.top_left;
        guide.over(view.colour(at), at)
    });
    target.fill_contiguous(&area, colours)
}

/// The part of the picture that fills an area, cut at the sides or at top and bottom.
struct Crop<'a> {
    picture: &'a RgbImage,
    /// Camera pixels for each pixel of the panel.
    scale: f32,
    left: f32,
    top: f32,
}

impl<'a> Crop<'a> {
    fn filling(area: Rectangle, picture: &'a RgbImage) -> Option<Self> {
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        let (across, down) = (area.size.width as f32, area.size.height as f32);
        let scale = (width / across).min(height / down);
        (scale.is_finite() && scale > 0.0).then_some(Self {
            picture,
            scale,
            left: (width - across * scale) / 2.0,
            top: (height - down * scale) / 2.0,
        })
    }

    /// The mean of the camera pixels that a pixel of the area stands for.
    fn colour(&self, at: Point) -> Rgb888 {
        let (width, height) = self.picture.dimensions();
        let x = self.left + at.x as f32 * self.scale;
        let y = self.top + at.y as f32 * self.scale;
        let block = self.scale.max(1.0) as u32;
        if block == 1 {
            let (x, y) = ((x as u32).min(width - 1), (y as u32).min(height - 1));
            let [r, g, b] = self.picture.get_pixel(width - 1 - x, y).0;
            return Rgb888::new(r, g, b);
        }
        let mut sums = [0_u32; 3];
        for row in 0..block {
            for column in 0..block {
                let x = (x as u32 + column).min(width - 1);
                let y = (y as u32 + row).min(height - 1);
                let pixel = self.picture.get_pixel(width - 1 - x, y);
                for (sum, value) in sums.iter_mut().zip(pixel.0) {
                    *sum += u32::from(value);
                }
            }
        }
        let [r, g, b] = sums.map(|sum| (sum / (block * block)) as u8);
        Rgb888::new(r, g, b)
    }

    /// Where the mirrored picture shows a box, in pixels of the area.
    fn shown(&self, face: &BoundingBox) -> BoundingBox {
        let mirrored = self.picture.width() as f32 - face.x - face.width;
        BoundingBox {
            x: (mirrored - self.left) / self.scale,
            y: (face.y - self.top) / self.scale,
            width: face.width / self.scale,
            height: face.height / self.scale,
        }
    }
}

/// The oval that the face should fill.
struct Guide {
    centre: (f32, f32),
    half_axes: (f32, f32),
    half_width: f32,
    /// Squares over the half axes, added up, from which on the oval's line is drawn, and from which on no more.
    line: (f32, f32),
    /// A channel of the picture as it is outside the oval.
    shaded: [u8; 256],
}

impl Guide {
    /// How much lighter the picture is within the oval than outside.
    const SHADE: f32 = 0.45;

    fn new(area: Rectangle, face: Option<BoundingBox>) -> Self {
        let (width, height) = (area.size.width as f32, area.size.height as f32);
        let shade = |value| mix(Rgb888::new(value, 0, 0), Rgb888::BLACK, Self::SHADE).r();
        let half = (0.30 * width).min(0.30 * height);
        let mut guide = Self {
            centre: (width / 2.0, height / 2.0),
            half_axes: (half, half * 1.3),
            half_width: (width.min(height) / 220.0).max(1.0),
            line: (0.0, 0.0),
            shaded: array::from_fn(|value| shade(value as u8)),
        };
        if face.is_some_and(|face| guide.holds(&face)) {
            guide.half_width *= 2.0;
        }
        // The distance from the oval is at least this share of the shorter half axis.
        let share = (guide.half_width + 0.5) / half.max(f32::EPSILON);
        guide.line = ((1.0 - share).max(0.0).powi(2), (1.0 + share).powi(2));
        guide
    }

    /// Whether the middle of the face is well inside, and its size that of the oval, more or less.
    fn holds(&self, face: &BoundingBox) -> bool {
        let centre = face.centre();
        let (dx, dy) = (centre.x - self.centre.0, centre.y - self.centre.1);
        let size = face.width.max(face.height) / (2.0 * self.half_axes.0);
        dx.hypot(dy) <= 0.5 * self.half_axes.0 && (0.5..=1.5).contains(&size)
    }

    /// The picture's colour with the guide over it.
    fn over(&self, picture: Rgb888, at: Point) -> Rgb888 {
        let place = (
            at.x as f32 + 0.5 - self.centre.0,
            at.y as f32 + 0.5 - self.centre.1,
        );
        let (across, down) = (place.0 / self.half_axes.0, place.1 / self.half_axes.1);
        let squares = across * across + down * down;
        if squares < self.line.0 {
            return picture;
        }
        if squares > self.line.1 {
            let [r, g, b] = [picture.r(), picture.g(), picture.b()];
            let shaded = |value| self.shaded[usize::from(value)];
            return Rgb888::new(shaded(r), shaded(g), shaded(b));
        }
        let distance = ellipse_distance(place, self.half_axes);
        let shade = Self::SHADE * (1.0 - coverage(distance));
        let shaded = mix(picture, Rgb888::BLACK, shade);
        mix(
            shaded,
            Rgb888::WHITE,
            coverage(distance.abs() - self.half_width),
        )
    }
}

#[cfg(test)]
mod tests {
    use embedded_graphics::geometry::Size;
    use image::Rgb;

    use super::super::Canvas;
    use super::*;

    const AREA: Rectangle = Rectangle::new(Point::zero(), Size::new(100, 100));

    fn drawn(camera: &RgbImage, face: Option<&BoundingBox>) -> RgbImage {
        let mut canvas = Canvas::new(AREA.size);
        draw(&mut canvas, AREA, camera, face).unwrap();
        canvas.pixels
    }

    #[test]
    fn the_picture_is_mirrored() {
        let camera = RgbImage::from_fn(200, 150, |x, _| Rgb([if x < 100 { 200 } else { 0 }; 3]));
        let shown = drawn(&camera, None);
        assert_eq!(shown.get_pixel(40, 50).0, [0; 3]);
        assert_eq!(shown.get_pixel(60, 50).0, [200; 3]);
    }

    #[test]
    fn a_face_in_place_thickens_the_guide() {
        let camera = RgbImage::new(640, 480);
        let face = |x| BoundingBox {
            x,
            y: 120.0,
            width: 240.0,
            height: 240.0,
        };
        let white = |image: RgbImage| image.pixels().filter(|p| p.0[0] > 128).count();
        let nobody = white(drawn(&camera, None));
        assert!(white(drawn(&camera, Some(&face(200.0)))) > 3 * nobody / 2);
        assert_eq!(white(drawn(&camera, Some(&face(0.0)))), nobody);
    }

    #[test]
    fn any_picture_and_box_can_be_drawn() {
        let broken = BoundingBox {
            x: f32::NAN,
            y: f32::INFINITY,
            width: -1.0,
            height: 1e30,
        };
        for (width, height) in [(0, 0), (1, 1), (1, 900), (3000, 2)] {
            let camera = RgbImage::new(width, height);
            assert_eq!(drawn(&camera, Some(&broken)).dimensions(), (100, 100));
        }
    }
}
