//! The enrolled references in memory, and the search through them.

use std::collections::HashMap;

use time::UtcDateTime;

use super::template::dot;
use super::{
    Candidate, Comparison, ComparisonError, Cosine, MAX_CANDIDATES, ModelId, SimilarityCalibration,
    Subject, SubjectId, Template,
};

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

/// All references of one embedder in one block of memory, for an exact scan.
///
/// Rows are unit vectors, so that the inner product is the cosine.
pub struct Gallery {
    model: ModelId,
    dimension: usize,
    calibration: SimilarityCalibration,
    rows: Vec<f32>,
    owners: Vec<(u32, Polarity)>,
    subjects: Vec<Subject>,
    index: HashMap<SubjectId, u32>,
}

/// The best scores of one subject in a scan.
#[derive(Clone, Copy)]
struct Best {
    positive: f32,
    negative: f32,
}

impl Best {
    const NONE: Self = Self {
        positive: f32::NEG_INFINITY,
        negative: f32::NEG_INFINITY,
    };

    fn note(&mut self, polarity: Polarity, cosine: f32) {
        let best = match polarity {
            Polarity::Positive => &mut self.positive,
            Polarity::Negative => &mut self.negative,
        };
        *best = best.max(cosine);
    }

    /// The cosine that speaks for the subject; `None` if a negative reference is nearer.
    fn cosine(self) -> Option<Cosine> {
        (self.positive.is_finite() && self.positive > self.negative)
            .then(|| Cosine::saturating(self.positive))
    }
}

impl Gallery {
    /// An empty gallery for templates of `model` with `dimension` values.
    #[must_use]
    pub fn new(model: ModelId, dimension: usize, calibration: SimilarityCalibration) -> Self {
        Self {
            model,
            dimension,
            calibration,
            rows: Vec::new(),
            owners: Vec::new(),
            subjects: Vec::new(),
            index: HashMap::new(),
        }
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
            self.rows.extend_from_slice(reference.template.values());
            self.owners.push((owner, reference.polarity));
        }
        Ok(())
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
        self.owners.len()
    }

    /// The calibration of the gallery's model.
    #[must_use]
    pub fn calibration(&self) -> &SimilarityCalibration {
        &self.calibration
    }

    /// 1:N: the subjects most similar to the probe, best first.
    ///
    /// # Errors
    /// If the probe is of another model or length.
    pub fn identify(
        &self,
        probe: &Template,
        now: UtcDateTime,
    ) -> Result<Comparison, ComparisonError> {
        self.check(probe)?;
        let mut best = vec![Best::NONE; self.subjects.len()];
        for (row, &(owner, polarity)) in self.rows.chunks_exact(self.dimension).zip(&self.owners) {
            best[owner as usize].note(polarity, dot(probe.values(), row));
        }
        let mut top = heapless::Vec::<(usize, Cosine), MAX_CANDIDATES>::new();
        for (owner, cosine) in best
            .iter()
            .enumerate()
            .filter_map(|(owner, b)| Some((owner, b.cosine()?)))
        {
            let place = top
                .iter()
                .position(|&(_, other)| cosine > other)
                .unwrap_or(top.len());
            if place == MAX_CANDIDATES {
                continue;
            }
            if top.is_full() {
                top.pop();
            }
            // There is room: a full list has just lost its last entry.
            let _ = top.insert(place, (owner, cosine));
        }
        let candidates = top
            .iter()
            .map(|&(owner, cosine)| self.candidate(owner, cosine, now))
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
        let mut best = Best::NONE;
        for (row, &(owner, polarity)) in self.rows.chunks_exact(self.dimension).zip(&self.owners) {
            if owner == wanted {
                best.note(polarity, dot(probe.values(), row));
            }
        }
        // Nearer to "not this person" than to the person: as dissimilar as can be.
        let cosine = best.cosine().unwrap_or(Cosine::MIN);
        let candidate = Some(self.candidate(wanted as usize, cosine, now));
        Ok(Comparison::Verification {
            claimed: claimed.clone(),
            candidate,
        })
    }

    fn candidate(&self, owner: usize, cosine: Cosine, now: UtcDateTime) -> Candidate {
        let subject = &self.subjects[owner];
        Candidate {
            subject: subject.id.clone(),
            cosine,
            similarity: self.calibration.similarity(cosine),
            standing: subject.standing(now),
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

impl Drop for Gallery {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.rows);
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
            self.owners.len()
        )
    }
}

#[cfg(test)]
mod tests;
