//! What is asked of a camera, and whether what it gives is that.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use image::RgbImage;

use super::super::frames::FrameDecoder;
use super::super::{CaptureError, pixels};

/// The pixel formats that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum V4l2Format {
    Mjpeg,
    Yuyv,
    Nv12,
    Rgb,
}

/// Which camera, and exactly what it is to send: no other format is taken in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct V4l2Options {
    /// Such as /dev/video0, or a link in /dev/v4l/by-id/ that stays with the camera.
    pub device: PathBuf,
    pub format: V4l2Format,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Frames a second.
    pub fps: u32,
    /// Without a frame for so long the camera counts as failed.
    pub stall_timeout: Duration,
    /// MJPEG is reduced to a half, a quarter or an eighth if it stays so wide, in pixels.
    pub least_width: Option<u32>,
}

/// What a driver made of what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Given {
    /// The format's four characters.
    pub(super) code: [u8; 4],
    /// In pixels.
    pub(super) width: u32,
    /// In pixels.
    pub(super) height: u32,
    /// Bytes from one row to the next.
    pub(super) stride: u32,
}

impl V4l2Options {
    /// Whether the driver gives what is asked: format, size, and rows without any room at their end.
    ///
    /// # Errors
    /// What it gives in its place.
    pub(super) fn check_format(&self, given: Given) -> Result<(), String> {
        let wanted = (self.format.code(), self.width, self.height);
        let agrees = (given.code, given.width, given.height) == wanted;
        // The JPEG decoder does not care what a driver says of rows.
        let row = self.format.row(self.width);
        if agrees && row.is_none_or(|row| row == given.stride) {
            Ok(())
        } else {
            Err(format!("it gives {given}"))
        }
    }

    /// Whether the driver gives the rate that is asked: `denominator` / `numerator` frames a second.
    ///
    /// # Errors
    /// What it gives in its place.
    pub(super) fn check_rate(&self, numerator: u32, denominator: u32) -> Result<(), String> {
        let rate = f64::from(denominator) / f64::from(numerator);
        // 29.97 stands for 30.
        if rate.round() == f64::from(self.fps) {
            Ok(())
        } else {
            Err(format!("it gives {rate:.2} frames a second"))
        }
    }

    /// Makes a picture of what the camera sent.
    ///
    /// # Errors
    /// If it sent less than a frame, or a JPEG that is cut off or damaged.
    pub(super) fn decode(
        &self,
        bytes: &[u8],
        frames: &mut FrameDecoder,
    ) -> Result<Arc<RgbImage>, CaptureError> {
        let (width, height) = (self.width, self.height);
        let read = match self.format {
            V4l2Format::Mjpeg => {
                let name = format_args!("V4L2 camera {}", self.device.display());
                return frames.decode(bytes, &name);
            }
            V4l2Format::Yuyv => pixels::read_yuyv,
            V4l2Format::Nv12 => pixels::read_nv12,
            V4l2Format::Rgb => pixels::read_rgb24,
        };
        let picture = frames.convert(width, height, |picture| read(bytes, picture));
        picture.ok_or_else(|| {
            let sent = bytes.len();
            self.failed(
                "reading a frame",
                format!("{sent} bytes are no {width} x {height} pixels"),
            )
        })
    }

    /// The camera, for messages.
    pub(super) fn describe(&self) -> String {
        format!("V4L2 camera {}", self.device.display())
    }

    pub(super) fn failed(&self, doing: &'static str, reason: String) -> CaptureError {
        CaptureError::Device {
            camera: self.describe(),
            doing,
            reason,
        }
    }
}

impl V4l2Format {
    /// V4L2's four characters for it.
    pub(super) fn code(self) -> [u8; 4] {
        *match self {
            Self::Mjpeg => b"MJPG",
            Self::Yuyv => b"YUYV",
            Self::Nv12 => b"NV12",
            Self::Rgb => b"RGB3",
        }
    }

    /// Bytes of a row without any room at its end, where rows are what is sent.
    fn row(self, width: u32) -> Option<u32> {
        match self {
            Self::Mjpeg => None,
            Self::Yuyv => Some(width * 2),
            // Of the plane of Y.
            Self::Nv12 => Some(width),
            Self::Rgb => Some(width * 3),
        }
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            width,
            height,
            stride,
        } = self;
        let code = code.escape_ascii();
        write!(
            f,
            "{code} of {width} x {height} pixels in rows of {stride} bytes"
        )
    }
}

