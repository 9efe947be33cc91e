//! The jobs that have to do with who is enrolled.

use time::UtcDateTime;

use super::{Backend, BackendError, Bytes, Job, Reply};
use crate::domain::{Candidate, Subject, SubjectId, Template};

/// What is asked of the gallery. Each carries the way back.
#[derive(Debug)]
pub enum GalleryJob {
    /// Looks a template up in the gallery (1:N).
    Identify {
        probe: Box<Template>,
        reply: Reply<Vec<Candidate>>,
    },
    /// Compares a template with the references of one subject (1:1); `None` if there is none.
    CompareWithSubject {
        probe: Box<Template>,
        subject: SubjectId,
        reply: Reply<Option<Candidate>>,
    },
    /// Enrols somebody, or adds references to one who is enrolled.
    Enrol {
        person: Enrolling,
        reply: Reply<Result<Enrolled, EnrolRefusal>>,
    },
    /// Who is enrolled, by ID number.
    ListEnrolled { reply: Reply<Vec<Enrolled>> },
    /// Removes somebody; says whether there was one.
    RemoveEnrolled {
        subject: SubjectId,
        reply: Reply<bool>,
    },
}

/// Who is to be enrolled.
#[derive(Debug)]
pub struct Enrolling {
    pub subject: SubjectId,
    /// Kept as it is if absent.
    pub name: Option<String>,
    /// Kept as it is if absent.
    pub expires: Option<UtcDateTime>,
    /// Enrol although the face is enrolled under another ID number.
    pub force: bool,
    /// JPEG, PNG or WebP files.
    pub pictures: Vec<Bytes>,
}

/// Somebody who is enrolled.
#[derive(Debug, Clone)]
pub struct Enrolled {
    pub subject: Subject,
    /// References that count.
    pub templates: usize,
    pub enrolled_at: UtcDateTime,
}

/// A rule of admission that a picture breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct EnrolRefusal {
    /// A stable code.
    pub code: &'static str,
    /// Names the picture, and says what to do.
    pub reason: String,
}

impl Backend {
    /// Looks a face up in the gallery: the most similar subjects, best first.
    ///
    /// # Errors
    /// [`BackendError`]
    pub async fn identify(&self, probe: Template) -> Result<Vec<Candidate>, BackendError> {
        self.ask_gallery(|reply| GalleryJob::Identify {
            probe: Box::new(probe),
            reply,
        })
        .await
    }

    /// Compares a face with the references of a subject; `None` if nobody is enrolled under that ID number.
    ///
    /// # Errors
    /// [`BackendError`]
    pub async fn compare_with_subject(
        &self,
        probe: Template,
        subject: SubjectId,
    ) -> Result<Option<Candidate>, BackendError> {
        self.ask_gallery(|reply| GalleryJob::CompareWithSubject {
            probe: Box::new(probe),
            subject,
            reply,
        })
        .await
    }

    /// Enrols somebody by the rules of admission.
    ///
    /// # Errors
    /// [`BackendError`]; what the rules refuse is in the inner result.
    pub async fn enrol(
        &self,
        person: Enrolling,
    ) -> Result<Result<Enrolled, EnrolRefusal>, BackendError> {
        self.ask_gallery(|reply| GalleryJob::Enrol { person, reply })
            .await
    }

    /// Who is enrolled, by ID number.
    ///
    /// # Errors
    /// [`BackendError`]
    pub async fn list_enrolled(&self) -> Result<Vec<Enrolled>, BackendError> {
        self.ask_gallery(|reply| GalleryJob::ListEnrolled { reply })
            .await
    }

    /// Removes somebody; says whether there was one.
    ///
    /// # Errors
    /// [`BackendError`]
    pub async fn remove_enrolled(&self, subject: SubjectId) -> Result<bool, BackendError> {
        self.ask_gallery(|reply| GalleryJob::RemoveEnrolled { subject, reply })
            .await
    }

    async fn ask_gallery<T>(
        &self,
        job: impl FnOnce(Reply<T>) -> GalleryJob,
    ) -> Result<T, BackendError> {
        self.ask(|reply| Job::Gallery(job(reply))).await
    }
}
