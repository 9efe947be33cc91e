//! The capture thread: keeps a camera open and its newest frame in the mailbox.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use super::{Camera, CaptureError, Mailbox};
use crate::domain::retry_delay;

/// How long [`CaptureThread`] waits for a camera that is in the middle of a frame when it is stopped.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// What happened to the camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraEvent {
    /// It can't be opened or gives no frames; with the reason. It is tried again until it is back.
    Lost(String),
    /// Frames come again.
    Back,
    /// The recording is over, or the thread was stopped.
    Ended,
}

/// A running capture thread; stopped when dropped.
pub struct CaptureThread {
    mailbox: Arc<Mailbox>,
    /// Dropped to stop the thread.
    stop: Option<Sender<()>>,
    /// Disconnects when the thread is through.
    done: Receiver<()>,
}

/// Starts a thread that opens a camera, and again whenever it fails, and fills a mailbox.
///
/// `open` and `report` run on that thread. Between attempts it waits for [`retry_delay`].
///
/// # Errors
/// If the system gives no thread.
pub fn spawn(
    open: impl FnMut() -> Result<Box<dyn Camera>, CaptureError> + Send + 'static,
    report: impl Fn(CameraEvent) + Send + 'static,
) -> Result<CaptureThread, CaptureError> {
    let mailbox = Arc::new(Mailbox::default());
    let (stop, stopped) = mpsc::channel();
    let (running, done) = mpsc::channel();
    let capture = Capture {
        mailbox: Arc::clone(&mailbox),
        stopped,
        _running: running,
    };
    thread::Builder::new()
        .name("capture".into())
        .spawn(move || capture.run(open, report))
        .map_err(|source| CaptureError::Spawn {
            camera: "capture thread".into(),
            source,
        })?;
    Ok(CaptureThread {
        mailbox,
        stop: Some(stop),
        done,
    })
}

impl CaptureThread {
    /// Where the frames arrive.
    #[must_use]
    pub fn mailbox(&self) -> Arc<Mailbox> {
        Arc::clone(&self.mailbox)
    }

    /// Stops the thread and closes the mailbox.
    ///
    /// Waits at most a second: a camera that hangs in its driver is left behind.
    pub fn stop(self) {}
}

impl Drop for CaptureThread {
    fn drop(&mut self) {
        self.stop = None;
        self.mailbox.close();
        if self.done.recv_timeout(STOP_GRACE) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the camera does not answer; its thread is left behind");
        }
    }
}

struct Capture {
    mailbox: Arc<Mailbox>,
    stopped: Receiver<()>,
    /// Held until the thread ends, in whatever way.
    _running: Sender<()>,
}

impl Capture {
    fn run(
        self,
        mut open: impl FnMut() -> Result<Box<dyn Camera>, CaptureError>,
        report: impl Fn(CameraEvent),
    ) {
        let mut failures = 0;
        loop {
            match open().and_then(|camera| self.pump(camera, &mut failures, &report)) {
                Ok(()) | Err(CaptureError::EndOfReplay(_)) => break,
                Err(error) => {
                    failures += 1;
                    tracing::warn!(%error, failures, "camera lost");
                    if failures == 1 {
                        report(CameraEvent::Lost(error.to_string()));
                    }
                    if self.stops_within(retry_delay(failures)) {
                        break;
                    }
                }
            }
        }
        self.mailbox.close();
        report(CameraEvent::Ended);
    }

    /// Passes frames on until the camera fails, or `Ok` when the thread is stopped.
    fn pump(
        &self,
        mut camera: Box<dyn Camera>,
        failures: &mut u32,
        report: &impl Fn(CameraEvent),
    ) -> Result<(), CaptureError> {
        tracing::info!(camera = camera.describe(), "camera open");
        loop {
            if camera.is_recording() {
                self.mailbox.wait_until_wanted();
            }
            let frame = camera.next_frame()?;
            if *failures > 0 {
                *failures = 0;
                report(CameraEvent::Back);
            }
            self.mailbox.put(frame);
            if self.stops_within(Duration::ZERO) {
                return Ok(());
            }
        }
    }

    fn stops_within(&self, span: Duration) -> bool {
        self.stopped.recv_timeout(span) != Err(RecvTimeoutError::Timeout)
    }
}

impl Drop for Capture {
    /// Also after a panic the analysis must learn that nothing comes any more.
    fn drop(&mut self) {
        self.mailbox.close();
    }
}
