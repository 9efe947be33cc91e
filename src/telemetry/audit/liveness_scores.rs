//! Liveness scores of decided people, as the log has them: what tells a camera's drift.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;
use time::UtcDateTime;

use super::files;
use crate::telemetry::{TelemetryError, timestamp};

#[derive(Deserialize)]
struct Line {
    #[serde(with = "timestamp")]
    at: UtcDateTime,
    entry: Entry,
}

#[derive(Deserialize)]
struct Entry {
    reason: Option<String>,
    pad_score: Option<f32>,
}

/// The latest PAD scores, 0 to 1, at most `most`, of the faces since `from` that matched somebody enrolled, whether they
/// were let in or taken for a presentation attack; in the order of the log in `dir`.
///
/// The newest file is read first, and no more files than it takes. Signatures are not checked: [`super::verify`] does
/// that. What is no such decision is passed over.
///
/// # Errors
/// If a file can't be read.
pub fn liveness_scores(
    dir: &Path,
    from: UtcDateTime,
    most: usize,
) -> Result<Vec<f32>, TelemetryError> {
    let mut scores = Vec::new();
    for path in files(dir)?.iter().rev() {
        let (mut of_file, reaches_back) = scores_of(path, from)?;
        of_file.append(&mut scores);
        scores = of_file;
        if scores.len() >= most || reaches_back {
            break;
        }
    }
    Ok(scores.split_off(scores.len().saturating_sub(most)))
}

/// The scores of one file, and whether it has something from before `from`.
fn scores_of(path: &Path, from: UtcDateTime) -> Result<(Vec<f32>, bool), TelemetryError> {
    let failed = |source| TelemetryError::file("read", path, source);
    let (mut scores, mut reaches_back) = (Vec::new(), false);
    for line in BufReader::new(File::open(path).map_err(failed)?).lines() {
        let line = line.map_err(failed)?;
        let Ok(Line { at, entry }) = serde_json::from_str(&line) else {
            continue;
        };
        let matched = matches!(
            entry.reason.as_deref(),
            Some("mated" | "presentation_attack")
        );
        if at < from {
            reaches_back = true;
        } else if matched {
            scores.extend(entry.pad_score);
        }
    }
    Ok((scores, reaches_back))
}

#[cfg(test)]
mod tests {
    use time::macros::utc_datetime;

    use super::*;

    fn line(day: u8, reason: &str, score: &str) -> String {
        format!(
            r#"{{"v":1,"seq":1,"at":"2026-03-{day:02}T08:00:00.000Z","prev":"","entry":{{"event":"decision","reason":"{reason}","pad_score":{score}}},"sig":""}}"#
        )
    }

    fn write(dir: &Path, number: u8, lines: &[String]) {
        let name = format!("audit-{number:012}.jsonl");
        std::fs::write(dir.join(name), lines.join("\n")).unwrap();
    }

    #[test]
    fn scores_are_those_of_matched_faces_since_then() {
        let dir = tempfile::tempdir().unwrap();
        let lines = [
            line(1, "mated", "0.9"),
            line(5, "mated", "0.7"),
            line(6, "unknown", "null"),
            "half a li".into(),
            line(7, "presentation_attack", "0.1"),
            line(8, "mated", "null"),
        ];
        write(dir.path(), 1, &lines);
        let scores = liveness_scores(dir.path(), utc_datetime!(2026-03-02 0:00), 50).unwrap();
        assert_eq!(scores, [0.7, 0.1]);
        assert!(liveness_scores(&dir.path().join("none"), UtcDateTime::UNIX_EPOCH, 50).is_err());
    }

    #[test]
    fn the_latest_are_read_and_no_file_before_them() {
        let dir = tempfile::tempdir().unwrap();
        write(
            dir.path(),
            2,
            &[line(3, "mated", "0.3"), line(4, "mated", "0.4")],
        );
        write(
            dir.path(),
            3,
            &[line(5, "mated", "0.5"), line(6, "mated", "0.6")],
        );
        // Nothing that is asked for is in the oldest, which can't be read.
        std::fs::write(dir.path().join("audit-000000000001.jsonl"), b"\xff\xfe").unwrap();
        let latest = |from, most| liveness_scores(dir.path(), from, most);
        let start = UtcDateTime::UNIX_EPOCH;
        assert_eq!(latest(start, 2).unwrap(), [0.5, 0.6]);
        assert_eq!(latest(start, 3).unwrap(), [0.4, 0.5, 0.6]);
        assert_eq!(
            latest(utc_datetime!(2026-03-04 0:00), 9).unwrap(),
            [0.4, 0.5, 0.6]
        );
        assert!(latest(start, 5).is_err());
    }
}
