//! The board file: what hardware there is.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{ConfigError, EXAMPLE_BOARD, source};

mod door;

pub use door::{Bias, Door, FailMode, InputLine, OutputLine, WiegandFormat};

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
}

impl Camera {
    /// Tells this camera, as it is set, from another: what is fitted to it holds for no other.
    #[must_use]
    pub fn identity(&self) -> String {
        match &self.source {
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
            other => Err(format!(
                "camera.rotation must be 0, 90, 180 or 270, not {other}"
            )),
        }
    }
}

/// What the panel is drawn on.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Display {
    Framebuffer {
        device: PathBuf,
    },
    /// `panel.png` in the data folder.
    Png {
        width: u32,
        height: u32,
    },
    None,
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
        board.file = path.to_owned();
        Ok(board)
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        let in_range = |key, value: usize, min: usize, max: usize| {
            if (min..=max).contains(&value) {
                Ok(())
            } else {
                Err((key, format!("{value} is not from {min} to {max}")))
            }
        };
        match &self.camera.source {
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
        if let Display::Png { width, height } = self.display {
            in_range("display.width", width as usize, 240, 1280)?;
            in_range("display.height", height as usize, 240, 1280)?;
        }
        self.door.check()?;
        in_range("analysis.threads", self.analysis.threads, 1, 16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("boards")
            .join(name)
    }

    fn read(files: &[(&str, &str)]) -> Result<Board, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Board::read(&folder.path().join(files[0].0))
    }

    #[test]
    fn the_shipped_boards_are_valid() {
        let mut count = 0;
        for file in std::fs::read_dir(shipped("")).unwrap() {
            let path = file.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "toml")
            {
                let board = Board::read(&path).unwrap();
                assert_eq!(path.file_stem().unwrap(), board.name.as_str());
                count += 1;
            }
        }
        assert!(count >= 8, "{count} boards");
    }

    #[test]
    fn a_board_overrides_what_it_inherits() {
        let base = std::fs::read_to_string(shipped("base.toml")).unwrap();
        let board = read(&[
            (
                "a.toml",
                "inherits = 'base.toml'\nname = 'a'\n[analysis]\nthreads = 4",
            ),
            ("base.toml", &base),
        ]);
        let board = board.unwrap();
        assert_eq!((board.name.as_str(), board.analysis.threads), ("a", 4));
        assert_eq!(board.door.fail, FailMode::Secure);
    }

    #[test]
    fn mistakes_are_told_with_their_key() {
        let message = |files: &[(&str, &str)]| read(files).unwrap_err().to_string();
        assert!(message(&[("a.toml", "inherits = 'a.toml'")]).contains("inherits itself"));
        assert!(
            message(&[("a.toml", "[door]\nfial = 'safe'")]).contains("did you mean door.fail?")
        );
        let base = std::fs::read_to_string(shipped("base.toml")).unwrap();
        let with = |text: &str| {
            message(&[
                ("a.toml", &format!("inherits = 'base.toml'\n{text}")),
                ("base.toml", &base),
            ])
        };
        assert!(
            with("[analysis]\nthreads = 0").contains("analysis.threads: 0 is not from 1 to 16")
        );
        let twice = "[door.strike]\nkind = 'gpiocdev'\nchip = '/dev/gpiochip0'\nline = 'GPIO17'
            [door.rex]\nkind = 'gpiocdev'\nchip = '/dev/gpiochip0'\nline = 'GPIO17'";
        let message_of_twice = with(twice);
        assert!(
            message_of_twice.contains(
                "a.toml: door.rex: line \"GPIO17\" of /dev/gpiochip0 is that of door.strike"
            ),
            "{message_of_twice}"
        );
        assert!(with("[door]\nheartbeat_timeout_ms = 500").contains("500 is not from 60 to 90"));
        assert!(with("[door.tamper]\nkind = 'gpiocdev'\nbias = 'up'").contains("pull-up"));
        assert!(with("[door.wiegand]\nformat = 37").contains("26 or 34"));
        assert!(with("[camera]\nrotation = 45").contains("must be 0, 90, 180 or 270"));
        assert!(with("[camera.source]\nkind = 'telepathy'").contains("telepathy"));
    }
}
