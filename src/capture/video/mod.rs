//! Video files, read and written by ffmpeg as a child process.
//!
//! What comes in is a stranger's, so the child is held tight: the container is told to it and not guessed,
//! it may open no protocol but files, gets its input and output as nameless files in memory, and is
//! limited in time, memory, pixels and output. Nothing touches the disk.

mod ffmpeg;

use std::time::Duration;

use super::mjpeg::Splitter;
use super::{CaptureError, still};

use ffmpeg::Output;

/// Frames are taken at most so often, in hertz.
const MAX_RATE: f64 = 10.0;
/// Larger frames are refused: 2048 x 2048.
const MAX_PIXELS: u32 = 1 << 22;
/// A frame as JPEG.
const MAX_FRAME_BYTES: usize = 4 << 20;
/// How long ffmpeg may take for a file.
const TIME: Duration = Duration::from_secs(40);

/// A decoded video file.
pub struct Video {
    /// In order; at least one.
    pub frames: Vec<VideoFrame>,
    /// Of a frame, in pixels, upright.
    pub width: u32,
    pub height: u32,
    /// From the first frame to the end of the last.
    pub duration: Duration,
}

/// One frame.
pub struct VideoFrame {
    /// Since the first frame.
    pub at: Duration,
    /// A JPEG file.
    pub jpeg: Vec<u8>,
}

/// Decodes an MP4 or WebM file that takes at most `longest`; up to ten frames of each second.
///
/// # Errors
/// If it is no such file, is longer or damaged, or ffmpeg is not installed.
pub fn decode_video(file: &[u8], longest: Duration) -> Result<Video, CaptureError> {
    let demuxer = demuxer(file).ok_or(CaptureError::NotAVideo)?;
    // A second more, so that a longer file shows.
    let seconds = (longest.as_secs_f64() + 1.0).to_string();
    let gap = 0.95 / MAX_RATE;
    let filter = format!("select='isnan(prev_selected_t)+gte(t-prev_selected_t,{gap})',showinfo");
    let pixels = MAX_PIXELS.to_string();
    let arguments = [
        ["-f", demuxer],
        ["-max_pixels", &pixels],
        ["-t", &seconds],
        ["-i", ffmpeg::INPUT],
        ["-map", "0:v:0"],
        ["-vf", &filter],
        ["-fps_mode", "passthrough"],
        ["-c:v", "mjpeg"],
        ["-q:v", "2"],
        ["-f", "image2pipe"],
    ];
    let ended = ffmpeg::run(&arguments.concat(), file, Output::Pipe, TIME)?;
    let mut frames = Vec::new();
    let mut splitter = Splitter::new(MAX_FRAME_BYTES);
    let mut rest = ended.output.as_slice();
    let mut times = times(&ended.log);
    while !rest.is_empty() {
        let (taken, is_whole) = splitter.push(rest);
        rest = &rest[taken..];
        if is_whole {
            let at = times.next().unwrap_or_default();
            let jpeg = splitter.jpeg().to_vec();
            frames.push(VideoFrame { at, jpeg });
        }
    }
    let first = frames.first().ok_or(CaptureError::VideoDamaged)?;
    let start = first.at;
    let (width, height) = still::decode(&first.jpeg, "a frame of the video")?.dimensions();
    for frame in &mut frames {
        frame.at = frame.at.saturating_sub(start);
    }
    let last = frames.last().map_or(Duration::ZERO, |frame| frame.at);
    let gaps = u32::try_from(frames.len() - 1).unwrap_or(u32::MAX);
    let duration = last + last.checked_div(gaps).unwrap_or_default();
    // What was left out of the last second is at most one frame.
    if duration > longest + Duration::from_secs_f64(1.0 / MAX_RATE) {
        return Err(CaptureError::VideoTooLong { longest });
    }
    Ok(Video {
        frames,
        width,
        height,
        duration,
    })
}

/// Writes JPEG frames of one size as an MP4 file (H.264, without sound) of at most `longest`.
///
/// # Errors
/// If ffmpeg is not installed or can't do it.
pub fn encode_video(
    jpegs: &[Vec<u8>],
    per_second: f32,
    longest: Duration,
) -> Result<Vec<u8>, CaptureError> {
    let rate = per_second.clamp(0.5, 60.0).to_string();
    let seconds = longest.as_secs_f64().to_string();
    let arguments = [
        ["-f", "mjpeg"],
        ["-framerate", &rate],
        ["-i", ffmpeg::INPUT],
        ["-t", &seconds],
        // H.264 with 4:2:0 wants even sides.
        ["-vf", "scale=trunc(iw/2)*2:trunc(ih/2)*2"],
        ["-c:v", "libx264"],
        ["-preset", "ultrafast"],
        ["-crf", "24"],
        ["-pix_fmt", "yuv420p"],
        ["-map_metadata", "-1"],
        ["-movflags", "+faststart"],
        ["-f", "mp4"],
    ];
    let ended = ffmpeg::run(&arguments.concat(), &jpegs.concat(), Output::File, TIME)?;
    if ended.output.is_empty() {
        return Err(CaptureError::VideoDamaged);
    }
    Ok(ended.output)
}

/// What ffmpeg calls the container, if it is one of the two that are taken.
fn demuxer(file: &[u8]) -> Option<&'static str> {
    let head = &file[..file.len().min(64)];
    if head.get(4..8) == Some(b"ftyp") {
        return Some("mov");
    }
    let is_webm = head.starts_with(b"\x1A\x45\xDF\xA3") && head.windows(4).any(|w| w == b"webm");
    is_webm.then_some("matroska")
}

/// The times that ffmpeg's `showinfo` tells, one for each frame.
fn times(log: &str) -> impl Iterator<Item = Duration> + '_ {
    log.lines()
        .filter(|line| line.contains("showinfo"))
        .filter_map(|line| line.split_once("pts_time:"))
        .map(|(_, rest)| {
            let seconds = rest.split_whitespace().next().and_then(|s| s.parse().ok());
            Duration::try_from_secs_f64(seconds.unwrap_or(0.0)).unwrap_or_default()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mp4_and_webm_are_taken() {
        assert_eq!(demuxer(b"\0\0\0\x18ftypisom"), Some("mov"));
        let webm = b"\x1A\x45\xDF\xA3\x9FB\x86\x81\x01B\xF7\x81\x01B\xF2\x81\x04B\xF3\x81\x08B\x82\x84webm";
        assert_eq!(demuxer(webm), Some("matroska"));
        for other in [
            &b""[..],
            b"\0\0\0\x18",
            b"\x1A\x45\xDF\xA3 matroska",
            b"#EXTM3U\nfile:///etc/passwd",
            b"ffconcat version 1.0",
            b"\xFF\xD8\xFF\xE0",
        ] {
            assert_eq!(demuxer(other), None);
        }
    }

    #[test]
    fn times_are_read_from_the_log() {
        let log = "[Parsed_showinfo_1 @ 0x5] config in time_base: 1/90000\n\
            [Parsed_showinfo_1 @ 0x5] n:   0 pts:      0 pts_time:0       duration: 3\n\
            [Parsed_showinfo_1 @ 0x5] n:   1 pts:   9000 pts_time:0.1     duration: 3\n\
            [Parsed_showinfo_1 @ 0x5] n:   2 pts:   9000 pts_time:nan     duration: 3\n\
            pts_time:7 elsewhere\n";
        let read: Vec<_> = times(log).map(|time| time.as_millis()).collect();
        assert_eq!(read, [0, 100, 0]);
    }
}
