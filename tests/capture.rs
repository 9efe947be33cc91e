//! Cameras and recordings, good and bad, from the first byte to the mailbox.

use std::ffi::OsString;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use image::{ImageFormat, Rgb, RgbImage};
use ostiary::capture::{
    Camera, CameraEvent, CaptureError, CaptureThread, ChildCamera, ChildOptions, FaultyCamera,
    Mounted, Mounting, Replay, ReplayOptions, Rotation, Step, Taken, spawn,
};
use ostiary::domain::{Clock, Moment};
use time::UtcDateTime;

const PATIENCE: Duration = Duration::from_secs(20);

struct TestClock(Instant);

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment::new(self.0.elapsed())
    }

    fn utc(&self) -> UtcDateTime {
        UtcDateTime::UNIX_EPOCH
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(TestClock(Instant::now()))
}

fn grey(level: u8) -> RgbImage {
    RgbImage::from_pixel(24, 16, Rgb([level; 3]))
}

fn encoded(level: u8, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    grey(level).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn jpeg(level: u8) -> Vec<u8> {
    encoded(level, ImageFormat::Jpeg)
}

/// The grey levels of the next `count` frames, to the nearest 10.
fn levels(camera: &mut dyn Camera, count: usize) -> Vec<u8> {
    (0..count)
        .map(|_| camera.next_frame().unwrap().pixels.get_pixel(3, 3).0[0])
        .map(|level| (level + 5) / 10 * 10)
        .collect()
}

fn replay(path: &Path, repeat: bool) -> Replay {
    let options = ReplayOptions {
        fps: 240.0,
        repeat,
        least_width: None,
    };
    Replay::open(path, options, clock()).unwrap()
}

mod replays {
    use super::*;

    #[test]
    fn a_folder_is_played_by_name_once_or_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        write("b.PNG", &encoded(20, ImageFormat::Png));
        write("a.jpg", &jpeg(10));
        write("c.bmp", &encoded(30, ImageFormat::Bmp));
        write("README.txt", b"where these come from");
        write(".hidden.jpg", b"");
        fs::create_dir(folder.path().join("d.jpg")).unwrap();

        let mut once = replay(folder.path(), false);
        assert_eq!(levels(&mut once, 3), [10, 20, 30]);
        let end = once.next_frame().unwrap_err();
        assert!(matches!(end, CaptureError::EndOfReplay(_)), "{end}");
        let mut again = replay(folder.path(), true);
        assert_eq!(levels(&mut again, 7), [10, 20, 30, 10, 20, 30, 10]);
        assert_eq!(again.next_frame().unwrap().sequence, 7);
    }

    #[test]
    fn a_bad_picture_is_named_and_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("1.jpg"), &jpeg(10)[..200]).unwrap();
        fs::write(folder.path().join("2.jpg"), jpeg(20)).unwrap();
        let mut camera = replay(folder.path(), false);
        let error = camera.next_frame().unwrap_err();
        assert!(matches!(error, CaptureError::Truncated(_)), "{error}");
        assert!(error.to_string().contains("1.jpg"), "{error}");
        assert_eq!(levels(&mut camera, 1), [20]);
    }

    #[test]
    fn an_mjpeg_file_is_played_and_rewound() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), [jpeg(10), jpeg(20), jpeg(30)].concat()).unwrap();
        let mut camera = replay(file.path(), true);
        assert_eq!(levels(&mut camera, 5), [10, 20, 30, 10, 20]);
        assert!(camera.describe().contains("replay"));
    }

    #[test]
    fn the_rate_is_held_on_the_clock() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), jpeg(10)).unwrap();
        let options = ReplayOptions {
            fps: 50.0,
            repeat: true,
            least_width: None,
        };
        let mut camera = Replay::open(file.path(), options, clock()).unwrap();
        let first = camera.next_frame().unwrap().captured;
        let mut last = first;
        for _ in 0..10 {
            let captured = camera.next_frame().unwrap().captured;
            assert!(captured.since(last) >= Duration::from_millis(19));
            last = captured;
        }
    }

    #[test]
    fn pictures_are_reduced_as_far_as_asked_and_turned_as_they_say() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, turned) = (folder.path().join("1.jpg"), folder.path().join("2.jpg"));
        fs::write(plain, jpeg(10)).unwrap();
        let exif = b"\xFF\xE1\x00\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        fs::write(turned, [&jpeg(20)[..2], exif, &jpeg(20)[2..]].concat()).unwrap();
        let options = ReplayOptions {
            fps: 240.0,
            repeat: false,
            least_width: Some(12),
        };
        let mut camera = Replay::open(folder.path(), options, clock()).unwrap();
        assert_eq!(camera.next_frame().unwrap().pixels.dimensions(), (12, 8));
        assert_eq!(camera.next_frame().unwrap().pixels.dimensions(), (16, 24));
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let opening = |path: &Path, fps| {
            let options = ReplayOptions {
                fps,
                repeat: false,
                least_width: None,
            };
            Replay::open(path, options, clock()).err().unwrap()
        };
        let empty = opening(folder.path(), 10.0);
        assert!(matches!(empty, CaptureError::NoFrames(_)), "{empty}");
        let missing = opening(&folder.path().join("missing"), 10.0);
        assert!(matches!(missing, CaptureError::NotFound(_)), "{missing}");

        let video = folder.path().join("walk.mp4");
        fs::write(&video, b"\0\0\0\x18ftypmp42").unwrap();
        let error = opening(&video, 10.0);
        assert!(matches!(error, CaptureError::UnsupportedVideo(_)));
        assert!(error.to_string().contains("ffmpeg"), "{error}");
        for fps in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e9] {
            let error = opening(&video, fps);
            assert!(matches!(error, CaptureError::Setting { key: "fps", .. }));
        }
    }

    #[test]
    fn a_recording_without_one_whole_frame_is_an_error_also_when_repeated() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), &jpeg(10)[..100]).unwrap();
        let error = replay(file.path(), true).next_frame().unwrap_err();
        assert!(matches!(error, CaptureError::Truncated(_)), "{error}");
    }
}

