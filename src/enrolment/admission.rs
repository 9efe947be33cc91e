//! Which images may be enrolled. Pure rules: callers bring faces, qualities and templates.
//!
//! Liveness is not asked for: an ID image is a picture by nature, and the door checks liveness at
//! every presentation.

use std::cmp::Ordering;

use time::UtcDateTime;

use crate::domain::{
    Comparison, Gallery, Polarity, Policy, Quality, Similarity, SubjectId, Template,
};

use super::record::EnrolledReference;
use super::{EnrolmentError, MAX_REFERENCES};

/// What the analysis of one image brought.
#[derive(Debug, Clone)]
pub struct AdmissionSample {
    /// The image as the user knows it, such as its file name.
    pub image: String,
    /// Areas of all faces found, in pixels, in any order.
    pub face_areas: Vec<f32>,
    /// Quality of the largest face.
    pub quality: Quality,
    /// Template of the largest face; `None` if there is no face.
    pub template: Option<Template>,
}

/// The thresholds of admission.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdmissionRules {
    /// The lowest quality a reference may have.
    pub min_quality: Quality,
    /// How similar the images of one subject must be to each other.
    pub same_person: Similarity,
    /// How similar to another subject an image may not be.
    pub already_enrolled: Similarity,
    /// With several faces, how many times the area of the next the largest must have.
    pub prominence: f32,
}

