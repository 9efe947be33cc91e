//! The gallery in memory, and the thread that keeps it as the store has it.
//!
//! Enrolments and removals are made by other processes while the door is served. The thread looks for
//! them once a second, loads the gallery beside the door's work and hands it over whole.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::domain::{AccessHours, Gallery, ModelId, SimilarityCalibration};
use crate::enrolment::{EnrolmentError, Store};
use crate::vision::Analyser;

use super::event::Event;
use super::{AppError, State};

/// How soon a change in the store reaches the door.
const EVERY: Duration = Duration::from_secs(1);

/// A running watch; it ends when this is dropped.
pub struct GalleryWatch {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Loads the gallery, and watches the store from then on.
///
/// # Errors
/// If store or key can't be used, or the system gives no thread.
pub fn load_and_watch(
    state: State,
    analyser: &Analyser,
    hours: Arc<AccessHours>,
    events: SyncSender<Event>,
) -> Result<(Arc<Gallery>, GalleryWatch), AppError> {
    let mut source = Source::new(state, analyser);
    let gallery = match source.changed()? {
        Some(gallery) => for_door(gallery, &hours),
        None => {
            tracing::warn!("nobody is enrolled yet: everybody is unknown");
            source.empty()
        }
    };
    let (stop, stopped) = mpsc::channel();
    let thread = thread::Builder::new()
        .name("gallery".into())
        .spawn(move || {
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                match source.changed() {
                    Ok(None) => {}
                    Ok(Some(gallery)) => {
                        let gallery = Arc::new(for_door(gallery, &hours));
                        if events.send(Event::GalleryChanged(gallery)).is_err() {
                            return;
                        }
                    }
                    Err(error) => tracing::error!(%error, "the gallery stays as it was"),
                }
            }
        })
        .map_err(|source| AppError::Thread {
            name: "gallery",
            source,
        })?;
    Ok((
        Arc::new(gallery),
        GalleryWatch {
            stop: Some(stop),
            thread: Some(thread),
        },
    ))
}

/// Says whose schedule the config does not have: they are never let in.
fn for_door(gallery: Gallery, hours: &Arc<AccessHours>) -> Gallery {
    for subject in gallery.subjects() {
        let schedule = subject.schedule.as_ref();
        if let Some(name) = schedule.filter(|name| !hours.defines(name)) {
            tracing::warn!(
                subject = %subject.id,
                schedule = %name,
                "the config file does not have this schedule: outside hours at any time"
            );
        }
    }
    gallery.for_door(Arc::clone(hours))
}

impl Drop for GalleryWatch {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // Its errors are logged where they happen.
            let _ = thread.join();
        }
    }
}

/// Where the gallery comes from.
pub(super) struct Source {
    state: State,
    model: ModelId,
    dimension: usize,
    calibration: SimilarityCalibration,
    /// Absent until somebody is enrolled.
    store: Option<Store>,
    revision: Option<i64>,
}

impl Source {
    /// The store of `state`, for the templates of `analyser`. Nothing is read yet.
    pub fn new(state: State, analyser: &Analyser) -> Self {
        Self {
            state,
            model: analyser.model_id().clone(),
            dimension: analyser.template_dimension(),
            calibration: analyser.calibration().clone(),
            store: None,
            revision: None,
        }
    }

    /// The gallery of a door at which nobody is enrolled.
    pub fn empty(&self) -> Gallery {
        Gallery::new(self.model.clone(), self.dimension, self.calibration.clone())
    }

    /// The gallery, if it has not been loaded since the store last changed.
    ///
    /// # Errors
    /// If store or key can't be used.
    pub fn changed(&mut self) -> Result<Option<Gallery>, AppError> {
        if self.store.is_none() {
            self.store = match self.state.open_store(&self.model) {
                Ok(store) => Some(store),
                Err(AppError::Enrolment(EnrolmentError::NothingEnrolled { .. })) => None,
                Err(error) => return Err(error),
            };
        }
        let Some(store) = &self.store else {
            return Ok(None);
        };
        // Read first: what is written while the gallery is loaded is seen the next time.
        let revision = store.revision()?;
        if self.revision == Some(revision) {
            return Ok(None);
        }
        let gallery = store.load(self.calibration.clone(), self.dimension)?;
        self.revision = Some(revision);
        Ok(Some(gallery))
    }
}
