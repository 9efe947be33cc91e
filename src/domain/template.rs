//! Biometric templates and their comparison.

use std::fmt;
use std::sync::Arc;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::Cosine;

/// Names the network that made a template, such as `mobilefacenet-int8`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelId(Arc<str>);

impl ModelId {
    /// The id as the model manifest has it.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why two templates can't be compared, or a vector is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComparisonError {
    #[error(
        "templates of model {probe} can't be compared with those of {reference}: enrol again with {probe}"
    )]
    DifferentModels { probe: ModelId, reference: ModelId },
    #[error("a template of model {model} has {expected} values, not {found}: enrol again")]
    DifferentLengths {
        model: ModelId,
        expected: usize,
        found: usize,
    },
    #[error(
        "model {model} gave a template without direction (all zero, or not finite): take another image"
    )]
    NoDirection { model: ModelId },
}

/// A face as the embedder's unit vector. Redacted in `Debug` and wiped when dropped.
#[derive(Clone, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct Template {
    #[zeroize(skip)]
    model: ModelId,
    values: Vec<f32>,
}

impl Template {
    /// Scales the network's output to length 1.
    ///
    /// # Errors
    /// [`ComparisonError::NoDirection`] if the vector is zero, empty or not finite.
    pub fn new(model: ModelId, mut values: Vec<f32>) -> Result<Self, ComparisonError> {
        let length = values.iter().map(|v| v * v).sum::<f32>().sqrt();
        if !length.is_finite() || length <= f32::EPSILON {
            values.zeroize();
            return Err(ComparisonError::NoDirection { model });
        }
        values.iter_mut().for_each(|v| *v /= length);
        Ok(Self { model, values })
    }

    /// Another template of the same model in the memory of this one, which is wiped.
    ///
    /// # Errors
    /// As [`Template::new`]; then both are gone.
    pub fn replaced_by(mut self, values: &[f32]) -> Result<Self, ComparisonError> {
        let mut memory = std::mem::take(&mut self.values);
        memory.zeroize();
        memory.extend_from_slice(values);
        Self::new(self.model.clone(), memory)
    }

    /// The network that made it.
    #[must_use]
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// The unit vector.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Compares two templates of one model.
    ///
    /// # Errors
    /// If they are of different models or lengths.
    pub fn compare(&self, reference: &Self) -> Result<Cosine, ComparisonError> {
        if self.model != reference.model {
            return Err(ComparisonError::DifferentModels {
                probe: self.model.clone(),
                reference: reference.model.clone(),
            });
        }
        if self.values.len() != reference.values.len() {
            return Err(ComparisonError::DifferentLengths {
                model: self.model.clone(),
                expected: self.values.len(),
                found: reference.values.len(),
            });
        }
        Ok(Cosine::saturating(dot(&self.values, &reference.values)))
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Template({}, {} values redacted)",
            self.model,
            self.values.len()
        )
    }
}

/// Inner product in eight independent sums, which the compiler turns into vector code.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_blocks, a_rest) = a.as_chunks::<8>();
    let (b_blocks, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0_f32; 8];
    for (x, y) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(model: &str, values: &[f32]) -> Template {
        Template::new(ModelId::new(model), values.to_vec()).unwrap()
    }

    #[test]
    fn cosine_of_a_template_with_itself_is_one_whatever_its_length() {
        let t = template("m", &[3.0, 4.0, 0.0, 1.0, 2.0, -3.0, 0.5, 0.1, 7.0, -2.0]);
        assert!((t.compare(&t).unwrap().get() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn templates_of_different_models_are_refused() {
        let error = template("a", &[1.0])
            .compare(&template("b", &[1.0]))
            .unwrap_err();
        assert!(error.to_string().contains("model a"));
    }

    #[test]
    fn a_vector_without_direction_is_no_template() {
        for values in [
            vec![],
            vec![0.0; 4],
            vec![f32::NAN, 1.0],
            vec![f32::INFINITY],
        ] {
            assert!(Template::new(ModelId::new("m"), values).is_err());
        }
    }

    #[test]
    fn one_that_takes_the_place_of_another_is_as_one_made_anew() {
        let first = template("m", &[3.0, 4.0]);
        let second = first.replaced_by(&[0.0, 5.0]).unwrap();
        assert!(second == template("m", &[0.0, 5.0]));
        assert!(second.replaced_by(&[0.0, f32::NAN]).is_err());
    }

    #[test]
    fn debug_tells_no_value() {
        assert_eq!(
            format!("{:?}", template("m", &[0.6, 0.8])),
            "Template(m, 2 values redacted)"
        );
    }
}
