//! The board file: what hardware there is.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{ConfigError, EXAMPLE_BOARD, source};

mod display;
mod door;
mod line;

pub use display::{ColourOrder, Display, SpiDisplay, SpiDriver};
pub use door::{Door, FailMode, WiegandFormat};
pub use line::{Bias, InputLine, Line, NoBias, OutputLine};

/// A checked board file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    pub name: String,
    /// The compiler's target triple.
    #[serde(default)]
    pub target: Option<String>,
    pub camera: Camera,
    pub display: Display,
    pub door: Door,
    #[serde(default)]
    pub badge: Option<Badge>,
    #[serde(default)]
    pub analysis: Analysis,
    /// The board file itself, for messages.
    #[serde(skip)]
    pub file: PathBuf,
}

/// The camera and how it is mounted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    pub source: CameraSource,
    #[serde(default)]
    pub rotation: Rotation,
    /// Left to right, after the rotation.
    #[serde(default)]
    pub mirror: bool,
    /// JPEGs that are wider are reduced while they are decoded, but not below this, in pixels.
    #[serde(default)]
    pub least_width: Option<u32>,
}

impl Camera {
    /// Tells this camera, as it is set, from another: what is fitted to it holds for no other.
    #[must_use]
    pub fn identity(&self) -> String {
        let source = match &self.source {
            CameraSource::V4l2(V4l2 {
                device,
                width,
                height,
                format,
                ..
            }) => {
                format!("{} {format:?} {width}x{height}", device.display())
            }
            CameraSource::Child { command } => command.join(" "),
            CameraSource::Replay { path, .. } => path.display().to_string(),
        };
        match self.least_width {
            Some(width) => format!("{source} from {width}"),
            None => source,
        }
    }
}

/// Where frames come from.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum CameraSource {
    V4l2(V4l2),
    /// A program that writes MJPEG to its standard output, such as `rpicam-vid`.
    Child {
        command: Vec<String>,
    },
    /// A folder of images, in the order of their names, or an MJPEG file.
    Replay {
        path: PathBuf,
        fps: u32,
        repeat: bool,
    },
}

/// A V4L2 camera, and exactly what it is asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct V4l2 {
    /// Such as `/dev/video0`.
    pub device: PathBuf,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Frames a second.
    pub fps: u32,
    pub format: PixelFormat,
}

/// How a V4L2 camera sends its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PixelFormat {
    Mjpeg,
    Yuyv,
    Nv12,
    Rgb,
}

/// Clockwise, in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "u16")]
pub enum Rotation {
    #[default]
    None,
    Quarter,
    Half,
    ThreeQuarter,
}

impl TryFrom<u16> for Rotation {
    type Error = String;

    fn try_from(degrees: u16) -> Result<Self, String> {
        match degrees {
            0 => Ok(Self::None),
            90 => Ok(Self::Quarter),
            180 => Ok(Self::Half),
            270 => Ok(Self::ThreeQuarter),
            other => Err(format!("rotation must be 0, 90, 180 or 270, not {other}")),
        }
    }
}

/// A reader that gives badge numbers as lines of text.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Badge {
    pub device: PathBuf,
}

/// How the networks run.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Analysis {
    /// 1 to 16.
    pub threads: usize,
    pub detector: Detector,
}

impl Default for Analysis {
    fn default() -> Self {
        Self {
            threads: 2,
            detector: Detector::ShortRange,
        }
    }
}

/// Which detector looks for faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detector {
    /// To about 2 m.
    ShortRange,
    /// To about 5 m, and slower.
    FullRange,
}

impl Board {
    /// Reads and checks a board file and those it inherits from. Relative paths start from its folder.
    ///
    /// # Errors
    /// The first thing wrong with it, with file and line or key.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let mut board: Self = source::read_inherited(path, EXAMPLE_BOARD)?;
        board.check().map_err(|(key, problem)| ConfigError::Value {
            path: path.into(),
            key: key.into(),
            problem,
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        if let CameraSource::Replay { path: frames, .. } = &mut board.camera.source {
            *frames = folder.join(&*frames);
        }
        board.door.resolve(folder);
        board.display.resolve(folder);
        board.file = path.to_owned();
        Ok(board)
    }

    /// Every output in use, with its key.
    pub fn outputs(&self) -> impl Iterator<Item = (&'static str, &OutputLine)> {
        self.door.outputs().chain(self.display.outputs())
    }

    /// Every contact in use, with its key.
    pub fn inputs(&self) -> impl Iterator<Item = (&'static str, &InputLine)> {
        self.door.inputs()
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        let in_range = |key, value: usize, min: usize, max: usize| {
            if (min..=max).contains(&value) {
                Ok(())
            } else {
                Err((key, format!("{value} is not from {min} to {max}")))
            }
        };
        if let Some(width) = self.camera.least_width {
            in_range("camera.least_width", width as usize, 160, 4096)?;
        }
        match &self.camera.source {
            CameraSource::V4l2(V4l2 { format, .. })
                if self.camera.least_width.is_some() && *format != PixelFormat::Mjpeg =>
            {
                return Err((
                    "camera.least_width",
                    "is only for JPEGs: set camera.source.width, or the format mjpeg".into(),
                ));
            }
            CameraSource::V4l2(V4l2 {
                width, height, fps, ..
            }) => {
                in_range("camera.source.width", *width as usize, 160, 4096)?;
                in_range("camera.source.height", *height as usize, 120, 4096)?;
                in_range("camera.source.fps", *fps as usize, 1, 120)?;
            }
            CameraSource::Replay { fps, .. } => {
                in_range("camera.source.fps", *fps as usize, 1, 120)?
            }
            CameraSource::Child { command } if command.is_empty() => {
                return Err((
                    "camera.source.command",
                    "is empty: name the program and its arguments".into(),
                ));
            }
            CameraSource::Child { .. } => {}
        }
        self.display.check()?;
        self.door.check()?;
        line::check_places(self.outputs(), self.inputs())?;
        in_range("analysis.threads", self.analysis.threads, 1, 16)
    }
}

#[cfg(test)]
mod tests;
