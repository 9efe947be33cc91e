//! A camera program, such as rpicam-vid, that writes MJPEG to its standard output.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};

use super::frames::FrameDecoder;
use super::mjpeg::Splitter;
use super::{Camera, CaptureError};
use crate::domain::{Clock, Frame};

/// Larger frames are dropped; a 1080p frame of good quality has about 1 MB.
const MAX_FRAME_BYTES: usize = 8 << 20;
/// How much of the end of stderr an error tells.
const STDERR_TAIL: usize = 400;
/// How much of stderr is read at once.
const STDERR_READ: usize = 1024;
/// Reads, of 1 KiB each, that empty a full pipe.
const MAX_LAST_READS: usize = 64;

/// The program and how long it may be silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildOptions {
    /// Program and arguments; no shell sees them.
    pub argv: Vec<OsString>,
    /// Without a frame for so long the camera counts as failed.
    pub stall_timeout: Duration,
    /// Frames are reduced to a half, a quarter or an eighth if they stay so wide, in pixels.
    pub least_width: Option<u32>,
}

/// Runs a program and reads its MJPEG. The program and all it started is killed on drop.
///
/// Choose a frame rate that the board can decode: what waits in the pipe (64 KiB) is stamped late.
pub struct ChildCamera {
    child: Child,
    reaped: Option<ExitStatus>,
    stdout: ChildStdout,
    /// `None` after its end.
    stderr: Option<ChildStderr>,
    stderr_tail: Vec<u8>,
    buffer: Box<[u8]>,
    /// What of the buffer is read but not yet split.
    unsplit: std::ops::Range<usize>,
    splitter: Splitter,
    frames: FrameDecoder,
    stall_timeout: Duration,
    clock: Arc<dyn Clock>,
    description: String,
    sequence: u64,
}

impl ChildCamera {
    /// Starts the program.
    ///
    /// # Errors
    /// If the command is empty or can't be run.
    pub fn start(options: &ChildOptions, clock: Arc<dyn Clock>) -> Result<Self, CaptureError> {
        let Some((program, arguments)) = options.argv.split_first() else {
            return Err(CaptureError::Setting {
                camera: "camera program".into(),
                key: "argv",
                value: "[]".into(),
                remedy: "name the program, as in [\"rpicam-vid\", \"--codec\", \"mjpeg\", \"-o\", \"-\"]"
                    .into(),
            });
        };
        let description = format!("camera program {}", program.display());
        let spawned = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Its own group, so that what it starts can be killed with it.
            .process_group(0)
            .spawn();
        let no_pipe = || std::io::Error::other("no pipe to the program");
        let started = spawned.and_then(|mut child| {
            let stdout = child.stdout.take().ok_or_else(no_pipe)?;
            let stderr = child.stderr.take();
            Ok((child, stdout, stderr))
        });
        let (child, stdout, stderr) = started.map_err(|source| CaptureError::Spawn {
            camera: description.clone(),
            source,
        })?;
        Ok(Self {
            child,
            reaped: None,
            stdout,
            stderr,
            stderr_tail: Vec::with_capacity(STDERR_TAIL + STDERR_READ),
            buffer: vec![0; 1 << 16].into(),
            unsplit: 0..0,
            splitter: Splitter::new(MAX_FRAME_BYTES),
            frames: FrameDecoder::new(options.least_width),
            stall_timeout: options.stall_timeout,
            clock,
            description,
            sequence: 0,
        })
    }

    /// Waits until the splitter has a JPEG.
    fn next_jpeg(&mut self, deadline: Instant) -> Result<(), CaptureError> {
        loop {
            let (taken, is_whole) = self.splitter.push(&self.buffer[self.unsplit.clone()]);
            self.unsplit.start += taken;
            if is_whole {
                return Ok(());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(CaptureError::Stalled {
                    camera: self.description.clone(),
                    waited: self.stall_timeout,
                    detail: self.told_on_stderr(),
                });
            }
            self.read_more(left)?;
        }
    }

