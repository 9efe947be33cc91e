//! From the board file to an opened camera.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use crate::capture::{
    self, Camera, CaptureError, ChildCamera, ChildOptions, Mounted, Mounting, Replay, ReplayOptions,
};
#[cfg(feature = "hardware")]
use crate::capture::{V4l2Camera, V4l2Format, V4l2Options};
#[cfg(feature = "hardware")]
use crate::config::PixelFormat;
use crate::config::{Board, CameraSource, Rotation, V4l2};
use crate::domain::Clock;

/// Without a frame for so long a camera is opened anew.
const STALL: Duration = Duration::from_secs(2);

/// Opens the board's camera.
///
/// # Errors
/// If it can't be opened, or needs a program built with the `hardware` feature.
pub fn open_camera(board: &Board, clock: &Arc<dyn Clock>) -> Result<Box<dyn Camera>, CaptureError> {
    let mounting = Mounting {
        rotation: rotation(board.camera.rotation),
        mirrored: board.camera.mirror,
    };
    let least_width = board.camera.least_width;
    let clock = Arc::clone(clock);
    match &board.camera.source {
        CameraSource::Replay { path, fps, repeat } => {
            let options = ReplayOptions {
                fps: *fps as f32,
                repeat: *repeat,
                least_width,
            };
            Ok(Box::new(Mounted::new(
                Replay::open(path, options, clock)?,
                mounting,
            )))
        }
        CameraSource::Child { command } => {
            let argv = command.iter().map(OsString::from).collect();
            let options = ChildOptions {
                argv,
                stall_timeout: STALL,
                least_width,
            };
            Ok(Box::new(Mounted::new(
                ChildCamera::start(&options, clock)?,
                mounting,
            )))
        }
        CameraSource::V4l2(options) => open_v4l2(options, least_width, mounting, clock),
    }
}

#[cfg(feature = "hardware")]
fn open_v4l2(
    source: &V4l2,
    least_width: Option<u32>,
    mounting: Mounting,
    clock: Arc<dyn Clock>,
) -> Result<Box<dyn Camera>, CaptureError> {
    let format = match source.format {
        PixelFormat::Mjpeg => V4l2Format::Mjpeg,
        PixelFormat::Yuyv => V4l2Format::Yuyv,
        PixelFormat::Nv12 => V4l2Format::Nv12,
        PixelFormat::Rgb => V4l2Format::Rgb,
    };
    let options = V4l2Options {
        device: source.device.clone(),
        format,
        width: source.width,
        height: source.height,
        fps: source.fps,
        stall_timeout: STALL,
        least_width,
    };
    Ok(Box::new(Mounted::new(
        V4l2Camera::open(options, clock)?,
        mounting,
    )))
}

#[cfg(not(feature = "hardware"))]
fn open_v4l2(
    source: &V4l2,
    _least_width: Option<u32>,
    _mounting: Mounting,
    _clock: Arc<dyn Clock>,
) -> Result<Box<dyn Camera>, CaptureError> {
    Err(CaptureError::Setting {
        camera: format!("V4L2 camera {}", source.device.display()),
        key: "kind",
        value: "v4l2".into(),
        remedy: "build the program with `--features hardware`".into(),
    })
}

fn rotation(rotation: Rotation) -> capture::Rotation {
    match rotation {
        Rotation::None => capture::Rotation::None,
        Rotation::Quarter => capture::Rotation::Quarter,
        Rotation::Half => capture::Rotation::Half,
        Rotation::ThreeQuarter => capture::Rotation::ThreeQuarters,
    }
}
