//! Pictures from outside: cameras, replayed recordings and single image files.
//!
//! Invariants of the room:
//!
//! - nothing that comes in is trusted: sizes are checked before pixels are decoded, no input panics,
//!   and a picture that is cut off is an error rather than half a face;
//! - a [`Camera`] never blocks for long, and after any error it may be dropped and opened anew;
//! - a [`Frame`] carries the time it was taken, and [`Mailbox`] keeps only the newest, so that the
//!   analysis never works on the past;
//! - a camera that runs asks for no memory: it has buffers of its own, and its pictures come back to it;
//! - no picture is logged, and text found in one (QR codes) is never echoed.

mod child;
mod error;
mod faulty;
mod frames;
mod jpeg;
mod mailbox;
mod mjpeg;
mod mounting;
mod packed;
pub mod pixels;
mod pool;
mod qr;
mod replay;
mod still;
mod thread;
#[cfg(any(feature = "hardware", test))]
mod v4l2;
mod video;

pub use child::{ChildCamera, ChildOptions};
pub use error::CaptureError;
pub use faulty::{FaultyCamera, Step};
pub use frames::FrameDecoder;
pub use mailbox::{Mailbox, Taken};
pub use mounting::{Mounted, Mounting, Rotation};
pub use pool::PicturePool;
pub use qr::read_claim;
pub use replay::{Replay, ReplayOptions};
pub use still::{MAX_FILE_BYTES, MAX_PIXELS, decode, open};
pub use thread::{CameraEvent, CaptureThread, spawn};
#[cfg(feature = "hardware")]
pub use v4l2::{V4l2Camera, V4l2Format, V4l2Options};
pub use video::{Video, VideoFrame, decode_video, encode_video};

use crate::domain::Frame;

/// A source of frames.
pub trait Camera: Send {
    /// Waits for the next frame, for a bounded time.
    ///
    /// # Errors
    /// [`CaptureError::EndOfReplay`] when a recording is over. After any other error the camera may
    /// be asked again, but the sure way to recover is to drop it and open it anew.
    fn next_frame(&mut self) -> Result<Frame, CaptureError>;

    /// Whether its frames can wait until they are wanted, and none need be skipped.
    fn is_recording(&self) -> bool {
        false
    }

    /// What and where the camera is, for messages: "V4L2 camera /dev/video0".
    fn describe(&self) -> &str;
}
