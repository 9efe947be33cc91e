//! Finding the end of the chain in a log that a power cut may have torn.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::record::{Link, Parsed};
use super::{AuditPublicKey, files};
use crate::telemetry::{TelemetryError, private_file};

/// The end of a log.
pub(super) struct Tail {
    /// The file to go on with; `None` if there is none yet.
    pub(super) file: Option<PathBuf>,
    /// Its length, in bytes.
    pub(super) length: u64,
    pub(super) link: Link,
    pub(super) torn: Option<Torn>,
}

/// A half-written record that was moved out of the way.
pub(super) struct Torn {
    pub(super) bytes: u64,
    /// The name of the file it is in now.
    pub(super) side_file: String,
}

/// Finds where the next record joins, after moving what follows the last whole record to a side file.
pub(super) fn recover(dir: &Path, key: &AuditPublicKey) -> Result<Tail, TelemetryError> {
    let mut files = files(dir)?;
    let Some(newest) = files.pop() else {
        return Ok(Tail {
            file: None,
            length: 0,
            link: Link::START,
            torn: None,
        });
    };
    let content = read(&newest)?;
    let sound = sound_length(&content);
    let torn = match content.len() - sound {
        0 => None,
        _ => Some(move_torn(&newest, &content, sound)?),
    };
    let mut link = last_link(&newest, &content[..sound], key)?;
    // The newest file may have nothing but the torn record in it.
    while let (None, Some(older)) = (link, files.pop()) {
        link = last_link(&older, &read(&older)?, key)?;
    }
    Ok(Tail {
        file: Some(newest),
        length: sound as u64,
        link: link.unwrap_or(Link::START),
        torn,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, TelemetryError> {
    fs::read(path).map_err(|source| TelemetryError::file("read", path, source))
}

/// The length up to the last line that is a record. Lines are written one at a time, so a power cut can
/// spoil only the last: what has no line feed, or one that is not JSON where blocks were lost.
fn sound_length(content: &[u8]) -> usize {
    let whole = content
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    if whole < content.len() || whole == 0 {
        return whole;
    }
    let start = last_line_start(content);
    match Parsed::of(&content[start..whole - 1]) {
        Ok(_) => whole,
        Err(_) => start,
    }
}

/// Where the last line of `content` begins, whose last byte is a line feed.
fn last_line_start(content: &[u8]) -> usize {
    content[..content.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1)
}

/// The link behind the last of these whole lines; `None` if there is no line.
fn last_link(
    file: &Path,
    lines: &[u8],
    key: &AuditPublicKey,
) -> Result<Option<Link>, TelemetryError> {
    if lines.is_empty() {
        return Ok(None);
    }
    let broken = |problem| TelemetryError::AuditBroken {
        file: file.to_owned(),
        line: lines.iter().filter(|byte| **byte == b'\n').count() as u64,
        problem,
    };
    let last = lines[last_line_start(lines)..].trim_ascii_end();
    let parsed = Parsed::of(last).map_err(broken)?;
    if !parsed.is_signed_by(key) {
        return Err(broken("the signature is wrong: move the log away".into()));
    }
    let mut link = Link {
        next_sequence: parsed.sequence,
        hash: parsed.previous,
    };
    link.advance(last);
    Ok(Some(link))
}

/// Appends what follows `sound` to the side file, and only then cuts it off.
fn move_torn(file: &Path, content: &[u8], sound: usize) -> Result<Torn, TelemetryError> {
    let side_file = file.with_extension("jsonl.torn");
    let mut side = private_file::append(&side_file)?;
    side.write_all(&content[sound..])
        .and_then(|()| side.sync_all())
        .map_err(|source| TelemetryError::file("write", &side_file, source))?;
    OpenOptions::new()
        .write(true)
        .open(file)
        .and_then(|log| {
            log.set_len(sound as u64)?;
            log.sync_all()
        })
        .map_err(|source| TelemetryError::file("repair", file, source))?;
    Ok(Torn {
        bytes: (content.len() - sound) as u64,
        side_file: side_file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
    })
}
