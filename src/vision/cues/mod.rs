//! What the pixels of a frame tell beside the liveness network: cheap, and each with a test of its own.

pub(in crate::vision) mod bezel;
mod light;
pub(in crate::vision) mod moire;
pub(in crate::vision) mod screen_frame;
mod spectrum;

pub use light::light;

use image::RgbImage;

use crate::domain::Face;
use crate::domain::liveness::{FramePrint, ImageCues};

/// Reads the cues of a face in its frame, in memory that it keeps.
pub struct CueReader {
    moire: moire::Moire,
    screen_frame: screen_frame::ScreenFrame,
}

impl CueReader {
    #[must_use]
    pub fn new() -> Self {
        Self {
            moire: moire::Moire::new(),
            screen_frame: screen_frame::ScreenFrame::default(),
        }
    }

    /// What the pixels say against the face.
    pub fn read(&mut self, image: &RgbImage, face: &Face) -> ImageCues {
        ImageCues {
            moire: self.moire.read(image, &face.bounds),
            bezel: bezel::bezel(image, &face.bounds),
            screen_frame: self.screen_frame.read(image, &face.bounds),
        }
    }
}

/// The frame in small.
#[must_use]
pub fn frame_print(image: &RgbImage) -> FramePrint {
    const CELLS: usize = FramePrint::COLUMNS * FramePrint::ROWS;
    let (width, height) = (image.width() as usize, image.height() as usize);
    let (columns, rows) = (FramePrint::COLUMNS, FramePrint::ROWS);
    let mut sums = [(0u32, 0u32); CELLS];
    for (x, y, pixel) in image.enumerate_pixels() {
        let cell = (y as usize * rows / height) * columns + x as usize * columns / width;
        let (sum, count) = &mut sums[cell];
        *sum += u32::from(luma(pixel));
        *count += 1;
    }
    FramePrint::new(
        sums.into_iter()
            .map(|(sum, count)| sum as f32 / count.max(1) as f32),
    )
}

/// Brightness, 0 to 255 (ITU-R BT.601).
fn luma(pixel: &image::Rgb<u8>) -> u8 {
    let [r, g, b] = pixel.0.map(u32::from);
    ((299 * r + 587 * g + 114 * b) / 1000) as u8
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn a_print_is_of_the_whole_frame_whatever_its_size() {
        for (width, height) in [(0, 0), (1, 1), (7, 300), (640, 480)] {
            let picture = RgbImage::from_fn(width, height, |x, _| {
                Rgb([if x * 2 < width { 40 } else { 200 }; 3])
            });
            let same = frame_print(&picture);
            assert_eq!(same.difference(&frame_print(&picture)), 0.0);
        }
        let picture = RgbImage::from_fn(640, 480, |x, _| Rgb([(x / 4) as u8; 3]));
        let moved = RgbImage::from_fn(640, 480, |x, _| Rgb([((x + 40) / 4) as u8; 3]));
        let difference = frame_print(&picture).difference(&frame_print(&moved));
        assert!((difference - 10.0).abs() < 1.5, "{difference}");
    }
}
