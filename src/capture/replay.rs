//! Recorded frames as a camera: a folder of pictures, or an MJPEG file.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use image::RgbImage;

use super::frames::FrameDecoder;
use super::mjpeg::Splitter;
use super::{Camera, CaptureError, still};
use crate::domain::{Clock, Frame, Moment};

const EXTENSIONS: [&str; 9] = [
    "jpg", "jpeg", "png", "webp", "bmp", "pnm", "ppm", "pgm", "pbm",
];

/// How a recording is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReplayOptions {
    /// Frames a second, 0.1 to 240.
    pub fps: f32,
    /// Start again at the end.
    pub repeat: bool,
    /// JPEGs are reduced to a half, a quarter or an eighth if they stay so wide, in pixels.
    pub least_width: Option<u32>,
}

/// Plays the pictures of a folder in the order of their names, or an MJPEG file (JPEGs one after the
/// other), at a set rate.
///
/// A picture that can't be read is an error, and the next call goes on behind it.
pub struct Replay {
    source: Source,
    frames: FrameDecoder,
    path: PathBuf,
    description: String,
    period: Duration,
    repeat: bool,
    clock: Arc<dyn Clock>,
    due: Moment,
    sequence: u64,
}

enum Source {
    Pictures {
        files: Vec<PathBuf>,
        next: usize,
        /// The last of the files that was read.
        bytes: Vec<u8>,
    },
    Mjpeg {
        file: BufReader<File>,
        splitter: Splitter,
        started: bool,
    },
}

impl Replay {
    /// Opens the folder or file at `path`; the first frame is due at once.
    ///
    /// # Errors
    /// If it can't be read, holds no frames or is a video in a container, or the rate is out of range.
    pub fn open(
        path: &Path,
        options: ReplayOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CaptureError> {
        let description = format!("replay of {}", path.display());
        if !(0.1..=240.0).contains(&options.fps) {
            return Err(CaptureError::Setting {
                camera: description,
                key: "fps",
                value: options.fps.to_string(),
                remedy: "use 0.1 to 240".into(),
            });
        }
        Ok(Self {
            source: Source::open(path)?,
            frames: FrameDecoder::new(options.least_width),
            path: path.to_owned(),
            description,
            period: Duration::from_secs_f32(options.fps.recip()),
            repeat: options.repeat,
            due: clock.now(),
            clock,
            sequence: 0,
        })
    }

    /// Holds the rate; after a delay it goes on from now, without a burst.
    fn wait_until_due(&mut self) -> Moment {
        let wait = self.due.since(self.clock.now()).min(self.period);
        if !wait.is_zero() {
            thread::sleep(wait);
        }
        let now = self.clock.now();
        self.due = self.due.max(now) + self.period;
        now
    }
}

impl Camera for Replay {
    fn next_frame(&mut self) -> Result<Frame, CaptureError> {
        let mut pixels = self.source.next_picture(&self.path, &mut self.frames)?;
        if pixels.is_none() && self.repeat {
            self.source.rewind(&self.path)?;
            pixels = self.source.next_picture(&self.path, &mut self.frames)?;
        }
        let pixels = pixels.ok_or_else(|| CaptureError::EndOfReplay(self.path.clone()))?;
        let captured = self.wait_until_due();
        let sequence = self.sequence;
        self.sequence += 1;
        Ok(Frame {
            pixels,
            captured,
            sequence,
        })
    }

    fn is_recording(&self) -> bool {
        true
    }

    fn describe(&self) -> &str {
        &self.description
    }
}

impl Source {
    fn open(path: &Path) -> Result<Self, CaptureError> {
        let reading = |source| CaptureError::reading(path, source);
        let metadata = std::fs::metadata(path).map_err(reading)?;
        if metadata.is_dir() {
            return Ok(Self::Pictures {
                files: pictures_in(path)?,
                next: 0,
                bytes: Vec::new(),
            });
        }
        if !metadata.is_file() {
            return Err(CaptureError::NotAFile(path.to_owned()));
        }
        let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(reading)?);
        if !file.fill_buf().map_err(reading)?.starts_with(&[0xFF, 0xD8]) {
            return Err(CaptureError::UnsupportedVideo(path.to_owned()));
        }
        Ok(Self::Mjpeg {
            file,
            // A frame is never larger than a still may be.
            splitter: Splitter::new(still::MAX_FILE_BYTES as usize),
            started: false,
        })
    }

    /// The next picture, or `None` at the end.
    fn next_picture(
        &mut self,
        path: &Path,
        frames: &mut FrameDecoder,
    ) -> Result<Option<Arc<RgbImage>>, CaptureError> {
        match self {
            Self::Pictures { files, next, bytes } => {
                let Some(file) = files.get(*next) else {
                    return Ok(None);
                };
                *next += 1;
                still::read(file, bytes)?;
                frames.decode(bytes, &file.display()).map(Some)
            }
            Self::Mjpeg {
                file,
                splitter,
                started,
            } => {
                let reading = |source| CaptureError::reading(path, source);
                if find_jpeg(file, splitter).map_err(reading)? {
                    *started = true;
                    frames.decode(splitter.jpeg(), &path.display()).map(Some)
                } else if *started {
                    Ok(None)
                } else {
                    // Not one whole frame in the file.
                    Err(CaptureError::Truncated(path.display().to_string()))
                }
            }
        }
    }

    fn rewind(&mut self, path: &Path) -> Result<(), CaptureError> {
        match self {
            Self::Pictures { next, .. } => *next = 0,
            Self::Mjpeg { file, splitter, .. } => {
                splitter.restart();
                file.rewind()
                    .map_err(|source| CaptureError::reading(path, source))?;
            }
        }
        Ok(())
    }
}

/// Whether there is one more JPEG, which the splitter has then.
fn find_jpeg(file: &mut impl BufRead, splitter: &mut Splitter) -> std::io::Result<bool> {
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            return Ok(false);
        }
        let (taken, is_whole) = splitter.push(bytes);
        file.consume(taken);
        if is_whole {
            return Ok(true);
        }
    }
}

/// The pictures by their extension, sorted by name. Other files, hidden ones and folders are left out.
fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>, CaptureError> {
    let reading = |source| CaptureError::reading(folder, source);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(reading)? {
        let path = entry.map_err(reading)?.path();
        let is_picture = path
            .extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|extension| {
                EXTENSIONS
                    .iter()
                    .any(|known| extension.eq_ignore_ascii_case(known))
            });
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if is_picture && !is_hidden && path.is_file() {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(CaptureError::NoFrames(folder.to_owned()));
    }
    files.sort();
    Ok(files)
}
