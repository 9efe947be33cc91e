//! How the camera is fixed to the wall.

use image::{RgbImage, imageops};

use super::{Camera, CaptureError};
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
    /// The upright picture.
    #[must_use]
    pub fn apply(self, mut pixels: RgbImage) -> RgbImage {
        match self.rotation {
            Rotation::None => {}
            Rotation::Quarter => pixels = imageops::rotate90(&pixels),
            Rotation::Half => imageops::rotate180_in_place(&mut pixels),
            Rotation::ThreeQuarters => pixels = imageops::rotate270(&pixels),
        }
        if self.mirrored {
            imageops::flip_horizontal_in_place(&mut pixels);
        }
        pixels
    }
}

/// A camera whose frames are turned upright.
pub struct Mounted<C> {
    camera: C,
    mounting: Mounting,
}

impl<C: Camera> Mounted<C> {
    /// `camera` as it is mounted.
    pub fn new(camera: C, mounting: Mounting) -> Self {
        Self { camera, mounting }
    }
}

impl<C: Camera> Camera for Mounted<C> {
    fn next_frame(&mut self) -> Result<Frame, CaptureError> {
        let frame = self.camera.next_frame()?;
        Ok(Frame {
            pixels: self.mounting.apply(frame.pixels),
            ..frame
        })
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
        let picture = Mounting { rotation, mirrored }.apply(numbered());
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
