//! Enrolling somebody, from the command line or over the local API.

use image::RgbImage;
use time::UtcDateTime;

use super::AppError;
use crate::domain::{Polarity, Policy, ScheduleName, Subject, SubjectId};
use crate::enrolment::{
    AdmissionRules, AdmissionSample, EnrolledReference, EnrolmentError, Listing, Store,
};
use crate::vision::{Analyser, VisionError};

/// Who is enrolled, and what is told of the person.
pub struct Person {
    pub id: SubjectId,
    /// Stays as it is if absent.
    pub name: Option<String>,
    /// Stays as it is if absent.
    pub expires: Option<UtcDateTime>,
    /// When the person agreed; stays as it is for one who is enrolled.
    pub consented: UtcDateTime,
    /// Marks the enrolment as one for duress; once marked it stays so.
    pub duress: bool,
    /// Stays as it is if absent.
    pub schedule: Option<ScheduleName>,
}

/// As what the pictures are taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// They show the person, and have to pass the rules of admission.
    Positive {
        /// Also if the face is enrolled under another ID number.
        force: bool,
    },
    /// They show somebody else who is taken for the person.
    Negative,
}

/// What the admission rules are told of a picture.
///
/// # Errors
/// [`VisionError::NoFace`], or that a network fails.
pub fn sample(
    analyser: &mut Analyser,
    image: &RgbImage,
    name: String,
) -> Result<AdmissionSample, VisionError> {
    let located = analyser.locate(image)?;
    let areas = located.faces.iter().map(|face| face.bounds.area());
    Ok(AdmissionSample {
        image: name,
        face_areas: areas.collect(),
        quality: analyser.quality(&located.image, &located.largest).quality,
        template: Some(analyser.embed(&located.image, &located.largest)?.clone()),
    })
}

/// Enrols a person, or adds references to one who is enrolled.
///
/// # Errors
/// If the admission rules refuse a picture or the store can't be used; then nothing is changed.
pub fn enrol(
    store: &mut Store,
    analyser: &Analyser,
    policy: &Policy,
    person: Person,
    samples: Vec<AdmissionSample>,
    admission: Admission,
) -> Result<Listing, AppError> {
    let known = store.enrolment(&person.id)?;
    let references = match admission {
        Admission::Negative => negatives(samples),
        Admission::Positive { force } => {
            let calibration = analyser.calibration().clone();
            let gallery = store.load(calibration, analyser.template_dimension())?;
            let enrolled = known.as_ref().map_or(&[][..], |known| &known.references);
            AdmissionRules::of(policy).admit(&person.id, samples, enrolled, &gallery, force)?
        }
    };
    let now = UtcDateTime::now();
    let before = known.map(|known| known.subject);
    let subject = Subject {
        id: person.id,
        name: person
            .name
            .or_else(|| before.as_ref().and_then(|s| s.name.clone())),
        consented: before.as_ref().map_or(person.consented, |s| s.consented),
        expires: person
            .expires
            .or_else(|| before.as_ref().and_then(|s| s.expires)),
        duress: person.duress || before.as_ref().is_some_and(|s| s.duress),
        schedule: person.schedule.or_else(|| before.and_then(|s| s.schedule)),
    };
    Ok(store.enrol(&subject, &references, now)?)
}

/// Of what whoever enrols can do something about. The rest names files of this board.
pub(super) fn refusal_code(error: &EnrolmentError) -> Option<&'static str> {
    match error {
        EnrolmentError::NoSamples => Some("no_picture"),
        EnrolmentError::NoFace { .. } => Some("no_face"),
        EnrolmentError::SeveralFaces { .. } => Some("several_faces"),
        EnrolmentError::PoorQuality { .. } => Some("poor_quality"),
        EnrolmentError::DifferentPeople { .. } => Some("different_people"),
        EnrolmentError::AlreadyEnrolled { .. } => Some("already_enrolled"),
        EnrolmentError::TooManyReferences { .. } => Some("too_many_references"),
        EnrolmentError::TooLong { .. } => Some("too_long"),
        EnrolmentError::NameCharacters { .. } => Some("unfit_name"),
        _ => None,
    }
}

/// Negative references need no resemblance to the subject's own.
fn negatives(samples: Vec<AdmissionSample>) -> Vec<EnrolledReference> {
    let reference = |sample: AdmissionSample| {
        let template = sample.template?;
        Some(EnrolledReference {
            template,
            polarity: Polarity::Negative,
            quality: sample.quality,
        })
    };
    samples.into_iter().filter_map(reference).collect()
}
