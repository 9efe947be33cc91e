//! The device itself.
//!
//! Cameras are found through nokhwa, but read through v4l, on which nokhwa stands: nokhwa waits for a frame
//! without end and keeps the device as long, takes none whose rate is no whole number, and gives a buffer
//! with what an earlier, longer frame left in it.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::thread;
use std::time::Duration;

use nokhwa::utils::ApiBackend;
use v4l::buffer::{Flags, Type};
use v4l::io::traits::CaptureStream;
use v4l::prelude::{Device, MmapStream};
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Format, FourCC};

use super::super::frames::FrameDecoder;
use super::super::{Camera, CaptureError};
use super::request::{Given, V4l2Options, cannot_open};
use crate::domain::{Clock, Frame, Moment};

/// A V4L2 camera.
///
/// It has a thread of its own, which is left behind if the driver never comes back from a call, and which
/// alone ends if a driver's answer is more than the library bears.
pub struct V4l2Camera {
    raw_frames: Receiver<Result<RawFrame, CaptureError>>,
    /// Takes the bytes of a frame back, so that the next one need not ask for memory.
    spent: SyncSender<Vec<u8>>,
    frames: FrameDecoder,
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
        let description = options.describe();
        // One frame waits, and a late one is dropped by the thread.
        let (sender, raw_frames) = mpsc::sync_channel(1);
        let (spent, recycled) = mpsc::sync_channel(1);
        let (opened, opening) = mpsc::channel();
        let (name, wanted) = (description.clone(), options.clone());
        thread::Builder::new()
            .name("v4l2".into())
            .spawn(move || match start(&wanted) {
                Ok(stream) => {
                    // Nobody listens any more if opening took too long.
                    if opened.send(Ok(())).is_ok() {
                        pump(stream, &sender, &recycled, &*clock, |error| {
                            match error.kind() {
                                io::ErrorKind::TimedOut => {
                                    stalled(name.clone(), wanted.stall_timeout)
                                }
                                _ => wanted.failed("reading a frame", error.to_string()),
                            }
                        });
                    }
                }
                Err((doing, reason)) => drop(opened.send(Err(wanted.failed(doing, reason)))),
            })
            .map_err(|source| CaptureError::Spawn {
                camera: description.clone(),
                source,
            })?;
        let camera = Self {
            raw_frames,
            spent,
            frames: FrameDecoder::new(options.least_width),
            options,
            description,
        };
        match opening.recv_timeout(camera.patience()) {
            Ok(opened) => opened.map(|()| camera),
            Err(error) => Err(camera.silent(error)),
        }
    }

    /// The stream tells a stall itself, unless its driver hangs.
    fn patience(&self) -> Duration {
        self.options.stall_timeout + Duration::from_secs(1)
    }

    fn silent(&self, error: RecvTimeoutError) -> CaptureError {
        match error {
            RecvTimeoutError::Timeout => stalled(self.description.clone(), self.patience()),
            RecvTimeoutError::Disconnected => self
                .options
                .failed("reading frames", "the stream has ended".into()),
        }
    }
}

impl Camera for V4l2Camera {
    fn next_frame(&mut self) -> Result<Frame, CaptureError> {
        loop {
            let raw = self
                .raw_frames
                .recv_timeout(self.patience())
                .map_err(|error| self.silent(error))??;
            let decoded = self.options.decode(&raw.bytes, &mut self.frames);
            // If one waits already, this one is not needed.
            let _ = self.spent.try_send(raw.bytes);
            if let Some(pixels) = self.frames.bear(decoded)? {
                return Ok(Frame {
                    pixels,
                    captured: raw.captured,
                    sequence: raw.sequence,
                });
            }
        }
    }

    fn describe(&self) -> &str {
        &self.description
    }
}

/// Opens the device and has it set as asked; on failure what was being done, and the reason.
fn start(options: &V4l2Options) -> Result<MmapStream<'static>, (&'static str, String)> {
    let at = |doing| move |error: io::Error| (doing, error.to_string());
    let device = Device::with_path(&options.device)
        .map_err(|error| ("opening", cannot_open(&error, cameras)))?;

    let doing = "choosing format and size";
    let code = FourCC::new(&options.format.code());
    let wanted = Format::new(options.width, options.height, code);
    let given = device.set_format(&wanted).map_err(at(doing))?;
    let given = Given {
        code: given.fourcc.repr,
        width: given.width,
        height: given.height,
        stride: given.stride,
    };
    options
        .check_format(given)
        .map_err(|given| (doing, given))?;

    let doing = "choosing the frame rate";
    let given = device
        .set_params(&Parameters::with_fps(options.fps))
        .map_err(at(doing))?;
    options
        .check_rate(given.interval.numerator, given.interval.denominator)
        .map_err(|given| (doing, given))?;

    let stream = MmapStream::new(&device, Type::VideoCapture);
    let mut stream = stream.map_err(at("taking buffers"))?;
    stream.set_timeout(options.stall_timeout);
    Ok(stream)
}

/// The cameras that there are, for somebody who named another.
fn cameras() -> String {
    let found: Vec<String> = nokhwa::query(ApiBackend::Video4Linux)
        .unwrap_or_default()
        .iter()
        .map(|camera| format!("/dev/video{} ({})", camera.index(), camera.human_name()))
        .collect();
    if found.is_empty() {
        "there is no camera at all".into()
    } else {
        format!("there are {}", found.join(", "))
    }
}

/// Passes frames on until the camera fails or nobody wants them any more. Their bytes go into what is `recycled`.
fn pump(
    mut stream: MmapStream<'static>,
    frames: &SyncSender<Result<RawFrame, CaptureError>>,
    recycled: &Receiver<Vec<u8>>,
    clock: &dyn Clock,
    fault: impl Fn(io::Error) -> CaptureError,
) {
    let mut idle = None;
    for sequence in 0.. {
        let raw = match stream.next() {
            // What was damaged on the way is not worth a look.
            Ok((_, about)) if about.flags.contains(Flags::ERROR) => continue,
            Ok((buffer, about)) => {
                let captured = clock.now();
                let mut bytes: Vec<u8> = idle
                    .take()
                    .or_else(|| recycled.try_recv().ok())
                    .unwrap_or_default();
                bytes.clear();
                bytes.extend_from_slice(&buffer[..buffer.len().min(about.bytesused as usize)]);
                Ok(RawFrame {
                    bytes,
                    captured,
                    sequence,
                })
            }
            Err(error) => Err(fault(error)),
        };
        let is_over = raw.is_err();
        match frames.try_send(raw) {
            Err(TrySendError::Disconnected(_)) => return,
            Ok(()) | Err(TrySendError::Full(_)) if is_over => return,
            Err(TrySendError::Full(Ok(late))) => idle = Some(late.bytes),
            Ok(()) | Err(TrySendError::Full(Err(_))) => {}
        }
    }
}

fn stalled(camera: String, waited: Duration) -> CaptureError {
    CaptureError::Stalled {
        camera,
        waited,
        detail: String::new(),
    }
}
