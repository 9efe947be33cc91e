//! How the camera is fixed to the wall.

use image::RgbImage;

use super::{Camera, CaptureError, PicturePool};
use crate::domain::Frame;

/// The turn, clockwise, that makes the camera's picture upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rotation {
    #[default]
    None,
    Quarter,
    Half,
    ThreeQuarters,
}

impl Rotation {
    /// The rotation of so many degrees clockwise: 0, 90, 180 or 270.
    #[must_use]
    pub fn from_degrees(degrees: u32) -> Option<Self> {
        match degrees {
            0 => Some(Self::None),
            90 => Some(Self::Quarter),
            180 => Some(Self::Half),
            270 => Some(Self::ThreeQuarters),
            _ => None,
        }
    }
}

/// What to do with every frame of a camera: first the rotation, then the mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mounting {
    pub rotation: Rotation,
    /// Swap left and right; for a camera that mirrors on its own, or looks into a mirror.
    pub mirrored: bool,
}

impl Mounting {
    /// Whether the camera's picture is upright as it comes.
    fn is_plain(self) -> bool {
        self == Self::default()
    }

    /// Width and height of the upright picture.
    fn size(self, (width, height): (u32, u32)) -> (u32, u32) {
        match self.rotation {
            Rotation::None | Rotation::Half => (width, height),
            Rotation::Quarter | Rotation::ThreeQuarters => (height, width),
        }
    }

    /// Writes the camera's picture upright into one of [`size`](Self::size).
    fn apply(self, camera: &RgbImage, upright: &mut RgbImage) {
        let (width, height) = (camera.width() as usize, camera.height() as usize);
        let (right, bottom) = (width.saturating_sub(1), height.saturating_sub(1));
        let mirrored = self.mirrored;
        let (source, _) = camera.as_chunks::<3>();
        let row_length = (upright.width() as usize).max(1);
        let rows = upright.as_chunks_mut::<3>().0.chunks_exact_mut(row_length);
        for (y, row) in rows.enumerate() {
            match self.rotation {
                Rotation::None => copy(row, source[y * width..][..width].iter(), mirrored),
                Rotation::Half => {
                    copy(
                        row,
                        source[(bottom - y) * width..][..width].iter(),
                        !mirrored,
                    );
                }
                Rotation::Quarter => copy(row, source[y..].iter().step_by(width), !mirrored),
                Rotation::ThreeQuarters => {
                    copy(row, source[right - y..].iter().step_by(width), mirrored);
                }
            }
        }
    }
}

fn copy<'p>(
    row: &mut [[u8; 3]],
    pixels: impl DoubleEndedIterator<Item = &'p [u8; 3]>,
    backwards: bool,
) {
    if backwards {
        row.iter_mut()
            .zip(pixels.rev())
            .for_each(|(to, from)| *to = *from);
    } else {
        row.iter_mut()
            .zip(pixels)
            .for_each(|(to, from)| *to = *from);
    }
}

/// A camera whose frames are turned upright.
pub struct Mounted<C> {
    camera: C,
    mounting: Mounting,
    pictures: PicturePool,
}

impl<C: Camera> Mounted<C> {
    /// `camera` as it is mounted.
    pub fn new(camera: C, mounting: Mounting) -> Self {
        Self {
            camera,
            mounting,
            pictures: PicturePool::default(),
        }
    }
}

impl<C: Camera> Camera for Mounted<C> {
    fn next_frame(&mut self) -> Result<Frame, CaptureError> {
        let frame = self.camera.next_frame()?;
        if self.mounting.is_plain() {
            return Ok(frame);
        }
        let (width, height) = self.mounting.size(frame.pixels.dimensions());
        let pixels = self.pictures.picture(width, height, |upright| {
            self.mounting.apply(&frame.pixels, upright);
            Ok::<_, CaptureError>(())
        })?;
        Ok(Frame { pixels, ..frame })
    }

    fn is_recording(&self) -> bool {
        self.camera.is_recording()
    }

    fn describe(&self) -> &str {
        self.camera.describe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pixels numbered from the top left, two wide.
    fn numbered() -> RgbImage {
        RgbImage::from_fn(2, 3, |x, y| image::Rgb([(y * 2 + x) as u8; 3]))
    }

    fn mounted(degrees: u32, mirrored: bool) -> (u32, Vec<u8>) {
        let rotation = Rotation::from_degrees(degrees).unwrap();
        let (mounting, camera) = (Mounting { rotation, mirrored }, numbered());
        let (width, height) = mounting.size(camera.dimensions());
        let mut picture = RgbImage::new(width, height);
        mounting.apply(&camera, &mut picture);
        let numbers = picture.pixels().map(|p| p.0[0]).collect();
        (picture.width(), numbers)
    }

    #[test]
    fn rotation_is_clockwise_and_comes_before_the_mirror() {
        assert_eq!(mounted(0, false), (2, vec![0, 1, 2, 3, 4, 5]));
        assert_eq!(mounted(90, false), (3, vec![4, 2, 0, 5, 3, 1]));
        assert_eq!(mounted(180, false), (2, vec![5, 4, 3, 2, 1, 0]));
        assert_eq!(mounted(270, false), (3, vec![1, 3, 5, 0, 2, 4]));
        assert_eq!(mounted(0, true), (2, vec![1, 0, 3, 2, 5, 4]));
        assert_eq!(mounted(90, true), (3, vec![0, 2, 4, 1, 3, 5]));
        assert_eq!(Rotation::from_degrees(45), None);
    }
}
