//! A badge reader that sends one badge number a line: a serial reader, or a keyboard wedge through a
//! named pipe. The line settings (baud rate, parity) are the system's: udev or stty.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

use super::DoorError;
use crate::domain::{SubjectId, retry_delay};

/// The longest line, in bytes; more than any badge number with its frame characters.
pub(super) const MAX_LINE: usize = 64;
/// How long a stop may take to be noticed.
const POLL_INTERVAL: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// What came from the reader.
#[derive(Debug)]
pub enum BadgeEvent {
    /// A badge was held up: the claim of a reference.
    Read(SubjectId),
    /// A line that is no badge number was skipped.
    Refused(DoorError),
    /// The reader can't be read; it is tried again until it is back.
    Lost(DoorError),
    /// The reader can be read again.
    Back,
}

/// A thread that reads badges; it ends when this is dropped.
pub struct BadgeReader {
    /// Dropped to stop the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl BadgeReader {
    /// Starts to read the device or named pipe at `path`; `report` runs on the reader's thread.
    ///
    /// # Errors
    /// If the system gives no thread. A missing reader is an event: it may be plugged in later.
    pub fn spawn(
        path: PathBuf,
        report: impl Fn(BadgeEvent) + Send + 'static,
    ) -> Result<Self, DoorError> {
        let (stop, stopped) = mpsc::channel();
        let reader_path = path.clone();
        let thread = thread::Builder::new()
            .name("badge".into())
            .spawn(move || run(&reader_path, &stopped, report))
            .map_err(|source| DoorError::Reader { path, source })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for BadgeReader {
    fn drop(&mut self) {
        self.stop = None;
        if self.thread.take().is_some_and(|t| t.join().is_err()) {
            tracing::error!("the badge reader's thread panicked");
        }
    }
}

fn run(path: &Path, stopped: &Receiver<()>, report: impl Fn(BadgeEvent)) {
    let mut failures = 0;
    loop {
        let error = match Device::open(path) {
            Ok(mut device) => {
                if failures > 0 {
                    report(BadgeEvent::Back);
                }
                failures = 0;
                match device.read(path, stopped, &report) {
                    Ok(()) => return,
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        failures += 1;
        if failures == 1 {
            report(BadgeEvent::Lost(error));
        }
        if stops_within(stopped, retry_delay(failures)) {
            return;
        }
    }
}

fn stops_within(stopped: &Receiver<()>, span: Duration) -> bool {
    stopped.recv_timeout(span) != Err(RecvTimeoutError::Timeout)
}

struct Device {
    fd: OwnedFd,
    is_pipe: bool,
}

impl Device {
    fn open(path: &Path) -> Result<Self, DoorError> {
        let failed = |errno: Errno| DoorError::Reader {
            path: path.to_owned(),
            source: errno.into(),
        };
        // Not to wait for a pipe's writer, nor to become a terminal's process.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(failed)?;
        let status = rustix::fs::fstat(&fd).map_err(failed)?;
        let is_pipe = match FileType::from_raw_mode(status.st_mode) {
            FileType::Fifo => true,
            FileType::CharacterDevice => false,
            // A file would be read again and again.
            _ => return Err(DoorError::NotAReader(path.to_owned())),
        };
        Ok(Self { fd, is_pipe })
    }

    /// Reads until the thread is stopped (`Ok`) or the reader is lost.
    fn read(
        &mut self,
        path: &Path,
        stopped: &Receiver<()>,
        report: &impl Fn(BadgeEvent),
    ) -> Result<(), DoorError> {
        let failed = |errno: Errno| DoorError::Reader {
            path: path.to_owned(),
            source: errno.into(),
        };
        let mut lines = BadgeLines::default();
        let mut bytes = [0; 256];
        while !stops_within(stopped, Duration::ZERO) {
            match poll(
                &mut [PollFd::new(&self.fd, PollFlags::IN)],
                Some(&POLL_INTERVAL),
            ) {
                Ok(0) | Err(Errno::INTR) => continue,
                Ok(_) => {}
                Err(errno) => return Err(failed(errno)),
            }
            match rustix::io::read(&self.fd, &mut bytes) {
                // A pipe's writer has gone, as `echo` does; the next one needs it open again.
                Ok(0) if self.is_pipe => {
                    *self = Self::open(path)?;
                    lines = BadgeLines::default();
                }
                Ok(0) => return Err(DoorError::ReaderGone(path.to_owned())),
                Ok(length) => bytes[..length]
                    .iter()
                    .filter_map(|&byte| lines.push(byte))
                    .for_each(|line| {
                        report(match line {
                            Ok(id) => BadgeEvent::Read(id),
                            Err(error) => BadgeEvent::Refused(error),
                        });
                    }),
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(errno) => return Err(failed(errno)),
            }
        }
        Ok(())
    }
}

/// Puts a reader's lines together from its bytes, however they come.
#[derive(Debug, Default)]
pub struct BadgeLines {
    line: heapless::Vec<u8, MAX_LINE>,
    is_too_long: bool,
}

impl BadgeLines {
    /// The badge number, or why it is none, if `byte` ends a line that is not blank.
    pub fn push(&mut self, byte: u8) -> Option<Result<SubjectId, DoorError>> {
        if !matches!(byte, b'\n' | b'\r') {
            self.is_too_long |= self.line.push(byte).is_err();
            return None;
        }
        let line = std::mem::take(self);
        if line.is_too_long {
            return Some(Err(DoorError::BadgeTooLong));
        }
        let Ok(text) = std::str::from_utf8(&line.line) else {
            return Some(Err(DoorError::BadgeNotText));
        };
        // Serial readers frame the number with STX and ETX.
        let number = text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
        (!number.is_empty()).then(|| number.parse().map_err(DoorError::from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Vec<Result<String, String>> {
        let mut lines = BadgeLines::default();
        bytes
            .iter()
            .filter_map(|&byte| lines.push(byte))
            .map(|line| line.map(|id| id.to_string()).map_err(|e| e.to_string()))
            .collect()
    }

    #[test]
    fn lines_of_every_convention_are_read() {
        let ids: Vec<_> = read(b"17\r\n\x02A-4\x03\r\n\n  b_9 \r0.1\n18")
            .into_iter()
            .collect();
        assert_eq!(
            ids,
            ["17", "A-4", "b_9", "0.1"].map(|id| Ok(id.to_string()))
        );
    }

    #[test]
    fn bad_lines_are_refused_one_by_one_and_not_repeated() {
        let long = [b'7'; 1000];
        let lines = read(&[b"rm -rf\n\xFF\xFE\n", long.as_slice(), b"\n17\n"].concat());
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[3], Ok("17".into()));
        for refused in &lines[..3] {
            let message = refused.as_ref().unwrap_err();
            assert!(
                !message.contains("rm -rf") && !message.contains("777"),
                "{message}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_valid_numbers_or_errors(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            for id in read(&bytes).into_iter().flatten() {
                prop_assert!(id.parse::<SubjectId>().is_ok());
            }
        }
    }
}