/// Why a device can't be opened; `cameras` are those that there are.
pub(super) fn cannot_open(error: &io::Error, cameras: impl FnOnce() -> String) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            format!("{error}; the user needs to be in the group 'video'")
        }
        _ => format!("{error}; {}", cameras()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, Rgb};
    use proptest::prelude::*;

    use super::*;

    const FORMATS: [V4l2Format; 4] = [
        V4l2Format::Mjpeg,
        V4l2Format::Yuyv,
        V4l2Format::Nv12,
        V4l2Format::Rgb,
    ];

    fn options(format: V4l2Format) -> V4l2Options {
        V4l2Options {
            device: "/dev/video7".into(),
            format,
            width: 32,
            height: 16,
            fps: 30,
            stall_timeout: Duration::from_secs(2),
            least_width: None,
        }
    }

    /// What a camera that was just opened makes of the bytes.
    fn decoded(camera: &V4l2Options, bytes: &[u8]) -> Result<Arc<RgbImage>, CaptureError> {
        camera.decode(bytes, &mut FrameDecoder::new(None))
    }

    fn given(code: &[u8; 4], width: u32, height: u32, stride: u32) -> Given {
        Given {
            code: *code,
            width,
            height,
            stride,
        }
    }

    #[test]
    fn what_is_asked_is_taken() {
        for (format, answer) in [
            (V4l2Format::Yuyv, given(b"YUYV", 32, 16, 64)),
            (V4l2Format::Nv12, given(b"NV12", 32, 16, 32)),
            (V4l2Format::Rgb, given(b"RGB3", 32, 16, 96)),
            (V4l2Format::Mjpeg, given(b"MJPG", 32, 16, 0)),
            (V4l2Format::Mjpeg, given(b"MJPG", 32, 16, 999)),
        ] {
            assert_eq!(options(format).check_format(answer), Ok(()), "{format:?}");
        }
    }

    #[test]
    fn another_format_size_or_stride_is_named_and_refused() {
        let camera = options(V4l2Format::Yuyv);
        for answer in [
            given(b"MJPG", 32, 16, 64),
            given(b"YUYV", 64, 16, 64),
            given(b"YUYV", 32, 32, 64),
            // Room at the end of each row, and less than a row.
            given(b"YUYV", 32, 16, 80),
            given(b"YUYV", 32, 16, 63),
        ] {
            let problem = camera.check_format(answer).unwrap_err();
            assert_eq!(problem, format!("it gives {answer}"));
        }
        let odd = given(b"\0\xFFn\n", 32, 16, 64);
        let problem = camera.check_format(odd).unwrap_err();
        assert!(problem.contains(r"\x00\xffn\n of 32 x 16"), "{problem}");
    }

    #[test]
    fn a_rate_is_taken_by_its_nearest_whole_number() {
        let camera = options(V4l2Format::Mjpeg);
        assert_eq!(camera.check_rate(1, 30), Ok(()));
        assert_eq!(camera.check_rate(1001, 30_000), Ok(()));
        assert!(camera.check_rate(1, 15).unwrap_err().contains("15.00"));
        for (numerator, denominator) in [(0, 0), (0, 30), (1, 0), (u32::MAX, 1)] {
            assert!(camera.check_rate(numerator, denominator).is_err());
        }
    }

    #[test]
    fn a_short_buffer_is_an_error_that_names_the_camera() {
        for (format, bytes) in [
            (V4l2Format::Yuyv, 32 * 16 * 2),
            (V4l2Format::Nv12, 32 * 16 * 3 / 2),
            (V4l2Format::Rgb, 32 * 16 * 3),
        ] {
            let camera = options(format);
            let picture = decoded(&camera, &vec![128; bytes]).unwrap();
            assert_eq!(picture.dimensions(), (32, 16));
            let message = decoded(&camera, &vec![128; bytes - 1])
                .unwrap_err()
                .to_string();
            assert!(
                message.contains(&format!(
                    "/dev/video7: reading a frame failed ({} bytes",
                    bytes - 1
                )) && message.contains("check the cable"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_jpeg_that_is_cut_off_is_an_error_that_names_the_camera() {
        let camera = options(V4l2Format::Mjpeg);
        let mut jpeg = Cursor::new(Vec::new());
        RgbImage::from_fn(32, 16, |x, y| Rgb([x as u8, y as u8, 9]))
            .write_to(&mut jpeg, ImageFormat::Jpeg)
            .unwrap();
        let jpeg = jpeg.into_inner();
        assert_eq!(decoded(&camera, &jpeg).unwrap().dimensions(), (32, 16));
        for kept in [0, 1, jpeg.len() / 2, jpeg.len() - 2] {
            let message = decoded(&camera, &jpeg[..kept]).unwrap_err().to_string();
            assert!(message.contains("V4L2 camera /dev/video7"), "{message}");
        }
    }

    #[test]
    fn a_device_that_is_closed_to_the_user_is_told_from_one_that_is_not_there() {
        let there_are = || "there are /dev/video1 (vivid)".to_owned();
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let message = cannot_open(&denied, || panic!("nobody asked for the others"));
        assert!(message.contains("group 'video'"), "{message}");
        let message = cannot_open(&io::ErrorKind::NotFound.into(), there_are);
        assert!(message.ends_with("; there are /dev/video1 (vivid)"));
        let message = options(V4l2Format::Rgb)
            .failed("opening", message)
            .to_string();
        assert!(message.starts_with("V4L2 camera /dev/video7: opening failed (entity not found; "));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_picture_of_the_asked_size_or_an_error(
            bytes in proptest::collection::vec(any::<u8>(), 0..2048), which in 0usize..4,
        ) {
            let camera = options(FORMATS[which]);
            if let Ok(picture) = decoded(&camera, &bytes) {
                prop_assert_eq!(picture.dimensions(), (32, 16));
            }
        }
    }
}
