//! Cameras that run give frames without allocating, on any thread.

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ostiary::capture::{
    Camera, ChildCamera, ChildOptions, Mailbox, Mounted, Mounting, Replay, ReplayOptions, Rotation,
    Taken, spawn,
};
use ostiary::domain::{Clock, Frame, Moment};
use time::UtcDateTime;

/// Counts what all threads allocate.
struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);

// SAFETY: all is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct TestClock(Instant);

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment::new(self.0.elapsed())
    }

    fn utc(&self) -> UtcDateTime {
        UtcDateTime::UNIX_EPOCH
    }
}

/// How many frames of each camera are taken before it is warm, and then counted: each more than the recording has.
const FRAMES: usize = 45;

fn recording() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("boards/sim/frames")
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(TestClock(Instant::now()))
}

fn replay(path: &Path, least_width: Option<u32>) -> Box<dyn Camera> {
    let options = ReplayOptions {
        fps: 240.0,
        repeat: true,
        least_width,
    };
    Box::new(Replay::open(path, options, clock()).unwrap())
}

/// A program that writes the file again and again.
fn child(path: &Path) -> Box<dyn Camera> {
    let script = "while cat \"$1\"; do :; done";
    let options = ChildOptions {
        argv: ["sh", "-c", script, "sh"]
            .iter()
            .map(Into::into)
            .chain([path.into()])
            .collect(),
        stall_timeout: Duration::from_secs(20),
        least_width: None,
    };
    Box::new(ChildCamera::start(&options, clock()).unwrap())
}

fn take(mailbox: &Mailbox) -> Frame {
    match mailbox.take(Duration::from_secs(20)) {
        Taken::Frame(frame) => frame,
        other => panic!("no frame but {other:?}"),
    }
}

/// How often anything allocates while frames are taken off the mailbox, and copies for the panel are.
fn allocations(camera: Box<dyn Camera>) -> usize {
    let mut camera = Some(camera);
    let thread = spawn(move || Ok(camera.take().expect("opened once")), |_| ()).unwrap();
    let mailbox = thread.mailbox();
    // As many as the camera ever keeps pictures for.
    let held: Vec<_> = (0..10).map(|_| take(&mailbox)).collect();
    drop(held);
    let mut shown = None;
    let mut look = || {
        for _ in 0..FRAMES {
            let frame = take(&mailbox);
            shown = mailbox.copy().or(shown.take());
            assert!(frame.pixels.width() > 0);
        }
    };
    look();
    let before = COUNT.load(Ordering::Relaxed);
    look();
    COUNT.load(Ordering::Relaxed) - before
}

// One test: the count is of the whole process.
#[test]
fn frames_come_without_allocating() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("door.mjpeg");
    let mut files: Vec<_> = fs::read_dir(recording())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() < FRAMES);
    let jpegs: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    fs::write(&file, jpegs.concat()).unwrap();
    let mounting = Mounting {
        rotation: Rotation::Quarter,
        mirrored: true,
    };
    for (what, camera) in [
        ("a folder", replay(&recording(), None)),
        ("a folder, reduced", replay(&recording(), Some(320))),
        ("an MJPEG file", replay(&file, None)),
        ("a camera program", child(&file)),
        (
            "a camera on its side",
            Box::new(Mounted::new(Boxed(child(&file)), mounting)),
        ),
    ] {
        assert_eq!(allocations(camera), 0, "{what}");
    }
}

struct Boxed(Box<dyn Camera>);

impl Camera for Boxed {
    fn next_frame(&mut self) -> Result<Frame, ostiary::capture::CaptureError> {
        self.0.next_frame()
    }

    fn describe(&self) -> &str {
        self.0.describe()
    }
}
