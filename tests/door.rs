//! The badge reader beside the door, through a named pipe.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use ostiary::door::{BadgeEvent, BadgeReader, DoorError};

const PATIENCE: Duration = Duration::from_secs(20);

fn make_fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn reader(path: &Path) -> (BadgeReader, Receiver<BadgeEvent>) {
    let (sender, events) = channel();
    let reader = BadgeReader::spawn(path.to_owned(), move |event| {
        let _ = sender.send(event);
    });
    (reader.unwrap(), events)
}

#[track_caller]
fn assert_read(events: &Receiver<BadgeEvent>, id: &str) {
    match events.recv_timeout(PATIENCE).unwrap() {
        BadgeEvent::Read(read) => assert_eq!(read.as_str(), id),
        other => panic!("{other:?}"),
    }
}

#[test]
fn badges_are_read_from_one_writer_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("badge");
    make_fifo(&path);
    let (_reader, events) = reader(&path);

    let mut writer = OpenOptions::new().write(true).open(&path).unwrap();
    writer.write_all(b"A-1").unwrap();
    writer.write_all(b"7\r\n../etc\n\xC0\n").unwrap();
    assert_read(&events, "A-17");
    for _ in 0..2 {
        let refused = events.recv_timeout(PATIENCE).unwrap();
        assert!(matches!(refused, BadgeEvent::Refused(_)), "{refused:?}");
    }
    // Half a line of a writer that goes away does not stick to the next one's.
    writer.write_all(b"99").unwrap();
    drop(writer);
    std::thread::sleep(Duration::from_millis(300));
    let mut writer = OpenOptions::new().write(true).open(&path).unwrap();
    writer.write_all(b"18\n").unwrap();
    assert_read(&events, "18");
}

#[test]
fn a_reader_plugged_in_late_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("badge");
    let (_reader, events) = reader(&path);
    match events.recv_timeout(PATIENCE).unwrap() {
        BadgeEvent::Lost(error) => assert!(error.to_string().contains("badge"), "{error}"),
        other => panic!("{other:?}"),
    }
    make_fifo(&path);
    let back = events.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(back, BadgeEvent::Back), "{back:?}");
    let mut writer = OpenOptions::new().write(true).open(&path).unwrap();
    writer.write_all(b"5\n").unwrap();
    assert_read(&events, "5");
}

#[test]
fn a_regular_file_is_no_badge_reader() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let (_reader, events) = reader(file.path());
    let lost = events.recv_timeout(PATIENCE).unwrap();
    assert!(
        matches!(lost, BadgeEvent::Lost(DoorError::NotAReader(_))),
        "{lost:?}"
    );
}

#[test]
fn a_reader_that_waits_stops_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("badge");
    make_fifo(&path);
    let (waiting, _events) = reader(&path);
    // Once this has opened, the reader has too.
    drop(File::options().write(true).open(&path).unwrap());
    let (missing, _events) = reader(&folder.path().join("missing"));
    let start = Instant::now();
    drop((waiting, missing));
    assert!(start.elapsed() < Duration::from_secs(5));
}
