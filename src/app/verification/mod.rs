//! The thread that works for the local API, with networks of its own.
//!
//! The door comes first: beside one the thread has a low priority, and between its stages it waits while
//! somebody is being compared at the door ([`Gate`]). Each kind of job is a file. A panic in a network
//! fails the job, and the networks are loaded afresh.

mod bench;
mod enrolled;
mod examine;
mod gate;
mod identities;
mod observe;
mod video;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};

use super::{AppError, State};
use crate::domain::Policy;
use crate::http::api::Metrics;
use crate::http::api::backend::{BackendError, Job};
use crate::vision::VisionOptions;

use bench::Bench;
pub use gate::Gate;

/// Jobs that may wait; more are told to come back.
pub const QUEUE: usize = 8;
/// A tenth of the weight of the door's threads. At 19, a hundredth of it, requests starved while anything
/// else was busy.
const NICE: i32 = 10;

/// What the thread is given for its whole life.
pub struct Tools {
    pub models: PathBuf,
    pub options: VisionOptions,
    pub state: State,
    pub policy: Policy,
    pub gate: Arc<Gate>,
    pub metrics: Arc<Metrics>,
}

/// How urgent the thread's work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// This process serves a door, which comes first.
    BehindTheDoor,
    /// There is no door.
    Normal,
}

/// The running thread. It ends when every [`Backend`](crate::http::api::backend::Backend) is gone.
pub struct VerificationThread(Option<JoinHandle<()>>);

impl VerificationThread {
    /// Starts the thread; networks are loaded when they are first needed.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn spawn(
        tools: Tools,
        priority: Priority,
        jobs: mpsc::Receiver<Job>,
    ) -> Result<Self, AppError> {
        let work = move || {
            if priority == Priority::BehindTheDoor
                && let Err(error) = rustix::process::setpriority_process(None, NICE)
            {
                tracing::warn!(%error, "the verification worker runs at normal priority");
            }
            serve(&tools, jobs);
        };
        thread::Builder::new()
            .name("verification".into())
            .spawn(work)
            .map(|thread| Self(Some(thread)))
            .map_err(|source| AppError::Thread {
                name: "verification",
                source,
            })
    }
}

impl Drop for VerificationThread {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            // Panics are answered in the thread; there is nothing left to learn from the result.
            let _ = thread.join();
        }
    }
}

fn serve(tools: &Tools, mut jobs: mpsc::Receiver<Job>) {
    let mut bench = None;
    while let Some(job) = jobs.blocking_recv() {
        let (kind, begun) = (job.kind(), Instant::now());
        let work = || -> Result<(), AppError> {
            let bench = match &mut bench {
                Some(bench) => bench,
                empty => empty.insert(Bench::load(tools)?),
            };
            work(bench, job);
            Ok(())
        };
        // The caller is answered whatever happens: a job that is dropped counts as failed.
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok(())) => tools.metrics.worked(kind, begun.elapsed()),
            Ok(Err(error)) => tracing::error!(%error, "the verification worker can't work"),
            Err(_panic) => {
                tracing::error!("a verification panicked; the networks are loaded afresh");
                bench = None;
            }
        }
    }
}

fn work(bench: &mut Bench<'_>, job: Job) {
    match job {
        Job::Examine {
            file,
            wanted,
            reply,
        } => answer(reply, || examine::examine(bench, &file.0, wanted)),
        Job::Observe {
            jpeg,
            captured,
            reply,
        } => answer(reply, || observe::observe(bench, &jpeg.0, captured)),
        Job::ExamineVideo {
            file,
            longest,
            wants_clip,
            reply,
        } => answer(reply, || {
            video::examine(bench, &file.0, longest, wants_clip)
        }),
        Job::WriteVideo {
            jpegs,
            per_second,
            reply,
        } => answer(reply, || {
            let jpegs: Vec<_> = jpegs.into_iter().map(|jpeg| jpeg.0).collect();
            video::write(&jpegs, per_second)
        }),
        Job::LookUp { key, reply } => answer(reply, || identities::look_up(bench, &key)),
        Job::Compare {
            probe,
            reference,
            reply,
        } => answer(reply, || bench.compare(&probe, &reference)),
        Job::Gallery(job) => enrolled::work(bench, job),
    }
}

/// Does a job and sends its answer, unless nobody waits for it any more.
fn answer<T>(
    reply: oneshot::Sender<Result<T, BackendError>>,
    job: impl FnOnce() -> Result<T, BackendError>,
) {
    if !reply.is_closed() {
        // Who has gone needs no answer.
        let _ = reply.send(job());
    }
}
