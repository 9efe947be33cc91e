//! The thread that stores who was enrolled at the door, so that the event loop never waits for a disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};
use std::thread::{self, JoinHandle};

use time::UtcDateTime;

use super::enrol::{self, Admission, Person, refusal_code};
use super::event::Event;
use super::{AppError, State};
use crate::domain::{Capture, EnrolmentEnd, Policy};
use crate::enrolment::{AdmissionSample, EnrolmentError};
use crate::vision::{Analyser, VisionOptions};

/// What the thread works with.
pub(super) struct Registry {
    pub models: PathBuf,
    pub options: VisionOptions,
    pub policy: Policy,
    pub state: State,
    pub events: SyncSender<Event>,
}

/// Somebody to store, and when they agreed.
pub(super) struct Storing {
    pub capture: Capture,
    pub consented: UtcDateTime,
}

/// A running thread. Dropping it lets it end what it has in hand; all senders must be gone by then.
pub(super) struct EnrolmentThread(Option<JoinHandle<()>>);

impl EnrolmentThread {
    /// Starts it; gives the way to it as well.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn spawn(registry: Registry) -> Result<(Self, Sender<Storing>), AppError> {
        let (sender, inbox) = channel();
        let thread = thread::Builder::new()
            .name("enrolment".into())
            .spawn(move || serve(&registry, &inbox))
            .map_err(|source| AppError::Thread {
                name: "enrolment",
                source,
            })?;
        Ok((Self(Some(thread)), sender))
    }
}

impl Drop for EnrolmentThread {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            // It answers panics itself; there is nothing left to learn from the result.
            let _ = thread.join();
        }
    }
}

fn serve(registry: &Registry, inbox: &Receiver<Storing>) {
    while let Ok(storing) = inbox.recv() {
        let id = storing.capture.order.id;
        let stored = catch_unwind(AssertUnwindSafe(|| store(registry, storing)));
        let end = match stored {
            Ok(Ok(())) => EnrolmentEnd::Enrolled,
            Ok(Err(error)) => {
                tracing::warn!(%error, "nobody was enrolled at the door");
                end_of(&error)
            }
            Err(_panic) => EnrolmentEnd::Failed,
        };
        // A loop that has ended shows nothing any more.
        let _ = registry.events.send(Event::EnrolmentSaved { id, end });
    }
}

/// By the same rules and the same way as from the command line.
fn store(registry: &Registry, storing: Storing) -> Result<(), AppError> {
    let Storing { capture, consented } = storing;
    // Its manifest alone; no network is loaded.
    let analyser = Analyser::load(&registry.models, &registry.options)?;
    let mut store = registry.state.open_or_create_store(analyser.model_id())?;
    let samples = capture.samples.into_iter().zip(1..);
    let samples = samples.map(|(sample, number)| AdmissionSample {
        image: format!("frame {number}"),
        face_areas: vec![sample.area],
        quality: sample.quality,
        template: Some(sample.template),
    });
    let person = Person {
        id: capture.order.subject.clone(),
        name: capture.order.name.clone(),
        expires: capture.order.expires,
        consented,
        duress: false,
        schedule: None,
    };
    let admission = Admission::Positive { force: false };
    let policy = &registry.policy;
    enrol::enrol(
        &mut store,
        &analyser,
        policy,
        person,
        samples.collect(),
        admission,
    )?;
    Ok(())
}

fn end_of(error: &AppError) -> EnrolmentEnd {
    match error {
        AppError::Enrolment(EnrolmentError::AlreadyEnrolled { .. }) => {
            EnrolmentEnd::AlreadyEnrolled
        }
        AppError::Enrolment(error) => {
            refusal_code(error).map_or(EnrolmentEnd::Failed, EnrolmentEnd::Refused)
        }
        _ => EnrolmentEnd::Failed,
    }
}
