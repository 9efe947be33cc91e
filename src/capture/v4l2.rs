//! USB and other V4L2 cameras, through nokhwa.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::thread;
use std::time::Duration;

use image::RgbImage;
use nokhwa::utils::{
    CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType, Resolution,
};
use nokhwa::{Camera as Device, NokhwaError};

use super::{Camera, CaptureError, mjpeg, pixels};
use crate::domain::{Clock, Frame, Moment};

/// The pixel formats that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum V4l2Format {
    Mjpeg,
    Yuyv,
    Nv12,
    Rgb,
}

/// Which camera, and exactly what it is to send: no other format is taken in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct V4l2Options {
    /// The number in /dev/video0.
    pub device: u32,
    pub format: V4l2Format,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Frames a second.
    pub fps: u32,
    /// Without a frame for so long the camera counts as failed.
    pub stall_timeout: Duration,
}

/// A V4L2 camera.
///
/// The driver can block without end when a camera is unplugged, so it runs in a thread of its own,
/// which is left behind in that case.
pub struct V4l2Camera {
    raw_frames: Receiver<Result<RawFrame, CaptureError>>,
    options: V4l2Options,
    description: String,
}

/// A frame as the driver gave it.
struct RawFrame {
    bytes: Vec<u8>,
    captured: Moment,
    sequence: u64,
}

impl V4l2Camera {
    /// Opens the camera and starts its stream.
    ///
    /// # Errors
    /// If there is no such camera, it is in use or can't send what is asked of it.
    pub fn open(options: V4l2Options, clock: Arc<dyn Clock>) -> Result<Self, CaptureError> {
        let description = format!("V4L2 camera /dev/video{}", options.device);
        // One frame waits, and a late one is dropped by the thread.
        let (sender, raw_frames) = mpsc::sync_channel(1);
        let (opened, opening) = mpsc::channel();
        let name = description.clone();
        thread::Builder::new()
            .name(format!("v4l2-{}", options.device))
            .spawn(move || {
                let device = start(options).map_err(|(doing, error)| failure(&name, doing, &error));
                match device {
                    Ok(device) => {
                        // Nobody listens any more if opening took too long.
                        if opened.send(Ok(())).is_ok() {
                            pump(device, &sender, &name, &*clock);
                        }
                    }
                    Err(error) => drop(opened.send(Err(error))),
                }
            })
            .map_err(|source| CaptureError::Spawn {
                camera: description.clone(),
                source,
            })?;
        let camera = Self {
            raw_frames,
            options,
            description,
        };
        match opening.recv_timeout(options.stall_timeout) {
            Ok(opened) => opened.map(|()| camera),
            Err(error) => Err(camera.silent(error)),
        }
    }

    fn decode(&self, bytes: &[u8]) -> Result<RgbImage, CaptureError> {
        let (width, height) = (self.options.width, self.options.height);
        match self.options.format {
            V4l2Format::Mjpeg => return mjpeg::decode_frame(bytes, &self.description),
            V4l2Format::Yuyv => pixels::rgb_from_yuyv(bytes, width, height),
            V4l2Format::Nv12 => pixels::rgb_from_nv12(bytes, width, height),
            V4l2Format::Rgb => pixels::rgb_from_rgb24(bytes, width, height),
        }
        .ok_or_else(|| CaptureError::Truncated(self.description.clone()))
    }

    fn silent(&self, error: RecvTimeoutError) -> CaptureError {
        match error {
            RecvTimeoutError::Timeout => CaptureError::Stalled {
                camera: self.description.clone(),
                waited: self.options.stall_timeout,
                detail: String::new(),
            },
            RecvTimeoutError::Disconnected => CaptureError::Device {
                camera: self.description.clone(),
                doing: "reading frames",
                reason: "the stream has ended".into(),
            },
        }
    }
}

impl Camera for V4l2Camera {
    fn next_frame(&mut self) -> Result<Frame, CaptureError> {
        let raw = self
            .raw_frames
            .recv_timeout(self.options.stall_timeout)
            .map_err(|error| self.silent(error))??;
        Ok(Frame {
            pixels: self.decode(&raw.bytes)?,
            captured: raw.captured,
            sequence: raw.sequence,
        })
    }

    fn describe(&self) -> &str {
        &self.description
    }
}

fn start(options: V4l2Options) -> Result<Device, (&'static str, NokhwaError)> {
    let format = match options.format {
        V4l2Format::Mjpeg => FrameFormat::MJPEG,
        V4l2Format::Yuyv => FrameFormat::YUYV,
        V4l2Format::Nv12 => FrameFormat::NV12,
        V4l2Format::Rgb => FrameFormat::RAWRGB,
    };
    let exact = RequestedFormatType::Exact(CameraFormat::new(
        Resolution::new(options.width, options.height),
        format,
        options.fps,
    ));
    let mut device = Device::new(
        CameraIndex::Index(options.device),
        RequestedFormat::with_formats(exact, &[format]),
    )
    .map_err(|error| ("opening with the requested format, size and rate", error))?;
    device
        .open_stream()
        .map_err(|error| ("starting the stream", error))?;
    Ok(device)
}

/// Passes frames on until the camera fails or nobody wants them any more.
fn pump(
    mut device: Device,
    frames: &SyncSender<Result<RawFrame, CaptureError>>,
    camera: &str,
    clock: &dyn Clock,
) {
    for sequence in 0.. {
        let raw = match device.frame_raw() {
            Ok(bytes) => Ok(RawFrame {
                captured: clock.now(),
                bytes: bytes.into_owned(),
                sequence,
            }),
            Err(error) => Err(failure(camera, "reading a frame", &error)),
        };
        let is_over = raw.is_err();
        match frames.try_send(raw) {
            Err(TrySendError::Disconnected(_)) => return,
            Ok(()) | Err(TrySendError::Full(_)) if is_over => return,
            Ok(()) | Err(TrySendError::Full(_)) => {}
        }
    }
}

fn failure(camera: &str, doing: &'static str, error: &NokhwaError) -> CaptureError {
    CaptureError::Device {
        camera: camera.to_owned(),
        doing,
        reason: error.to_string(),
    }
}
