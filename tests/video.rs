//! Video files through the real ffmpeg.

use std::process::Command;
use std::time::Duration;

use ostiary::capture::{CaptureError, decode_video, encode_video};

const TEN: Duration = Duration::from_secs(10);

fn has_ffmpeg() -> bool {
    let has = Command::new("ffmpeg").arg("-version").output().is_ok();
    if !has {
        eprintln!("skipped: ffmpeg is not installed");
    }
    has
}

/// A moving test picture.
fn made(name: &str, seconds: u32, size: &str, options: &[&str]) -> Vec<u8> {
    let file = tempfile::tempdir().unwrap();
    let path = file.path().join(name);
    let source = format!("testsrc=duration={seconds}:size={size}:rate=25");
    let run = Command::new("ffmpeg")
        .args(["-loglevel", "error", "-f", "lavfi", "-i", &source])
        .args(options)
        .arg(&path)
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    std::fs::read(path).unwrap()
}

#[test]
fn mp4_and_webm_become_frames_with_their_times() {
    if !has_ffmpeg() {
        return;
    }
    let webm = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"];
    for file in [
        made("a.mp4", 3, "320x240", &[]),
        made("a.webm", 3, "320x240", &webm),
    ] {
        let video = decode_video(&file, TEN).unwrap();
        assert_eq!((video.width, video.height), (320, 240));
        assert!(
            (24..=31).contains(&video.frames.len()),
            "{}",
            video.frames.len()
        );
        assert!(video.duration.abs_diff(Duration::from_secs(3)) < Duration::from_millis(200));
        assert!(video.frames.is_sorted_by_key(|frame| frame.at));
        assert_eq!(video.frames[0].at, Duration::ZERO);
        assert!(video.frames[1].jpeg.starts_with(b"\xFF\xD8"));
        assert!(matches!(
            decode_video(&file, Duration::from_secs(2)),
            Err(CaptureError::VideoTooLong { .. })
        ));
    }
}

#[test]
fn frames_become_an_mp4_that_can_be_read_again() {
    if !has_ffmpeg() {
        return;
    }
    let source = decode_video(&made("a.mp4", 2, "322x242", &[]), TEN).unwrap();
    let jpegs: Vec<_> = source.frames.into_iter().map(|frame| frame.jpeg).collect();
    let mp4 = encode_video(&jpegs, 5.0, Duration::from_secs(15)).unwrap();
    let video = decode_video(&mp4, TEN).unwrap();
    assert_eq!(video.frames.len(), jpegs.len());
    let seconds = jpegs.len() as f64 / 5.0;
    assert!((video.duration.as_secs_f64() - seconds).abs() < 0.3);

    let cut = encode_video(&jpegs, 5.0, Duration::from_secs(1)).unwrap();
    assert_eq!(decode_video(&cut, TEN).unwrap().frames.len(), 5);
}

#[test]
fn what_is_no_video_or_too_large_is_refused() {
    if !has_ffmpeg() {
        return;
    }
    for file in [&b""[..], b"#EXTM3U\n/etc/passwd", b"\xFF\xD8\xFF\xE0"] {
        assert!(matches!(
            decode_video(file, TEN),
            Err(CaptureError::NotAVideo)
        ));
    }
    let whole = made("a.mp4", 1, "320x240", &[]);
    let broken = &whole[..40];
    assert!(matches!(
        decode_video(broken, TEN),
        Err(CaptureError::VideoDamaged)
    ));
    let large = made("a.mp4", 1, "2304x2304", &["-preset", "ultrafast"]);
    assert!(matches!(
        decode_video(&large, TEN),
        Err(CaptureError::VideoDamaged)
    ));
    assert!(encode_video(&[], 5.0, TEN).is_err());
    assert!(encode_video(&[b"no picture".to_vec()], 5.0, TEN).is_err());
}
