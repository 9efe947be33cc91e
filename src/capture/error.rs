//! What can go wrong with a picture or a camera.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::still::{MAX_FILE_BYTES, MAX_PIXELS};
use crate::domain::SubjectIdError;

/// Why there is no picture. Each message says where, what, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    #[error("{}: there is no such file; check the path", .0.display())]
    NotFound(PathBuf),
    #[error("{}: may not be read; check the owner and mode of the file and its folders", .0.display())]
    PermissionDenied(PathBuf),
    #[error("{}: is a folder; name an image file in it", .0.display())]
    Directory(PathBuf),
    #[error("{}: is a device or pipe; name an image file", .0.display())]
    NotAFile(PathBuf),
    #[error("{}: can't be read ({source}); check the disk", path.display())]
    Read { path: PathBuf, source: io::Error },

    #[error("{0}: the file is empty; copy it again")]
    Empty(String),
    #[error("{name}: {bytes} bytes are more than the limit of {} MiB; save the picture smaller", MAX_FILE_BYTES >> 20)]
    FileTooLarge { name: String, bytes: u64 },
    #[error("{name}: {width} x {height} pixels are more than the limit of {} million; scale the picture down", MAX_PIXELS / 1_000_000)]
    TooManyPixels {
        name: String,
        width: u32,
        height: u32,
    },
    #[error(
        "{0}: decoding would take too much memory; save the picture smaller or with 8 bits a channel"
    )]
    TooMuchMemory(String),
    #[error("{0}: is not a picture in a known format; use JPEG, PNG, WebP, BMP or PNM")]
    NotAnImage(String),
    #[error("{name}: {format} is not supported; save the picture as JPEG or PNG")]
    UnsupportedFormat { name: String, format: String },
    #[error(
        "{name}: uses a feature that is not supported ({feature}); save the picture as baseline JPEG or PNG"
    )]
    UnsupportedFeature { name: String, feature: String },
    #[error("{0}: the picture is cut off; copy it again")]
    Truncated(String),
    #[error("{name}: the picture is damaged ({reason}); copy it again")]
    Corrupt { name: String, reason: String },

    #[error("{camera}: {key} = {value} won't do; {remedy}")]
    Setting {
        camera: String,
        key: &'static str,
        value: String,
        remedy: String,
    },
    #[error("{}: no JPEG, PNG, WebP, BMP or PNM files to replay; put frames into the folder", .0.display())]
    NoFrames(PathBuf),
    #[error("{}: is no MJPEG recording; convert it with `ffmpeg -i IN -c:v mjpeg -f mjpeg OUT.mjpeg`, or name a folder of pictures", .0.display())]
    UnsupportedVideo(PathBuf),
    #[error("{}: the recording is over", .0.display())]
    EndOfReplay(PathBuf),
    #[error("{camera}: can't be started ({source}); check that the program is installed")]
    Spawn { camera: String, source: io::Error },
    #[error("{camera}: ended ({status}){stderr}; run the command by hand to see why")]
    Ended {
        camera: String,
        status: String,
        /// The end of what the child wrote to stderr, printable, with a leading ": " if there is any.
        stderr: String,
    },
    #[error("{camera}: no frame for {} ms{detail}; check the cable and the power", waited.as_millis())]
    Stalled {
        camera: String,
        waited: Duration,
        /// As `Ended::stderr`; empty for other cameras.
        detail: String,
    },
    #[error(
        "{camera}: {doing} failed ({reason}); check the cable, the device path and that nothing else uses it"
    )]
    Device {
        camera: String,
        doing: &'static str,
        reason: String,
    },

    #[error("VIDEO_DECODER_MISSING: ffmpeg is not installed; install the package ffmpeg")]
    VideoDecoderMissing,
    #[error("the file is no MP4 or WebM video; convert it to one of them")]
    NotAVideo,
    #[error("the video takes longer than {} s; cut it", longest.as_secs())]
    VideoTooLong { longest: Duration },
    #[error("no frame of the video can be read; record it again, with at most 2048 x 2048 pixels")]
    VideoDamaged,
    #[error("the video takes too much time or memory; send a shorter or smaller one")]
    VideoTooCostly,
    #[error("ffmpeg can't be run: {0}; try it by hand")]
    VideoProgram(String),

    #[error("the QR code claims no valid ID number: {0}; print the code anew")]
    Claim(#[from] SubjectIdError),
}

impl CaptureError {
    /// An I/O error on `path`, under its own name where there is one.
    pub(super) fn reading(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound(path),
            io::ErrorKind::PermissionDenied => Self::PermissionDenied(path),
            _ => Self::Read { path, source },
        }
    }
}
