//! From what a camera sends to pictures, without asking for memory once it runs.

use std::fmt::Display;
use std::sync::Arc;

use image::RgbImage;

use super::jpeg::{Fault, JpegDecoder};
use super::{CaptureError, PicturePool, still};

/// So many frames in a row may be damaged before the camera counts as failed.
const MAX_DAMAGED: u32 = 10;

/// A camera's decoder, with the pictures that it fills. A picture is filled anew when nobody holds it any more.
pub struct FrameDecoder {
    jpeg: JpegDecoder,
    pictures: PicturePool,
    least_width: Option<u32>,
    /// Frames since the last good one.
    damaged: u32,
}

impl FrameDecoder {
    /// A decoder that reduces JPEGs to a half, a quarter or an eighth if they stay `least_width` pixels wide.
    #[must_use]
    pub fn new(least_width: Option<u32>) -> Self {
        Self {
            jpeg: JpegDecoder::new(),
            pictures: PicturePool::default(),
            least_width,
            damaged: 0,
        }
    }

    /// Decodes a JPEG, or any other picture as [`decode`](super::decode) does; `name` is what error messages call it.
    ///
    /// # Errors
    /// If it is damaged, cut off or too large.
    pub fn decode(
        &mut self,
        bytes: &[u8],
        name: &dyn Display,
    ) -> Result<Arc<RgbImage>, CaptureError> {
        let decoded = self
            .jpeg
            .decode(bytes, self.least_width, &mut self.pictures);
        decoded.or_else(|fault| {
            let name = name.to_string();
            Err(match fault {
                Fault::Unsupported => return still::decode(bytes, &name).map(Arc::new),
                Fault::Truncated => CaptureError::Truncated(name),
                Fault::Corrupt(reason) => CaptureError::Corrupt {
                    name,
                    reason: reason.into(),
                },
                Fault::TooManyPixels { width, height } => CaptureError::TooManyPixels {
                    name,
                    width,
                    height,
                },
            })
        })
    }

    /// A picture of `width` x `height` pixels that `convert` fills; `None` if it can't.
    #[cfg(any(feature = "hardware", test))]
    pub(super) fn convert(
        &mut self,
        width: u32,
        height: u32,
        convert: impl FnOnce(&mut RgbImage) -> Option<()>,
    ) -> Option<Arc<RgbImage>> {
        let fill = |picture: &mut RgbImage| convert(picture).ok_or(());
        self.pictures.picture(width, height, fill).ok()
    }

    /// Bears a damaged frame, which is `None`, but not more than ten in a row.
    ///
    /// # Errors
    /// That of the frame, if it is one too many.
    pub(super) fn bear(
        &mut self,
        decoded: Result<Arc<RgbImage>, CaptureError>,
    ) -> Result<Option<Arc<RgbImage>>, CaptureError> {
        match decoded {
            Ok(picture) => {
                self.damaged = 0;
                Ok(Some(picture))
            }
            Err(error) if self.damaged < MAX_DAMAGED => {
                self.damaged += 1;
                tracing::debug!(%error, "frame skipped");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_damaged_frames_in_a_row_are_borne() {
        let mut frames = FrameDecoder::new(None);
        let damaged = || Err(CaptureError::Truncated("frame".into()));
        for _ in 0..3 {
            for _ in 0..MAX_DAMAGED {
                assert!(matches!(frames.bear(damaged()), Ok(None)));
            }
            assert!(matches!(frames.bear(Ok(Arc::default())), Ok(Some(_))));
        }
        for _ in 0..MAX_DAMAGED {
            assert!(matches!(frames.bear(damaged()), Ok(None)));
        }
        assert!(frames.bear(damaged()).is_err());
    }

    #[test]
    fn damage_is_told_with_the_name_of_the_frame() {
        let mut frames = FrameDecoder::new(None);
        let mut message = |bytes: &[u8]| frames.decode(bytes, &"camera 7").unwrap_err().to_string();
        assert!(message(b"").starts_with("camera 7: the file is empty"));
        assert!(message(b"\xFF\xD8").starts_with("camera 7: the picture is cut off"));
        assert!(
            message(b"\xFF\xD8\xFF\xD9").starts_with("camera 7: the picture is damaged (it ends")
        );
        assert!(
            message(b"\xFF\xD8\xFF\xC0\x00\x0B\x08\xFF\xFF\xFF\xFF\x01\x01\x11\x00")
                .contains("cut off")
        );
    }
}
