//! The enrolled references in memory, and the search through them.

mod ranking;
mod scan;
mod segment;

use std::collections::HashMap;
use std::sync::Arc;

use time::UtcDateTime;

use super::{
    AccessHours, Candidate, Comparison, ComparisonError, Cosine, MAX_CANDIDATES, ModelId,
    SimilarityCalibration, Subject, SubjectId, Template,
};
use ranking::Ranking;
use scan::Kernel;
use segment::{Probe, Segment};

/// Whether a reference shows the subject, or somebody who is taken for the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polarity {
    Positive,
    /// "Not this person": a probe more similar to this than to the positive references is not the subject.
    Negative,
}

/// One enrolled template.
#[derive(Debug, Clone)]
pub struct Reference {
    pub template: Template,
    pub polarity: Polarity,
}

/// A reference that does not belong into this gallery.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GalleryError {
    #[error("reference of {subject}: {source}")]
    Reference {
        subject: SubjectId,
        source: ComparisonError,
    },
}

/// All references of one embedder, for an exact search.
///
/// Templates are unit vectors, so that the inner product is the cosine. They are searched in int8, which reads a
/// quarter of the memory; whatever comes near the best is compared in f32, so that the outcome is that of a
/// search in f32. A copy shares its templates with the original until one of the two changes.
#[derive(Clone)]
pub struct Gallery {
    model: ModelId,
    dimension: usize,
    calibration: SimilarityCalibration,
    /// The positive references; all segments but the last are full.
    segments: Vec<Arc<Segment>>,
    /// The negative references of the few subjects that have some.
    negatives: HashMap<u32, Vec<Template>>,
    subjects: Vec<Subject>,
    index: HashMap<SubjectId, u32>,
    /// Those of the door that asks; absent where nobody is let in.
    hours: Option<Arc<AccessHours>>,
}

impl Gallery {
    /// An empty gallery for templates of `model` with `dimension` values.
    #[must_use]
    pub fn new(model: ModelId, dimension: usize, calibration: SimilarityCalibration) -> Self {
        Self {
            model,
            dimension,
            calibration,
            segments: Vec::new(),
            negatives: HashMap::new(),
            subjects: Vec::new(),
            index: HashMap::new(),
            hours: None,
        }
    }

    /// The same for a door: candidates stand as its hours have it.
    #[must_use]
    pub fn for_door(mut self, hours: Arc<AccessHours>) -> Self {
        self.hours = Some(hours);
        self
    }

