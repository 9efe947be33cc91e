//! A picture in memory to draw on.

use std::convert::Infallible;
use std::io::Cursor;
use std::ops::Range;

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::primitives::{PointsIter, Rectangle};
use image::{ImageFormat, Rgb, RgbImage};

use super::PanelError;

/// An RGB888 framebuffer. What is drawn beyond its edges is left out.
#[derive(Clone, PartialEq, Eq)]
pub struct Canvas {
    /// 8-bit sRGB, rows from the top.
    pub pixels: RgbImage,
}

impl Canvas {
    /// A black canvas of `size` pixels.
    #[must_use]
    pub fn new(size: Size) -> Self {
        Self {
            pixels: RgbImage::new(size.width, size.height),
        }
    }

    /// All of it.
    #[must_use]
    pub fn area(&self) -> Rectangle {
        Rectangle::new(Point::zero(), self.size())
    }

    /// The pixels of each row within `area`, which lies on the canvas, from the top.
    pub(super) fn rows(&self, area: Rectangle) -> impl Iterator<Item = &[[u8; 3]]> {
        let (rows, columns) = indices(area);
        let pixels = self.pixels.as_chunks().0;
        let stride = self.pixels.width().max(1) as usize;
        let rows = pixels
            .chunks_exact(stride)
            .skip(rows.start)
            .take(rows.len());
        rows.filter_map(move |row| row.get(columns.clone()))
    }

    fn rows_mut(&mut self, area: Rectangle) -> impl Iterator<Item = &mut [[u8; 3]]> {
        let (rows, columns) = indices(area);
        let stride = self.pixels.width().max(1) as usize;
        let pixels = self.pixels.as_chunks_mut().0;
        let rows = pixels
            .chunks_exact_mut(stride)
            .skip(rows.start)
            .take(rows.len());
        rows.filter_map(move |row| row.get_mut(columns.clone()))
    }

    /// The picture as a PNG file.
    ///
    /// # Errors
    /// [`PanelError::Encode`], as for a canvas without pixels.
    pub fn to_png(&self) -> Result<Vec<u8>, PanelError> {
        let mut png = Cursor::new(Vec::new());
        self.pixels
            .write_to(&mut png, ImageFormat::Png)
            .map_err(PanelError::Encode)?;
        Ok(png.into_inner())
    }
}

/// Rows and columns of an area on a canvas.
fn indices(area: Rectangle) -> (Range<usize>, Range<usize>) {
    let range = |from: i32, length: u32| {
        let from = from.max(0) as usize;
        from..from + length as usize
    };
    (
        range(area.top_left.y, area.size.height),
        range(area.top_left.x, area.size.width),
    )
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.pixels.width(), self.pixels.height())
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn fill_contiguous<I>(&mut self, area: &Rectangle, colours: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Rgb888>,
    {
        if area.intersection(&self.area()) != *area {
            return self.draw_iter(area.points().zip(colours).map(|(at, c)| Pixel(at, c)));
        }
        let mut colours = colours.into_iter();
        for row in self.rows_mut(*area) {
            for (pixel, colour) in row.iter_mut().zip(&mut colours) {
                *pixel = [colour.r(), colour.g(), colour.b()];
            }
        }
        Ok(())
    }

    fn fill_solid(&mut self, area: &Rectangle, colour: Rgb888) -> Result<(), Infallible> {
        let filled = [colour.r(), colour.g(), colour.b()];
        let area = area.intersection(&self.area());
        self.rows_mut(area).for_each(|row| row.fill(filled));
        Ok(())
    }

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<Rgb888>>,
    {
        for Pixel(at, colour) in pixels {
            let (Ok(x), Ok(y)) = (u32::try_from(at.x), u32::try_from(at.y)) else {
                continue;
            };
            if let Some(pixel) = self.pixels.get_pixel_mut_checked(x, y) {
                *pixel = Rgb([colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_outside_is_left_out() {
        let mut canvas = Canvas::new(Size::new(2, 1));
        let white = |x, y| Pixel(Point::new(x, y), Rgb888::WHITE);
        canvas
            .draw_iter([white(1, 0), white(-1, 0), white(2, 0), white(0, 1)])
            .unwrap();
        assert_eq!(canvas.pixels.as_raw(), &[0, 0, 0, 255, 255, 255]);
    }

    #[test]
    fn filling_keeps_to_the_area_and_the_canvas() {
        let mut canvas = Canvas::new(Size::new(4, 3));
        let fill = |canvas: &mut Canvas, x, y, size| {
            let Ok(()) = canvas.fill_solid(&Rectangle::new(Point::new(x, y), size), Rgb888::WHITE);
        };
        fill(&mut canvas, 9, 0, Size::new(4, 3));
        fill(&mut canvas, 1, 1, Size::zero());
        assert!(canvas == Canvas::new(Size::new(4, 3)));
        fill(&mut canvas, 2, -1, Size::new(9, 3));
        let white = |x, y| x >= 2 && y < 2;
        let expected = RgbImage::from_fn(4, 3, |x, y| Rgb([255 * u8::from(white(x, y)); 3]));
        assert_eq!(canvas.pixels, expected);
        let area = Rectangle::new(Point::new(1, 1), Size::new(2, 2));
        let rows: Vec<&[[u8; 3]]> = canvas.rows(area).collect();
        assert_eq!(rows, [[[0; 3], [255; 3]], [[0; 3]; 2]]);
        let area = Rectangle::new(Point::new(-1, 2), Size::new(3, 2));
        let Ok(()) = canvas.fill_contiguous(&area, (1..=6).map(|i| Rgb888::new(i, i, i)));
        let last = Rectangle::new(Point::new(0, 2), Size::new(3, 1));
        let rows: Vec<&[[u8; 3]]> = canvas.rows(last).collect();
        assert_eq!(rows, [[[2; 3], [3; 3], [0; 3]]]);
    }

    #[test]
    fn a_png_holds_the_same_pixels() {
        let mut canvas = Canvas::new(Size::new(3, 2));
        canvas.clear(Rgb888::new(1, 2, 3)).unwrap();
        let read = image::load_from_memory(&canvas.to_png().unwrap()).unwrap();
        assert_eq!(read.to_rgb8(), canvas.pixels);
    }
}
