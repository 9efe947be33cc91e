//! The way from a request to the verification worker and back.
//!
//! The worker (`app::verification`) owns the networks and the store; a handler owns a [`Backend`], which
//! sends it a [`Job`] and waits for the answer.

mod gallery;

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::domain::{
    Compared, ExaminedPicture, ExaminedVideo, IdentityKey, IdentityLookup, Moment, ObservedFrame,
    Template, Wanted,
};

pub use gallery::{EnrolRefusal, Enrolled, Enrolling, GalleryJob};

/// What the worker is asked for. Each carries the way back.
#[derive(Debug)]
pub enum Job {
    /// Looks at a JPEG, PNG or WebP file.
    Examine {
        file: Bytes,
        wanted: Wanted,
        reply: Reply<ExaminedPicture>,
    },
    /// Asks the board's identity table who holds a document.
    LookUp {
        key: IdentityKey,
        reply: Reply<IdentityLookup>,
    },
    /// Compares two templates.
    Compare {
        probe: Box<Template>,
        reference: Box<Template>,
        reply: Reply<Compared>,
    },
    /// Looks at one JPEG frame of a challenge.
    Observe {
        jpeg: Bytes,
        captured: Moment,
        reply: Reply<ObservedFrame>,
    },
    /// Looks at an MP4 or WebM file.
    ExamineVideo {
        file: Bytes,
        /// A longer one is refused.
        longest: Duration,
        /// Whether an MP4 of it is wanted.
        wants_clip: bool,
        reply: Reply<ExaminedVideo>,
    },
    /// Makes an MP4 file of JPEG frames of one size.
    WriteVideo {
        jpegs: Vec<Bytes>,
        per_second: f32,
        reply: Reply<Vec<u8>>,
    },
    /// Asks the gallery, or changes it.
    Gallery(GalleryJob),
}

impl Job {
    /// The word for metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Examine { .. } => "examine",
            Self::Observe { .. } => "observe",
            Self::ExamineVideo { .. } => "examine_video",
            Self::WriteVideo { .. } => "write_video",
            Self::Compare { .. } => "compare",
            Self::LookUp { .. } => "look_up",
            Self::Gallery(_) => "gallery",
        }
    }
}

/// The contents of a file; redacted in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bytes({})", self.0.len())
    }
}

/// Where an answer goes.
pub type Reply<T> = oneshot::Sender<Result<T, BackendError>>;

/// Why the worker gives no answer. Dialects word it in their own codes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    #[error("the board is busy; try again in {} s", retry_after.as_secs())]
    Busy { retry_after: Duration },
    #[error("the file is no picture that can be read: {reason}; send JPEG, PNG or WebP")]
    Undecodable { reason: String },
    #[error("the file is no video that can be read: {reason}; send mp4 or webm")]
    UndecodableVideo { reason: String },
    #[error("the video takes longer than {} s; cut it", longest.as_secs())]
    VideoTooLong { longest: Duration },
    #[error("VIDEO_DECODER_MISSING: videos need ffmpeg; install the package ffmpeg on the board")]
    VideoDecoderMissing,
    /// The cause is in the log only.
    #[error("the verification failed; see the log of the board")]
    Failed,
}

/// A handle to the worker's queue. Clones share it.
#[derive(Debug, Clone)]
pub struct Backend {
    queue: mpsc::Sender<Job>,
}

impl Backend {
    /// How soon a caller should try again when the queue is full.
    pub const RETRY_AFTER: Duration = Duration::from_secs(2);

    /// A queue for `places` waiting jobs, and its end for the worker.
    #[must_use]
    pub fn new(places: usize) -> (Self, mpsc::Receiver<Job>) {
        let (queue, jobs) = mpsc::channel(places);
        (Self { queue }, jobs)
    }

    /// Finds the faces of a picture.
    ///
    /// # Errors
    /// [`BackendError`]; a picture without a face is no error.
    pub async fn examine(
        &self,
        file: Vec<u8>,
        wanted: Wanted,
    ) -> Result<ExaminedPicture, BackendError> {
        self.ask(|reply| Job::Examine {
            file: Bytes(file),
            wanted,
            reply,
        })
        .await
    }

    /// Compares two faces.
    ///
    /// # Errors
    /// [`BackendError`]
    pub async fn compare(
        &self,
        probe: Template,
        reference: Template,
    ) -> Result<Compared, BackendError> {
        self.ask(|reply| Job::Compare {
            probe: Box::new(probe),
            reference: Box::new(reference),
            reply,
        })
        .await
    }

    /// Looks at a JPEG frame that was `captured` then.
    ///
    /// # Errors
    /// [`BackendError`]; a frame without a face is no error.
    pub async fn observe(
        &self,
        jpeg: Vec<u8>,
        captured: Moment,
    ) -> Result<ObservedFrame, BackendError> {
        self.ask(|reply| Job::Observe {
            jpeg: Bytes(jpeg),
            captured,
            reply,
        })
        .await
    }

    /// Looks at a video.
    ///
    /// # Errors
    /// [`BackendError`]; a video without a face is no error.
    pub async fn examine_video(
        &self,
        file: Vec<u8>,
        longest: Duration,
        wants_clip: bool,
    ) -> Result<ExaminedVideo, BackendError> {
        self.ask(|reply| Job::ExamineVideo {
            file: Bytes(file),
            longest,
            wants_clip,
            reply,
        })
        .await
    }

    /// Makes an MP4 file of JPEG frames.
    ///
    /// # Errors
    /// [`BackendError`]
    pub async fn write_video(
        &self,
        jpegs: Vec<Vec<u8>>,
        per_second: f32,
    ) -> Result<Vec<u8>, BackendError> {
        self.ask(|reply| Job::WriteVideo {
            jpegs: jpegs.into_iter().map(Bytes).collect(),
            per_second,
            reply,
        })
        .await
    }

    /// Asks the board's identity table who holds a document.
    ///
    /// # Errors
    /// [`BackendError`]; an unknown document is no error.
    pub async fn look_up(&self, key: IdentityKey) -> Result<IdentityLookup, BackendError> {
        self.ask(|reply| Job::LookUp { key, reply }).await
    }

    /// Jobs that wait, the one in work not counted.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Sends a job if there is a place in the queue, and waits for its answer.
    async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, BackendError> {
        let (reply, answer) = oneshot::channel();
        self.queue
            .try_send(job(reply))
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => BackendError::Busy {
                    retry_after: Self::RETRY_AFTER,
                },
                mpsc::error::TrySendError::Closed(_) => BackendError::Failed,
            })?;
        // A worker that drops the way back has failed at the job.
        answer.await.unwrap_or(Err(BackendError::Failed))
    }
}
