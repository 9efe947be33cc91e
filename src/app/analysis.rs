//! The thread that looks at frames.
//!
//! It works on request: the event loop says what the transaction demands, the thread takes the freshest
//! frame from the mailbox, analyses it and answers with one event. So frames are never queued, and
//! liveness runs only when somebody is worth it. A panic in a network is answered as a failed analysis,
//! which grants nothing, and the networks are loaded afresh.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::capture::{Mailbox, Taken, read_claim};
use crate::domain::challenge::Observation;
use crate::domain::liveness::{LightWatch, Novelty, fuse_frame};
use crate::domain::{
    Against, Analysis, Clock, Covered, Demand, Face, Frame, Gallery, Policy, Sighting, TrackId,
    Tracker,
};
use crate::vision::{Analyser, Faces, VisionError, covered, frame_print};

use super::AppError;
use super::event::{ClaimSource, Event};
use super::liveness::read_light;

/// What the next frame's analysis should bring, and what to compare with.
#[derive(Debug, Clone)]
pub struct Request {
    pub demand: Demand,
    pub gallery: Arc<Gallery>,
}

/// An analysed frame.
#[derive(Debug)]
pub struct Seen {
    pub frame: Frame,
    /// All faces, the tracked one among them.
    pub faces: Faces,
    /// What the transaction is told.
    pub analysis: Analysis,
    /// How long the analysis took.
    pub took: Duration,
}

/// Loads the networks; called again after a panic.
pub type LoadAnalyser = Box<dyn Fn() -> Result<Analyser, VisionError> + Send>;

/// What the thread works with for its whole life.
pub struct Surroundings {
    pub load: LoadAnalyser,
    pub mailbox: Arc<Mailbox>,
    pub policy: Policy,
    pub clock: Arc<dyn Clock>,
    pub events: SyncSender<Event>,
}

/// A running analysis thread. Dropping it ends the thread after the frame in hand.
pub struct AnalysisThread {
    requests: Option<SyncSender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl AnalysisThread {
    /// Loads the networks and starts the thread.
    ///
    /// # Errors
    /// If the networks can't be loaded, or the system gives no thread.
    pub fn spawn(around: Surroundings) -> Result<Self, AppError> {
        let analyser = (around.load)()?;
        // Of one place, since one is asked for at a time; one without bounds would ask for memory.
        let (requests, inbox) = sync_channel(1);
        let thread = thread::Builder::new()
            .name("analysis".into())
            .spawn(move || serve(&around, analyser, &inbox))
            .map_err(|source| AppError::Thread {
                name: "analysis",
                source,
            })?;
        Ok(Self {
            requests: Some(requests),
            thread: Some(thread),
        })
    }

    /// Asks for one more frame, once the last one was answered.
    pub fn request(&self, request: Request) {
        let asked = self
            .requests
            .as_ref()
            .map(|requests| requests.try_send(request));
        match asked {
            Some(Ok(())) => {}
            Some(Err(TrySendError::Full(_))) => {
                tracing::error!("a frame was asked for before the last one was answered");
            }
            // A thread that has ended sends no events, and the silence takes the door out of service.
            Some(Err(TrySendError::Disconnected(_))) | None => {
                tracing::error!("the analysis thread has ended: restart the daemon");
            }
        }
    }
}

impl Drop for AnalysisThread {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // It answers panics itself; there is nothing left to learn from the result.
            let _ = thread.join();
        }
    }
}

fn serve(around: &Surroundings, analyser: Analyser, inbox: &Receiver<Request>) {
    let mut worker = Some(Worker::new(analyser));
    while let Ok(request) = inbox.recv() {
        let Some(frame) = next_frame(around, inbox) else {
            return;
        };
        let answer = match &mut worker {
            Some(worker) => catch_unwind(AssertUnwindSafe(|| worker.look(around, frame, &request))),
            None => Ok(Err(AppError::AnalyserMissing)),
        };
        let event = match answer {
            Ok(Ok(seen)) => Event::Analysed(seen),
            Ok(Err(error)) => Event::AnalysisFailed(error.to_string()),
            Err(_panic) => {
                // The networks' buffers may be half-written: start over with new ones.
                worker = None;
                Event::AnalysisFailed("a network panicked; it is loaded afresh".into())
            }
        };
        if around.events.send(event).is_err() {
            return;
        }
        if worker.is_none() {
            worker = (around.load)()
                .inspect_err(|error| tracing::error!(%error, "the networks can't be loaded again"))
                .ok()
                .map(Worker::new);
        }
    }
}

/// Waits for a frame; `None` when there will be none, or nobody to tell.
fn next_frame(around: &Surroundings, inbox: &Receiver<Request>) -> Option<Frame> {
    const PATIENCE: Duration = Duration::from_millis(250);
    loop {
        match around.mailbox.take(PATIENCE) {
            Taken::Frame(frame) => return Some(frame),
            Taken::Closed => return None,
            // Requests come one at a time, so only the end of the channel can be news.
            Taken::TimedOut if inbox.try_recv().err() == Some(TryRecvError::Disconnected) => {
                return None;
            }
            Taken::TimedOut => {}
        }
    }
}