mod programs {
    use super::*;

    fn options(argv: &[&str], stall_ms: u64) -> ChildOptions {
        ChildOptions {
            argv: argv.iter().map(OsString::from).collect(),
            stall_timeout: Duration::from_millis(stall_ms),
            least_width: None,
        }
    }

    fn start(argv: &[&str], stall_ms: u64) -> ChildCamera {
        ChildCamera::start(&options(argv, stall_ms), clock()).unwrap()
    }

    fn recording(folder: &Path, frames: &[&[u8]]) -> String {
        let path = folder.join("camera.mjpeg");
        fs::write(&path, frames.concat()).unwrap();
        path.to_str().unwrap().to_owned()
    }

    #[test]
    fn frames_come_until_the_program_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = recording(folder.path(), &[&jpeg(10), b"noise", &jpeg(20)]);
        let mut camera = start(&["cat", &path], 20_000);
        assert_eq!(levels(&mut camera, 2), [10, 20]);
        let error = camera.next_frame().unwrap_err();
        assert!(matches!(error, CaptureError::Ended { .. }), "{error}");
    }

    #[test]
    fn frames_without_huffman_tables_are_understood() {
        let whole = jpeg(120);
        let mut stripped = whole.clone();
        while let Some(at) = stripped.windows(2).position(|w| w == [0xFF, 0xC4]) {
            let length = usize::from(u16::from_be_bytes([stripped[at + 2], stripped[at + 3]]));
            stripped.drain(at..at + 2 + length);
        }
        assert!(stripped.len() < whole.len());
        let folder = tempfile::tempdir().unwrap();
        let path = recording(folder.path(), &[&stripped]);
        assert_eq!(levels(&mut start(&["cat", &path], 20_000), 1), [120]);
    }

    #[test]
    fn a_damaged_frame_is_skipped_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let empty_jpeg = b"\xFF\xD8\xFF\xD9";
        let path = recording(folder.path(), &[&jpeg(10), empty_jpeg, &jpeg(20)]);
        let mut camera = start(&["cat", &path], 20_000);
        assert_eq!(camera.next_frame().unwrap().sequence, 0);
        assert_eq!(camera.next_frame().unwrap().sequence, 2);

        let path = recording(folder.path(), &[empty_jpeg.as_slice(); 50]);
        let error = start(&["cat", &path], 20_000).next_frame().unwrap_err();
        assert!(matches!(error, CaptureError::Corrupt { .. }), "{error}");
    }

    #[test]
    fn the_last_words_of_a_failed_program_are_told() {
        let script =
            "head -c 100000 /dev/zero >&2; printf '\\033[31mno cameras available' >&2; exit 3";
        let error = start(&["sh", "-c", script], 20_000)
            .next_frame()
            .unwrap_err()
            .to_string();
        assert!(error.contains("no cameras available"), "{error}");
        assert!(error.contains("exit status: 3"), "{error}");
        assert!(!error.contains('\x1b') && error.len() < 4000);
    }

    #[test]
    fn silence_and_endless_garbage_are_stalls() {
        for script in ["echo warming up >&2; sleep 100", "cat /dev/zero"] {
            let error = start(&["sh", "-c", script], 400).next_frame().unwrap_err();
            assert!(matches!(error, CaptureError::Stalled { .. }), "{error}");
        }
    }

    #[test]
    fn the_program_and_what_it_started_die_with_the_camera() {
        let folder = tempfile::tempdir().unwrap();
        let path = recording(folder.path(), &[&jpeg(10)]);
        let pids = folder.path().join("pids");
        let script = format!(
            "sleep 1000 & echo $$ $! > {}; cat {path}; wait",
            pids.display()
        );
        let mut camera = start(&["sh", "-c", &script], 20_000);
        camera.next_frame().unwrap();
        let pids: Vec<PathBuf> = fs::read_to_string(&pids)
            .unwrap()
            .split_whitespace()
            .map(|pid| Path::new("/proc").join(pid))
            .collect();
        assert!(pids.iter().all(|process| process.exists()));
        drop(camera);
        // An orphan stays visible until init has reaped it.
        let is_alive = |process: &PathBuf| {
            fs::read_to_string(process.join("stat")).is_ok_and(|stat| !stat.contains(") Z "))
        };
        let deadline = Instant::now() + PATIENCE;
        while pids.iter().any(is_alive) {
            assert!(Instant::now() < deadline, "still running");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = ChildCamera::start(&options(&["no-such-program"], 100), clock());
        let message = error.err().unwrap().to_string();
        assert!(message.contains("no-such-program"), "{message}");
        let none = ChildCamera::start(&options(&[], 100), clock());
        assert!(matches!(
            none.err().unwrap(),
            CaptureError::Setting { key: "argv", .. }
        ));
    }
}

