//! What the worker works with.

use std::path::Path;

use super::Gate;
use crate::app::State;
use crate::domain::{Compared, Template};
use crate::http::api::backend::BackendError;
use crate::vision::{Analyser, VisionError, VisionOptions};

/// The networks, and the gate between their runs.
pub(super) struct Bench<'g> {
    pub analyser: Analyser,
    pub state: State,
    gate: &'g Gate,
}

impl<'g> Bench<'g> {
    pub fn load(
        models: &Path,
        options: VisionOptions,
        state: State,
        gate: &'g Gate,
    ) -> Result<Self, VisionError> {
        Ok(Self {
            analyser: Analyser::load(models, &options)?,
            state,
            gate,
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
}

/// The cause goes to the log and not to the caller.
pub(super) fn failed(error: &dyn std::error::Error) -> BackendError {
    tracing::error!(%error, "a verification failed");
    BackendError::Failed
}