struct Worker {
    analyser: Analyser,
    tracker: Tracker,
    novelty: Novelty,
    light: LightWatch,
    /// Whether the last frame was there before.
    is_repeating: bool,
    frames: u64,
}

impl Worker {
    /// QR codes are looked for in every n-th frame without a face: the search is dear.
    const CLAIM_EVERY: u64 = 3;

    fn new(analyser: Analyser) -> Self {
        Self {
            analyser,
            tracker: Tracker::new(),
            novelty: Novelty::default(),
            light: LightWatch::default(),
            is_repeating: false,
            frames: 0,
        }
    }

    fn look(
        &mut self,
        around: &Surroundings,
        frame: Frame,
        request: &Request,
    ) -> Result<Seen, AppError> {
        let started = Instant::now();
        self.frames += 1;
        let faces = self.analyser.detect(&frame.pixels)?;
        let tracked = self.tracker.follow(&faces, frame.captured);
        let movement = match &tracked {
            _ if !request.demand.movement => None,
            tracked => {
                let face = tracked.as_ref().map(|(face, _)| face);
                let count = faces.len();
                let seen = self
                    .analyser
                    .movement(&frame.pixels, frame.captured, count, face);
                Some(seen?)
            }
        };
        let covered = movement
            .as_ref()
            .filter(|_| request.demand.covers)
            .and_then(|seen| seen.face.as_ref())
            .map_or_else(Covered::default, |face| covered(&frame.pixels, &face.mesh));
        let sighting = match tracked {
            Some((face, track)) => {
                Some(self.examine(around, &frame, face, track, request, movement.as_ref())?)
            }
            None => {
                self.look_for_claim(around, &frame);
                None
            }
        };
        let analysis = Analysis {
            captured: frame.captured,
            sighting,
            movement,
            covered,
            off_hours: request.gallery.is_off_hours(around.clock.utc()),
        };
        Ok(Seen {
            frame,
            faces,
            analysis,
            took: started.elapsed(),
        })
    }

    /// From the cheap to the dear, as far as the face is worth it: quality, template, liveness.
    fn examine(
        &mut self,
        around: &Surroundings,
        frame: &Frame,
        face: Face,
        track: TrackId,
        request: &Request,
        movement: Option<&Observation>,
    ) -> Result<Sighting, AppError> {
        let report = self.analyser.quality(&frame.pixels, &face);
        // A frozen camera, or a picture fed in again, never makes the evidence complete.
        let is_new = self.novelty.is_new(track, frame_print(&frame.pixels));
        let was_repeating = std::mem::replace(&mut self.is_repeating, !is_new);
        if !is_new && !was_repeating {
            tracing::warn!(
                "the camera gives the same frame again: check that nothing feeds it pictures"
            );
        }
        let light = read_light(&mut self.light, &frame.pixels, &face, track, frame.captured);
        let comparable = is_new
            && around.policy.is_at_door(&face)
            && report.quality >= around.policy.quality_floor;
        let mut judged = None;
        let comparison = match &request.demand.comparison {
            Some(against) if comparable => {
                let probe = match movement {
                    // Embedded already; in a challenge a face that can't be aligned is not compared.
                    Some(movement) => movement.face.as_ref().map(|face| &face.template),
                    None if request.demand.liveness => {
                        let (template, pad) =
                            self.analyser.embed_and_judge(&frame.pixels, &face)?;
                        judged = Some(pad.score);
                        Some(template)
                    }
                    None => Some(self.analyser.embed(&frame.pixels, &face)?),
                };
                let now = around.clock.utc();
                let compare = |probe| match against {
                    Against::Gallery => request.gallery.identify(probe, now),
                    Against::Reference(claimed) => request.gallery.verify(probe, claimed, now),
                };
                probe.map(compare).transpose()?
            }
            _ => None,
        };
        // For an enrolment nothing is compared.
        let is_worth_it = match request.demand.comparison {
            Some(_) => comparison.is_some(),
            None => comparable,
        };
        let pad = if request.demand.liveness && is_worth_it {
            let network = match judged {
                Some(score) => score,
                None => self.analyser.liveness(&frame.pixels, &face)?.score,
            };
            let image = self.analyser.image_cues(&frame.pixels, &face);
            Some(fuse_frame(network, &image, &light))
        } else {
            None
        };
        Ok(Sighting {
            track,
            face,
            quality: report.quality,
            guidance: report.guidance,
            comparison,
            pad,
            captured: frame.captured,
        })
    }

    fn look_for_claim(&self, around: &Surroundings, frame: &Frame) {
        if !self.frames.is_multiple_of(Self::CLAIM_EVERY) {
            return;
        }
        match read_claim(&frame.pixels) {
            Some(Ok(subject)) => {
                // A full queue means that the event loop is busy; the code will still be there in the next frame.
                let _ = around.events.try_send(Event::Claimed {
                    subject,
                    by: ClaimSource::QrCode,
                });
            }
            Some(Err(error)) => tracing::warn!(%error, "a QR code was refused"),
            None => {}
        }
    }
}
