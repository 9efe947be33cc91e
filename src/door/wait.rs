//! Waiting for several things at once.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// The most file descriptors that are waited for: the contacts of a door.
pub(super) const MAX_WAITED: usize = 3;

/// Waits until there is something to read, `span` is over (`None`: for ever) or a signal came.
///
/// # Errors
/// What the system says.
pub(super) fn wait(fds: &[BorrowedFd<'_>], span: Option<Duration>) -> io::Result<()> {
    let mut fds: heapless::Vec<PollFd<'_>, MAX_WAITED> = fds
        .iter()
        .take(MAX_WAITED)
        .map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN))
        .collect();
    let span = span.map(|span| Timespec {
        tv_sec: i64::try_from(span.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: span.subsec_nanos().into(),
    });
    match poll(&mut fds, span.as_ref()) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}