mod capture_thread {
    use super::*;

    fn failure() -> Step {
        Step::Fail(CaptureError::Truncated("frame 2".into()))
    }

    /// A thread that opens one script after the other; without a script there is no camera.
    fn run(scripts: Vec<Vec<Step>>) -> (CaptureThread, Receiver<CameraEvent>) {
        let (sender, events) = channel();
        let mut scripts = scripts.into_iter();
        let clock = clock();
        let open = move || match scripts.next() {
            Some(script) => {
                let camera = FaultyCamera::new(script, Arc::clone(&clock));
                Ok(Box::new(camera) as Box<dyn Camera>)
            }
            None => Err(CaptureError::NotFound("/dev/video0".into())),
        };
        let thread = spawn(open, move |event| {
            let _ = sender.send(event);
        });
        (thread.unwrap(), events)
    }

    fn next(events: &Receiver<CameraEvent>) -> CameraEvent {
        events.recv_timeout(PATIENCE).unwrap()
    }

    #[test]
    fn a_lost_camera_is_reported_once_and_comes_back() {
        let (thread, events) = run(vec![
            vec![Step::Frame(grey(1)), failure()],
            vec![failure()],
            vec![Step::Frame(grey(2))],
        ]);
        assert!(matches!(next(&events), CameraEvent::Lost(reason) if reason.contains("frame 2")));
        assert_eq!(next(&events), CameraEvent::Back);
        assert_eq!(next(&events), CameraEvent::Ended);
        let mailbox = thread.mailbox();
        assert!(matches!(mailbox.take(PATIENCE), Taken::Frame(f) if *f.pixels == grey(2)));
        assert!(matches!(mailbox.take(PATIENCE), Taken::Closed));
        assert_eq!(mailbox.dropped(), 1);
    }

    #[test]
    fn it_stops_while_it_waits_to_try_again() {
        let (thread, events) = run(vec![]);
        assert!(matches!(next(&events), CameraEvent::Lost(_)));
        let start = Instant::now();
        thread.stop();
        assert!(start.elapsed() < PATIENCE / 2);
        assert_eq!(next(&events), CameraEvent::Ended);
    }

    #[test]
    fn a_camera_that_hangs_does_not_hold_up_the_stop() {
        let (thread, _events) = run(vec![vec![
            Step::Frame(grey(1)),
            Step::Stall(Duration::from_secs(60)),
        ]]);
        let mailbox = thread.mailbox();
        assert!(matches!(mailbox.take(PATIENCE), Taken::Frame(_)));
        let start = Instant::now();
        drop(thread);
        assert!(start.elapsed() < PATIENCE / 2);
        assert!(matches!(mailbox.take(PATIENCE), Taken::Closed));
    }

    #[test]
    fn a_panic_of_the_camera_closes_the_mailbox() {
        let open = || -> Result<Box<dyn Camera>, CaptureError> { panic!("driver bug") };
        let thread = spawn(open, |_| ()).unwrap();
        assert!(matches!(thread.mailbox().take(PATIENCE), Taken::Closed));
    }
}

#[test]
fn a_mounted_camera_turns_its_frames() {
    let camera = FaultyCamera::new([Step::Frame(grey(9))], clock());
    let mounting = Mounting {
        rotation: Rotation::Quarter,
        mirrored: true,
    };
    let mut mounted = Mounted::new(camera, mounting);
    assert_eq!(mounted.next_frame().unwrap().pixels.dimensions(), (16, 24));
    assert_eq!(mounted.describe(), "faulty camera");
}
