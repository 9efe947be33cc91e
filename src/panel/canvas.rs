//! A picture in memory to draw on.

use std::convert::Infallible;
use std::io::Cursor;

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Size};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
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

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.pixels.width(), self.pixels.height())
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

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
    use embedded_graphics::geometry::Point;

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
    fn a_png_holds_the_same_pixels() {
        let mut canvas = Canvas::new(Size::new(3, 2));
        canvas.clear(Rgb888::new(1, 2, 3)).unwrap();
        let read = image::load_from_memory(&canvas.to_png().unwrap()).unwrap();
        assert_eq!(read.to_rgb8(), canvas.pixels);
    }
}
