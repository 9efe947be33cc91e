//! The jobs that have to do with who is enrolled.

use time::UtcDateTime;

use super::answer;
use super::bench::{Bench, failed};
use crate::app::enrol::refusal_code;
use crate::app::{self, Admission, AppError, Person};
use crate::capture;
use crate::domain::{Candidate, Comparison, Quality, SubjectId, Template};
use crate::enrolment::{AdmissionSample, EnrolmentError, Listing};
use crate::http::api::backend::{BackendError, EnrolRefusal, Enrolled, Enrolling, GalleryJob};
use crate::vision::VisionError;

/// Does one of the jobs.
pub(super) fn work(bench: &mut Bench<'_>, job: GalleryJob) {
    match job {
        GalleryJob::Identify { probe, reply } => answer(reply, || bench.identify(&probe)),
        GalleryJob::CompareWithSubject {
            probe,
            subject,
            reply,
        } => answer(reply, || bench.compare_with_subject(&probe, &subject)),
        GalleryJob::Enrol { person, reply } => answer(reply, || bench.enrol(person)),
        GalleryJob::ListEnrolled { reply } => answer(reply, || bench.list_enrolled()),
        GalleryJob::RemoveEnrolled { subject, reply } => {
            answer(reply, || bench.remove_enrolled(&subject));
        }
    }
}

impl Bench<'_> {
    /// 1:N.
    fn identify(&mut self, probe: &Template) -> Result<Vec<Candidate>, BackendError> {
        let comparison = self.gallery()?.identify(probe, UtcDateTime::now());
        match comparison.map_err(|error| failed(&error))? {
            Comparison::Identification(candidates) => Ok(candidates.into_iter().collect()),
            Comparison::Verification { candidate, .. } => Ok(candidate.into_iter().collect()),
        }
    }

    /// 1:1.
    fn compare_with_subject(
        &mut self,
        probe: &Template,
        subject: &SubjectId,
    ) -> Result<Option<Candidate>, BackendError> {
        let comparison = self.gallery()?.verify(probe, subject, UtcDateTime::now());
        let comparison = comparison.map_err(|error| failed(&error))?;
        Ok(comparison.best().cloned())
    }

    /// Enrols by the same rules as the command line.
    fn enrol(&mut self, person: Enrolling) -> Result<Result<Enrolled, EnrolRefusal>, BackendError> {
        let mut samples = Vec::new();
        for (number, picture) in person.pictures.iter().enumerate() {
            samples.push(self.sample(&picture.0, format!("picture {}", number + 1))?);
        }
        let (model, policy) = (self.analyser.model_id().clone(), self.policy);
        let enrolled = self
            .state
            .open_or_create_store(&model)
            .and_then(|mut store| {
                app::enrol(
                    &mut store,
                    &self.analyser,
                    &policy,
                    Person {
                        id: person.subject,
                        name: person.name,
                        expires: person.expires,
                        consented: UtcDateTime::now(),
                        duress: false,
                        schedule: None,
                    },
                    samples,
                    Admission::Positive {
                        force: person.force,
                    },
                )
            });
        match enrolled {
            Ok(listing) => Ok(Ok(listing.into())),
            Err(AppError::Enrolment(error)) => match refusal_code(&error) {
                Some(code) => Ok(Err(EnrolRefusal {
                    code,
                    reason: error.to_string(),
                })),
                None => Err(failed(&error)),
            },
            Err(error) => Err(failed(&error)),
        }
    }

    /// Everybody.
    fn list_enrolled(&mut self) -> Result<Vec<Enrolled>, BackendError> {
        match self.state.open_store(self.analyser.model_id()) {
            Ok(store) => {
                let listings = store.subjects().map_err(|error| failed(&error))?;
                Ok(listings.into_iter().map(Enrolled::from).collect())
            }
            Err(AppError::Enrolment(EnrolmentError::NothingEnrolled { .. })) => Ok(Vec::new()),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Removes somebody; says whether there was one.
    fn remove_enrolled(&mut self, subject: &SubjectId) -> Result<bool, BackendError> {
        match self.state.open_store(self.analyser.model_id()) {
            Ok(mut store) => store.remove(subject).map_err(|error| failed(&error)),
            Err(AppError::Enrolment(EnrolmentError::NothingEnrolled { .. })) => Ok(false),
            Err(error) => Err(failed(&error)),
        }
    }

    fn sample(&mut self, file: &[u8], name: String) -> Result<AdmissionSample, BackendError> {
        let image = capture::decode(file, &name).map_err(|error| BackendError::Undecodable {
            reason: error.to_string(),
        })?;
        // The rules of admission word it when there is no face, or none that can be aligned.
        self.stage(
            |analyser| match app::sample(analyser, &image, name.clone()) {
                Err(VisionError::NoFace | VisionError::Landmarks) => Ok(AdmissionSample {
                    image: name,
                    face_areas: Vec::new(),
                    quality: Quality::from_fraction(0.0),
                    template: None,
                }),
                other => other,
            },
        )
    }
}

impl From<Listing> for Enrolled {
    fn from(listing: Listing) -> Self {
        Self {
            subject: listing.subject,
            templates: listing.templates,
            enrolled_at: listing.enrolled_at,
        }
    }
}
