//! What the worker works with.

use super::{Gate, Tools};
use crate::app::gallery::Source;
use crate::app::{AppError, State};
use crate::domain::{Compared, Gallery, Policy, Template};
use crate::http::api::backend::BackendError;
use crate::vision::{Analyser, VisionError};

/// The networks, the gate between their runs, and the gallery.
pub(super) struct Bench<'g> {
    pub analyser: Analyser,
    pub state: State,
    pub policy: Policy,
    gate: &'g Gate,
    source: Source,
    gallery: Gallery,
}

impl<'g> Bench<'g> {
    pub fn load(tools: &'g Tools) -> Result<Self, AppError> {
        let analyser = Analyser::load(&tools.models, &tools.options)?;
        let source = Source::new(tools.state.clone(), &analyser);
        Ok(Self {
            analyser,
            state: tools.state.clone(),
            policy: tools.policy,
            gate: &tools.gate,
            gallery: source.empty(),
            source,
        })
    }

    /// One stage of the work, when the door lets it.
    pub fn stage<T>(
        &mut self,
        work: impl FnOnce(&mut Analyser) -> Result<T, VisionError>,
    ) -> Result<T, BackendError> {
        self.gate.pass();
        work(&mut self.analyser).map_err(|error| failed(&error))
    }

    pub fn compare(
        &self,
        probe: &Template,
        reference: &Template,
    ) -> Result<Compared, BackendError> {
        let cosine = probe.compare(reference).map_err(|error| failed(&error))?;
        Ok(Compared {
            cosine,
            similarity: self.analyser.calibration().similarity(cosine),
        })
    }

    /// The gallery as the store has it by now.
    pub fn gallery(&mut self) -> Result<&Gallery, BackendError> {
        if let Some(gallery) = self.source.changed().map_err(|error| failed(&error))? {
            self.gallery = gallery;
        }
        Ok(&self.gallery)
    }
}

/// The cause goes to the log and not to the caller.
pub(super) fn failed(error: &dyn std::error::Error) -> BackendError {
    tracing::error!(%error, "a verification failed");
    BackendError::Failed
}
