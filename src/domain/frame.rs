//! One picture of the camera.

use std::fmt;
use std::sync::Arc;

use image::RgbImage;

use super::Moment;

/// A picture with the time it was taken. A clone shares the picture.
#[derive(Clone)]
pub struct Frame {
    /// 8-bit sRGB, rows from the top, upright.
    pub pixels: Arc<RgbImage>,
    /// When the camera took it, on the monotonic clock.
    pub captured: Moment,
    /// Counts the frames of one camera from 0; a gap is a dropped frame.
    pub sequence: u64,
}

/// Tells the size and never the picture.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("width", &self.pixels.width())
            .field("height", &self.pixels.height())
            .field("captured", &self.captured)
            .field("sequence", &self.sequence)
            .finish()
    }
}
