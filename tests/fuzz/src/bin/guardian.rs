//! What daemon and guardian read from each other.
#![no_main]

use std::io::{ErrorKind, Write};
use std::os::unix::net::UnixStream;

use libfuzzer_sys::fuzz_target;
use ostiary::door::guardian::protocol::{Command, Link, Reply};

/// No more than a socket takes without a reader.
const MOST: usize = 64 << 10;

fuzz_target!(|bytes: &[u8]| {
    for is_guardian in [true, false] {
        let (mut far, near) = UnixStream::pair().unwrap();
        let mut link = Link::new(near).unwrap();
        far.write_all(&bytes[..bytes.len().min(MOST)]).unwrap();
        drop(far);
        let end = loop {
            let received = if is_guardian {
                link.receive::<Command>().map(|message| message.is_some())
            } else {
                link.receive::<Reply>().map(|message| message.is_some())
            };
            match received {
                Ok(there_is_one) => assert!(there_is_one, "a closed link makes nobody wait"),
                Err(error) => break error.kind(),
            }
        };
        assert!(matches!(
            end,
            ErrorKind::UnexpectedEof | ErrorKind::InvalidData
        ));
    }
});