    /// Waits for output and reads it into the empty buffer, if any comes in time.
    fn read_more(&mut self, timeout: Duration) -> Result<(), CaptureError> {
        let (has_output, has_errors) = self.poll(timeout)?;
        if has_errors {
            self.read_stderr();
        }
        if has_output {
            let read = self.stdout.read(&mut self.buffer);
            let length = read.map_err(|e| self.device_error(&e))?;
            if length == 0 {
                return Err(self.ended());
            }
            self.unsplit = 0..length;
        }
        Ok(())
    }

    /// Waits for (stdout, stderr) to have something to read or to end.
    fn poll(&self, timeout: Duration) -> Result<(bool, bool), CaptureError> {
        let timeout = Timespec::try_from(timeout).ok();
        let stdout = PollFd::new(&self.stdout, PollFlags::IN);
        let stderr = self.stderr.as_ref();
        let stderr = stderr.map(|fd| PollFd::new(fd, PollFlags::IN));
        let count = 1 + usize::from(stderr.is_some());
        let mut fds = [stdout.clone(), stderr.unwrap_or(stdout)];
        let fds = &mut fds[..count];
        match poll(fds, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(self.device_error(&e.into())),
        }
        let is_ready = |fd: Option<&PollFd<'_>>| fd.is_some_and(|fd| !fd.revents().is_empty());
        Ok((is_ready(fds.first()), is_ready(fds.get(1))))
    }

    fn read_stderr(&mut self) {
        let mut bytes = [0; STDERR_READ];
        match self.stderr.as_mut().map(|stderr| stderr.read(&mut bytes)) {
            Some(Ok(length)) if length > 0 => {
                self.stderr_tail.extend_from_slice(&bytes[..length]);
                let excess = self.stderr_tail.len().saturating_sub(STDERR_TAIL);
                self.stderr_tail.drain(..excess);
            }
            _ => self.stderr = None,
        }
    }

    fn told_on_stderr(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr_tail);
        match text.trim() {
            "" => String::new(),
            text => format!(": {}", text.escape_debug()),
        }
    }

    fn device_error(&self, source: &std::io::Error) -> CaptureError {
        CaptureError::Device {
            camera: self.description.clone(),
            doing: "reading frames",
            reason: source.to_string(),
        }
    }

    /// The error for a program that closed its output.
    fn ended(&mut self) -> CaptureError {
        let status = match self.kill() {
            Ok(status) => status.to_string(),
            Err(e) => e.to_string(),
        };
        // The group is dead, so its last words are all in the pipe; bounded, should someone have left it.
        for _ in 0..MAX_LAST_READS {
            match self.poll(Duration::ZERO) {
                Ok((_, true)) => self.read_stderr(),
                _ => break,
            }
        }
        CaptureError::Ended {
            camera: self.description.clone(),
            status,
            stderr: self.told_on_stderr(),
        }
    }

    /// Kills the program's group and reaps the program, once: later its number may be somebody else's.
    fn kill(&mut self) -> std::io::Result<ExitStatus> {
        if let Some(status) = self.reaped {
            return Ok(status);
        }
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It fails only if there is nobody left to kill.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let status = self.child.wait()?;
        self.reaped = Some(status);
        Ok(status)
    }
}

impl Camera for ChildCamera {
    fn next_frame(&mut self) -> Result<Frame, CaptureError> {
        let deadline = Instant::now() + self.stall_timeout;
        loop {
            self.next_jpeg(deadline)?;
            let captured = self.clock.now();
            let sequence = self.sequence;
            self.sequence += 1;
            let decoded = self.frames.decode(self.splitter.jpeg(), &self.description);
            if let Some(pixels) = self.frames.bear(decoded)? {
                return Ok(Frame {
                    pixels,
                    captured,
                    sequence,
                });
            }
        }
    }

    fn describe(&self) -> &str {
        &self.description
    }
}

impl Drop for ChildCamera {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            tracing::warn!(%error, camera = self.description, "camera program not reaped");
        }
    }
}
