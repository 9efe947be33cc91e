//! The signals of the guardian: SIGTERM is read from a file descriptor like everything else, SIGINT and
//! SIGHUP, which a terminal sends to a whole group, are let pass: the daemon's end is what counts.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;

use rustix::io::Errno;

/// The file descriptor that SIGTERM comes through.
#[derive(Debug)]
pub(super) struct Signals(OwnedFd);

impl Signals {
    /// Takes the signals over; call it before there is a second thread.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn take() -> io::Result<Self> {
        let held = set_of(&[libc::SIGTERM, libc::SIGINT, libc::SIGHUP]);
        // SAFETY: `held` is an initialised set, and a null pointer asks for no old set.
        check(unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const held, ptr::null_mut()) })?;
        let read = set_of(&[libc::SIGTERM]);
        let flags = libc::SFD_CLOEXEC | libc::SFD_NONBLOCK;
        // SAFETY: `read` is an initialised set; -1 asks for a new file descriptor.
        let fd = check(unsafe { libc::signalfd(-1, &raw const read, flags) })?;
        // SAFETY: the call has just made `fd`, and nobody else has it.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Whether SIGTERM has come.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn terminated(&self) -> io::Result<bool> {
        let mut info = [0; size_of::<libc::signalfd_siginfo>()];
        match rustix::io::read(&self.0, &mut info) {
            Ok(length) => Ok(length > 0),
            Err(Errno::AGAIN | Errno::INTR) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn set_of(signals: &[libc::c_int]) -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: `sigemptyset` initialises the set, and `sigaddset` is given that one.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for &signal in signals {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        set.assume_init()
    }
}

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}
