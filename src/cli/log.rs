//! What the program tells while it works: on a terminal with time and colour, in the journal of systemd as one entry an
//! event, with its priority, so that `journalctl -p warning` finds what went wrong.

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;
use std::{env, panic};

use rustix::fs::fstat;
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Starts telling on standard error; `RUST_LOG` chooses what.
pub fn start() {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,ostiary=info,rumqttd=off"));
    let told = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false);
    if reaches_journal() {
        // The journal has the time, and the priority says the level.
        told.without_time()
            .with_level(false)
            .with_ansi(false)
            .with_writer(Journal)
            .init();
        panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    } else {
        told.with_ansi(io::stderr().is_terminal())
            .with_writer(|| Entry(None))
            .init();
    }
}

/// Tells what a command failed with, as one line on standard error.
pub fn fail(line: &str) {
    let line = format!("ostiary: {line}\n");
    // Nothing can be done if standard error is closed.
    let _ = if reaches_journal() {
        Entry(Some(Level::ERROR)).write_all(line.as_bytes())
    } else {
        io::stderr().write_all(line.as_bytes())
    };
}

/// Whether standard error is the journal itself (`$JOURNAL_STREAM`, systemd.exec(5)), and not what somebody redirected it to.
fn reaches_journal() -> bool {
    static IT_DOES: OnceLock<bool> = OnceLock::new();
    *IT_DOES.get_or_init(|| {
        let Ok(stream) = env::var("JOURNAL_STREAM") else {
            return false;
        };
        fstat(io::stderr()).is_ok_and(|it| stream == format!("{}:{}", it.st_dev, it.st_ino))
    })
}

struct Journal;

impl<'a> MakeWriter<'a> for Journal {
    type Writer = Entry;

    fn make_writer(&'a self) -> Entry {
        Entry(Some(Level::INFO))
    }

    fn make_writer_for(&'a self, event: &Metadata<'_>) -> Entry {
        Entry(Some(*event.level()))
    }
}

/// Writes events, to the journal of one level.
struct Entry(Option<Level>);

impl Entry {
    /// In one line, whatever is in it: a further one would pass for an event of its own, and in the journal for one
    /// without a priority, which stands before it (sd-daemon(3)). Escape characters of values are written out already;
    /// those that are left colour the line.
    fn line(&self, event: &[u8]) -> Vec<u8> {
        let priority: &[u8] = match self.0 {
            None => b"",
            Some(Level::ERROR) => b"<3>",
            Some(Level::WARN) => b"<4>",
            Some(Level::INFO) => b"<6>",
            Some(_) => b"<7>",
        };
        let event = event.trim_ascii_end();
        let one_line = event.iter().map(|&byte| match byte {
            b'\x1b' => byte,
            control if control.is_ascii_control() => b' ',
            byte => byte,
        });
        let mut line: Vec<u8> = priority.iter().copied().chain(one_line).collect();
        line.push(b'\n');
        line
    }
}

impl Write for Entry {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(&self.line(event))?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_entry_with_its_priority() {
        let entry =
            |level, event: &str| String::from_utf8(Entry(Some(level)).line(event.as_bytes()));
        assert_eq!(
            entry(Level::WARN, " the camera is lost\n").unwrap(),
            "<4> the camera is lost\n"
        );
        assert_eq!(
            entry(Level::ERROR, "panicked at src/x.rs:1:1:\nindex\n").unwrap(),
            "<3>panicked at src/x.rs:1:1: index\n"
        );
        assert_eq!(entry(Level::TRACE, "").unwrap(), "<7>\n");
    }

    #[test]
    fn no_event_passes_for_two() {
        let forged = b" \x1b[33m WARN\x1b[0m a\r\nb\x0b\tc\0\n";
        let line = Entry(None).line(forged);
        assert_eq!(line, b" \x1b[33m WARN\x1b[0m a  b  c \n");
    }
}