    /// Adds a subject, or further references of one; the subject's data are replaced.
    ///
    /// # Errors
    /// If a reference is of another model or length; then nothing is added.
    pub fn insert(
        &mut self,
        subject: Subject,
        references: &[Reference],
    ) -> Result<(), GalleryError> {
        for reference in references {
            self.check(&reference.template)
                .map_err(|source| GalleryError::Reference {
                    subject: subject.id.clone(),
                    source,
                })?;
        }
        let owner = match self.index.get(&subject.id) {
            Some(&owner) => {
                self.subjects[owner as usize] = subject;
                owner
            }
            None => {
                // A gallery of 2^32 subjects would not fit in any board's memory.
                let owner = self.subjects.len() as u32;
                self.index.insert(subject.id.clone(), owner);
                self.subjects.push(subject);
                owner
            }
        };
        for reference in references {
            match reference.polarity {
                Polarity::Positive => self.push(owner, reference.template.values()),
                Polarity::Negative => {
                    let negatives = self.negatives.entry(owner).or_default();
                    negatives.push(reference.template.clone());
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, owner: u32, values: &[f32]) {
        if self.segments.last().is_none_or(|last| last.is_full()) {
            self.segments.push(Arc::new(Segment::new(self.dimension)));
        }
        if let Some(last) = self.segments.last_mut() {
            Arc::make_mut(last).push(owner, values);
        }
    }

    /// Whether a door has hours, and those of everybody do not include `now`.
    #[must_use]
    pub fn is_off_hours(&self, now: UtcDateTime) -> bool {
        self.hours
            .as_ref()
            .is_some_and(|hours| !hours.admits(None, now))
    }

    /// Enrolled subjects.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// The subject with this ID number.
    #[must_use]
    pub fn subject(&self, id: &SubjectId) -> Option<&Subject> {
        self.index
            .get(id)
            .map(|&owner| &self.subjects[owner as usize])
    }

    /// Templates held, over all subjects.
    #[must_use]
    pub fn templates(&self) -> usize {
        let positive: usize = self.segments.iter().map(|s| s.len()).sum();
        positive + self.negatives.values().map(Vec::len).sum::<usize>()
    }

    /// The vector instructions that searches use on this processor, such as `avx512-vnni`.
    #[must_use]
    pub fn instructions() -> &'static str {
        Kernel::best().name()
    }

    /// The calibration of the gallery's model.
    #[must_use]
    pub fn calibration(&self) -> &SimilarityCalibration {
        &self.calibration
    }

    /// 1:N: the subjects most similar to the probe, best first.
    ///
    /// An enrolment for duress shows the same face as the one for every day, and is never found here: only a
    /// claim means it.
    ///
    /// # Errors
    /// If the probe is of another model or length.
    pub fn identify(
        &self,
        probe: &Template,
        now: UtcDateTime,
    ) -> Result<Comparison, ComparisonError> {
        self.check(probe)?;
        let probe = Probe::new(probe.values());
        let mut ranking = Ranking::default();
        let mut floor = ranking.floor();
        for segment in &self.segments {
            floor = segment.scan(&probe, floor, |owner, product| {
                let is_for_duress = self.subjects[owner as usize].duress;
                if !is_for_duress && product > self.nearest_negative(owner, &probe) {
                    ranking.note(owner, Cosine::saturating(product));
                }
                ranking.floor()
            });
        }
        let candidates = ranking
            .iter()
            .map(|(owner, cosine)| self.candidate(owner, cosine, now))
            .collect();
        Ok(Comparison::Identification(candidates))
    }

    /// 1:1: the probe against the references of one subject.
    ///
    /// # Errors
    /// If the probe is of another model or length.
    pub fn verify(
        &self,
        probe: &Template,
        claimed: &SubjectId,
        now: UtcDateTime,
    ) -> Result<Comparison, ComparisonError> {
        self.check(probe)?;
        let Some(&wanted) = self.index.get(claimed) else {
            return Ok(Comparison::Verification {
                claimed: claimed.clone(),
                candidate: None,
            });
        };
        let probe = Probe::new(probe.values());
        let nearest = self
            .segments
            .iter()
            .flat_map(|segment| segment.templates())
            .filter(|&(owner, _)| owner == wanted)
            .map(|(_, values)| probe.dot(values))
            .fold(f32::NEG_INFINITY, f32::max);
        // Nearer to "not this person" than to the person: as dissimilar as can be.
        let cosine = if nearest > self.nearest_negative(wanted, &probe) {
            Cosine::saturating(nearest)
        } else {
            Cosine::MIN
        };
        Ok(Comparison::Verification {
            claimed: claimed.clone(),
            candidate: Some(self.candidate(wanted, cosine, now)),
        })
    }

    /// Inner product with the most similar negative reference of a subject.
    fn nearest_negative(&self, owner: u32, probe: &Probe) -> f32 {
        let negatives = self.negatives.get(&owner).into_iter().flatten();
        negatives
            .map(|template| probe.dot(template.values()))
            .fold(f32::NEG_INFINITY, f32::max)
    }

    fn candidate(&self, owner: u32, cosine: Cosine, now: UtcDateTime) -> Candidate {
        let subject = &self.subjects[owner as usize];
        Candidate {
            subject: subject.id.clone(),
            cosine,
            similarity: self.calibration.similarity(cosine),
            standing: subject.standing(now, self.hours.as_deref()),
        }
    }

    fn check(&self, template: &Template) -> Result<(), ComparisonError> {
        if template.model() != &self.model {
            return Err(ComparisonError::DifferentModels {
                probe: template.model().clone(),
                reference: self.model.clone(),
            });
        }
        let found = template.values().len();
        if found != self.dimension {
            return Err(ComparisonError::DifferentLengths {
                model: self.model.clone(),
                expected: self.dimension,
                found,
            });
        }
        Ok(())
    }
}

/// Tells sizes and never a template.
impl std::fmt::Debug for Gallery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Gallery({}, {} subjects, {} templates redacted)",
            self.model,
            self.subjects.len(),
            self.templates()
        )
    }
}

#[cfg(test)]
mod exactness;
#[cfg(test)]
mod tests;