impl AdmissionRules {
    /// The rules that go with a door's policy.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        Self {
            min_quality: policy.quality_floor,
            same_person: policy.review_similarity,
            already_enrolled: policy.accept_similarity,
            prominence: 4.0,
        }
    }

    /// Turns the samples into positive references of `subject`, or names the image that won't do.
    ///
    /// `enrolled` are the references that the subject has already; those of other models are ignored.
    /// `force` enrols a person who is already enrolled under another ID number, and lifts no other rule.
    ///
    /// # Errors
    /// The first rule that an image breaks.
    pub fn admit(
        &self,
        subject: &SubjectId,
        samples: Vec<AdmissionSample>,
        enrolled: &[EnrolledReference],
        gallery: &Gallery,
        force: bool,
    ) -> Result<Vec<EnrolledReference>, EnrolmentError> {
        if samples.is_empty() {
            return Err(EnrolmentError::NoSamples);
        }
        let samples = samples
            .into_iter()
            .map(|sample| self.check_image(sample))
            .collect::<Result<Vec<_>, _>>()?;
        let model = samples.first().map(|s| s.template.model());
        let enrolled = || {
            enrolled
                .iter()
                .filter(|r| Some(r.template.model()) == model)
        };
        let wanted = samples.len() + enrolled().count();
        if wanted > MAX_REFERENCES {
            return Err(EnrolmentError::TooManyReferences {
                subject: subject.clone(),
                wanted,
            });
        }
        let positives = enrolled()
            .filter(|r| r.polarity == Polarity::Positive)
            .map(|r| ("the enrolled reference", &r.template));
        let pictures: Vec<(&str, &Template)> = samples
            .iter()
            .map(|s| (s.image.as_str(), &s.template))
            .chain(positives)
            .collect();
        self.check_same_person(&pictures, samples.len(), gallery)?;
        if !force {
            for sample in &samples {
                self.check_not_enrolled(subject, sample, gallery)?;
            }
        }
        Ok(samples
            .into_iter()
            .map(Admissible::into_reference)
            .collect())
    }

    /// The reference of one picture by itself, such as the portrait of an identity record.
    ///
    /// # Errors
    /// If it shows no face or several, or its quality is too low.
    pub fn admit_portrait(
        &self,
        sample: AdmissionSample,
    ) -> Result<EnrolledReference, EnrolmentError> {
        self.check_image(sample).map(Admissible::into_reference)
    }

    fn check_image(&self, sample: AdmissionSample) -> Result<Admissible, EnrolmentError> {
        let AdmissionSample {
            image,
            mut face_areas,
            quality,
            template,
        } = sample;
        let Some(template) = template else {
            return Err(EnrolmentError::NoFace { image });
        };
        face_areas.sort_by(|a, b| b.total_cmp(a));
        if let [largest, next, ..] = face_areas[..]
            && largest
                .partial_cmp(&(self.prominence * next))
                .is_none_or(Ordering::is_lt)
        {
            return Err(EnrolmentError::SeveralFaces {
                image,
                faces: face_areas.len(),
                needed: self.prominence,
            });
        }
        if quality < self.min_quality {
            return Err(EnrolmentError::PoorQuality {
                image,
                found: quality,
                needed: self.min_quality,
            });
        }
        Ok(Admissible {
            image,
            quality,
            template,
        })
    }

    /// All pairs with at least one of the first `new` pictures in it must be similar.
    fn check_same_person(
        &self,
        pictures: &[(&str, &Template)],
        new: usize,
        gallery: &Gallery,
    ) -> Result<(), EnrolmentError> {
        let mut sums = vec![0.0; pictures.len()];
        let mut worst: Option<(Similarity, usize, usize)> = None;
        for (i, (image, template)) in pictures[..new].iter().enumerate() {
            for (j, (_, other)) in pictures.iter().enumerate().skip(i + 1) {
                let cosine =
                    template
                        .compare(other)
                        .map_err(|source| EnrolmentError::NotComparable {
                            image: (*image).to_owned(),
                            source,
                        })?;
                let similarity = gallery.calibration().similarity(cosine);
                sums[i] += similarity.get();
                sums[j] += similarity.get();
                if worst.is_none_or(|(least, ..)| similarity < least) {
                    worst = Some((similarity, i, j));
                }
            }
        }
        match worst {
            Some((found, i, j)) if found < self.same_person => {
                // The picture that is less like all the others is the odd one out; what is enrolled never is.
                let (odd, other) = if j < new && sums[j] < sums[i] {
                    (j, i)
                } else {
                    (i, j)
                };
                Err(EnrolmentError::DifferentPeople {
                    image: pictures[odd].0.to_owned(),
                    other: pictures[other].0.to_owned(),
                    found,
                    needed: self.same_person,
                })
            }
            _ => Ok(()),
        }
    }

    fn check_not_enrolled(
        &self,
        subject: &SubjectId,
        sample: &Admissible,
        gallery: &Gallery,
    ) -> Result<(), EnrolmentError> {
        // An enrolment that has run out is one all the same, so the time does not matter.
        let comparison = gallery
            .identify(&sample.template, UtcDateTime::UNIX_EPOCH)
            .map_err(|source| EnrolmentError::NotComparable {
                image: sample.image.clone(),
                source,
            })?;
        let Comparison::Identification(candidates) = comparison else {
            return Ok(());
        };
        match candidates
            .into_iter()
            .find(|c| &c.subject != subject && c.similarity >= self.already_enrolled)
        {
            Some(other) => Err(EnrolmentError::AlreadyEnrolled {
                image: sample.image.clone(),
                subject: other.subject,
                similarity: other.similarity,
            }),
            None => Ok(()),
        }
    }
}

/// A sample whose image is good enough.
struct Admissible {
    image: String,
    quality: Quality,
    template: Template,
}

