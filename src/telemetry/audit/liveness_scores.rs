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

/// The PAD scores, 0 to 1, of the faces since `from` that matched somebody enrolled, whether they were let in or
/// taken for a presentation attack; in the order of the log in `dir`.
///
/// Signatures are not checked: [`super::verify`] does that. What is no such decision is passed over.
///
/// # Errors
/// If a file can't be read.
pub fn liveness_scores(dir: &Path, from: UtcDateTime) -> Result<Vec<f32>, TelemetryError> {
    let mut scores = Vec::new();
    for path in files(dir)? {
        let failed = |source| TelemetryError::file("read", &path, source);
        for line in BufReader::new(File::open(&path).map_err(failed)?).lines() {
            let line = line.map_err(failed)?;
            let Ok(Line { at, entry }) = serde_json::from_str(&line) else {
                continue;
            };
            let matched = matches!(
                entry.reason.as_deref(),
                Some("mated" | "presentation_attack")
            );
            if at >= from && matched {
                scores.extend(entry.pad_score);
            }
        }
    }
    Ok(scores)
}

#[cfg(test)]
mod tests {
    use time::macros::utc_datetime;

    use super::*;

    #[test]
    fn scores_are_those_of_matched_faces_since_then() {
        let dir = tempfile::tempdir().unwrap();
        let line = |day: u8, reason: &str, score: &str| {
            format!(
                r#"{{"v":1,"seq":1,"at":"2026-03-{day:02}T08:00:00.000Z","prev":"","entry":{{"event":"decision","reason":"{reason}","pad_score":{score}}},"sig":""}}"#
            )
        };
        let lines = [
            line(1, "mated", "0.9"),
            line(5, "mated", "0.7"),
            line(6, "unknown", "null"),
            "half a li".into(),
            line(7, "presentation_attack", "0.1"),
            line(8, "mated", "null"),
        ];
        std::fs::write(
            dir.path().join("audit-000000000001.jsonl"),
            lines.join("\n"),
        )
        .unwrap();
        let scores = liveness_scores(dir.path(), utc_datetime!(2026-03-02 0:00)).unwrap();
        assert_eq!(scores, [0.7, 0.1]);
        assert!(liveness_scores(&dir.path().join("none"), UtcDateTime::UNIX_EPOCH).is_err());
    }
}
