//! What daemon and guardian say to each other: one JSON value a line, over a pair of sockets.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::door::StrikeWiring;

/// From the daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// First of all and once: the line to hold.
    Hold(StrikeWiring),
    /// Release the door; within another release it can only become longer.
    Release { ms: u32 },
    /// The daemon is alive.
    Beat,
    /// Secure the door at once.
    Secure,
}

/// From the guardian.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The line is claimed and the door secured.
    Ready,
    Released,
    Secured(Cause),
    /// The line can't be claimed or driven; the guardian goes on trying to secure it.
    Failed(String),
}

/// Why the door was secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The daemon asked for it.
    Asked,
    PulseOver,
    /// The heartbeat stopped in the middle of a release.
    Silence,
    /// The line can be driven again.
    Recovered,
}

/// One end of the socket pair. Neither reading nor writing waits.
#[derive(Debug)]
pub struct Link {
    stream: UnixStream,
    /// Bytes of messages not yet taken.
    unread: Vec<u8>,
}

impl Link {
    /// No message is longer, in bytes.
    const MAX_LEN: usize = 8 * 1024;

    /// Takes one end.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            unread: Vec::new(),
        })
    }

    /// A second sender to the same end.
    ///
    /// # Errors
    /// What the system says.
    pub fn sender(&self) -> io::Result<Sender> {
        self.stream.try_clone().map(Sender)
    }

    /// The next message, if a whole one is there.
    ///
    /// # Errors
    /// `UnexpectedEof` when the other end is closed, `InvalidData` if it sends no message.
    pub fn receive<M: DeserializeOwned>(&mut self) -> io::Result<Option<M>> {
        loop {
            if let Some(end) = self.unread.iter().position(|&byte| byte == b'\n') {
                let message = serde_json::from_slice(&self.unread[..end]);
                self.unread.drain(..=end);
                return message
                    .map(Some)
                    .map_err(|error| io::Error::new(ErrorKind::InvalidData, error));
            }
            if self.unread.len() > Self::MAX_LEN {
                return Err(io::Error::new(ErrorKind::InvalidData, "message too long"));
            }
            let mut bytes = [0; 1024];
            match self.stream.read(&mut bytes) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(length) => self.unread.extend_from_slice(&bytes[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// `WouldBlock` if the other end has long read nothing, or what else the system says.
    pub fn send<M: Serialize>(&self, message: &M) -> io::Result<()> {
        write(&self.stream, message)
    }

    /// Closes the connection for all its senders: the other end reads its end.
    ///
    /// # Errors
    /// If it was closed.
    pub fn hang_up(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Both)
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// Sends on a link that another holds.
#[derive(Debug)]
pub struct Sender(UnixStream);

impl Sender {
    /// As [`Link::send`].
    ///
    /// # Errors
    /// As [`Link::send`].
    pub fn send<M: Serialize>(&self, message: &M) -> io::Result<()> {
        write(&self.0, message)
    }
}

/// A line is one write, so that those of two senders don't mix.
fn write(mut stream: &UnixStream, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    stream.write_all(&line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn links() -> (Link, Link) {
        let (a, b) = UnixStream::pair().unwrap();
        (Link::new(a).unwrap(), Link::new(b).unwrap())
    }

    #[test]
    fn messages_come_one_by_one_and_in_order() {
        let (daemon, mut guardian) = links();
        assert_eq!(guardian.receive::<Command>().unwrap(), None);
        let sent = [
            Command::Release { ms: 3000 },
            Command::Beat,
            Command::Secure,
        ];
        for command in &sent {
            daemon.send(command).unwrap();
        }
        for command in sent {
            assert_eq!(guardian.receive().unwrap(), Some(command));
        }
        drop(daemon);
        let end = guardian.receive::<Command>().unwrap_err();
        assert_eq!(end.kind(), ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_message_without_an_end_is_refused() {
        let (daemon, mut guardian) = links();
        (&daemon.stream).write_all(&[b' '; 9000]).unwrap();
        let error = guardian.receive::<Command>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }

    proptest! {
        #[test]
        fn any_bytes_give_messages_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let (daemon, mut guardian) = links();
            (&daemon.stream).write_all(&bytes).unwrap();
            drop(daemon);
            let end = loop {
                match guardian.receive::<Command>() {
                    Ok(message) => prop_assert!(message.is_some(), "a closed link makes nobody wait"),
                    Err(error) => break error.kind(),
                }
            };
            prop_assert!(matches!(end, ErrorKind::UnexpectedEof | ErrorKind::InvalidData));
        }
    }
}