impl Admissible {
    fn into_reference(self) -> EnrolledReference {
        EnrolledReference {
            template: self.template,
            polarity: Polarity::Positive,
            quality: self.quality,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ModelId, Reference, SimilarityCalibration, Subject};

    /// A template `degrees` away from the gallery's only subject, "east".
    fn template(degrees: f32) -> Template {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Template::new(ModelId::new("m"), vec![cos, sin]).unwrap()
    }

    fn gallery() -> Gallery {
        let calibration = SimilarityCalibration::new(vec![(-1.0, 0.0), (1.0, 1.0)]).unwrap();
        let mut gallery = Gallery::new(ModelId::new("m"), 2, calibration);
        let east = Subject {
            id: "east".parse().unwrap(),
            name: None,
            consented: UtcDateTime::UNIX_EPOCH,
            expires: Some(UtcDateTime::UNIX_EPOCH),
            duress: false,
            schedule: None,
        };
        let reference = Reference {
            template: template(0.0),
            polarity: Polarity::Positive,
        };
        gallery.insert(east, &[reference]).unwrap();
        gallery
    }

    fn sample(image: &str, degrees: f32) -> AdmissionSample {
        AdmissionSample {
            image: image.to_owned(),
            face_areas: vec![10_000.0],
            quality: Quality::MAX,
            template: Some(template(degrees)),
        }
    }

    fn enrolled(degrees: f32) -> EnrolledReference {
        EnrolledReference {
            template: template(degrees),
            polarity: Polarity::Positive,
            quality: Quality::MAX,
        }
    }

    /// Accept from .75 (60 degrees), review from .60 (78 degrees).
    fn admit(
        id: &str,
        samples: &[AdmissionSample],
        before: &[EnrolledReference],
        force: bool,
    ) -> Result<Vec<EnrolledReference>, String> {
        AdmissionRules::of(&Policy::default())
            .admit(
                &id.parse().unwrap(),
                samples.to_vec(),
                before,
                &gallery(),
                force,
            )
            .map_err(|e| e.to_string())
    }

    #[test]
    fn good_images_of_one_person_become_positive_references() {
        let admitted = admit("w", &[sample("a", 180.0), sample("b", 170.0)], &[], false).unwrap();
        assert_eq!(admitted, [enrolled(180.0), enrolled(170.0)]);
    }

    #[test]
    fn an_image_without_a_face_or_of_poor_quality_is_named() {
        let mut blank = sample("blank.png", 180.0);
        blank.template = None;
        blank.face_areas.clear();
        let mut blurred = sample("blurred.png", 180.0);
        blurred.quality = Quality::new(39).unwrap();
        let error = |s| admit("w", &[sample("a", 180.0), s], &[], false).unwrap_err();
        assert!(error(blank).starts_with("blank.png: no face"));
        assert!(error(blurred).starts_with("blurred.png: quality 39 is below 40"));
        assert!(admit("w", &[], &[], false).is_err());
    }

    #[test]
    fn a_bystander_must_be_much_smaller() {
        let with_areas = |areas: &[f32]| {
            let mut group = sample("group.jpg", 180.0);
            group.face_areas = areas.to_vec();
            admit("w", &[group], &[], false)
        };
        assert!(with_areas(&[100.0, 25.0, 400.0]).is_ok());
        assert!(with_areas(&[100.0, 26.0]).unwrap_err().contains("2 faces"));
        assert!(with_areas(&[100.0, f32::NAN]).is_err());
    }

    #[test]
    fn the_image_of_somebody_else_is_the_one_named() {
        let images = [
            sample("a", 180.0),
            sample("odd", 275.0),
            sample("b", 170.0),
            sample("c", 175.0),
        ];
        let error = admit("w", &images, &[], true).unwrap_err();
        assert!(error.starts_with("odd does not show the same person as b"));
        let error = admit("w", &[sample("new", 90.0)], &[enrolled(180.0)], true).unwrap_err();
        assert!(error.starts_with("new does not show the same person as the enrolled reference"));
    }

    #[test]
    fn who_is_enrolled_under_another_number_is_refused_unless_forced() {
        let same_face = [sample("a", 30.0)];
        let error = admit("west", &same_face, &[], false).unwrap_err();
        assert!(error.starts_with("a: this person is already enrolled as east"));
        assert!(admit("west", &same_face, &[], true).is_ok());
        assert!(admit("east", &same_face, &[], false).is_ok());
        assert!(admit("west", &[sample("a", 70.0)], &[], false).is_ok());
    }

    #[test]
    fn references_are_limited_and_old_models_do_not_count() {
        let old = EnrolledReference {
            template: Template::new(ModelId::new("old"), vec![1.0, 0.0, 0.0]).unwrap(),
            ..enrolled(0.0)
        };
        let nine = vec![enrolled(180.0); 9];
        let two = [sample("a", 180.0), sample("b", 180.0)];
        assert!(admit("w", &two, &nine, false).unwrap_err().contains("11"));
        assert!(admit("w", &two[..1], &nine, false).is_ok());
        assert!(admit("w", &two, &vec![old; 9], false).is_ok());
    }
}
