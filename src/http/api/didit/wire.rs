//! The JSON of this dialect, with its documented names.

use serde::{Deserialize, Serialize};

/// What opens a session. Everything is optional, and other fields are ignored as they are there.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct CreateSession {
    pub workflow_id: Option<String>,
    /// The caller's own number for the person.
    pub vendor_data: Option<String>,
    /// Where the person's browser goes in the end.
    pub callback: Option<String>,
}

/// A session that has just been opened.
#[derive(Debug, Serialize)]
pub struct Session {
    pub session_id: String,
    /// Opens the page, as part of `url`.
    pub session_token: String,
    pub url: String,
    pub status: &'static str,
    pub workflow_id: Option<String>,
    pub vendor_data: Option<String>,
    pub callback: Option<String>,
}

/// A file that was taken.
#[derive(Debug, Serialize)]
pub struct Taken {
    pub session_id: String,
    pub detail: &'static str,
}

/// What is known of a session.
#[derive(Debug, Serialize)]
pub struct Report {
    pub session_id: String,
    pub vendor_data: Option<String>,
    pub face: Face,
}

/// The facial similarity report.
#[derive(Debug, PartialEq, Serialize)]
pub struct Face {
    pub status: Status,
    pub face_match_status: Status,
    pub liveness_status: Status,
    /// 0 to 100, two decimals.
    pub face_match_similarity: f64,
    /// 0 to 100, two decimals.
    pub liveness_confidence: f64,
    /// Temporary URLs; empty where there is no file.
    pub source_image: String,
    pub target_image: String,
    pub video_url: String,
}

/// The four words of the three statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Approved,
    Rejected,
    InReview,
    NotFinished,
}

impl Status {
    /// The word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Approved => "Approved",
            Self::Rejected => "Rejected",
            Self::InReview => "In Review",
            Self::NotFinished => "Not Finished",
        }
    }
}

impl Serialize for Status {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// What went wrong.
#[derive(Debug, Serialize)]
pub struct Detail {
    pub detail: String,
}
