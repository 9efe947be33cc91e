//! The event loop: events into the transaction, effects out to the hardware.
//!
//! It alone performs effects, in the order the transaction gives them: a decision that could not be
//! recorded is not acted upon, and a strike that could not be driven is told as out of service.

mod enrolling;
mod shown;
mod told;
mod vigil;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use crate::capture::{CameraEvent, Mailbox};
use crate::domain::{
    Alarm, BoundingBox, BrokerWatch, Clock, DecisionRecord, DoorEffect, DoorEvent, DoorInput,
    Effect, Fault, Frame, Gallery, Input, Screen, Signals, Supervision, Transaction, clock_is_set,
};
use crate::door::{CardOutput, GuardedStrike, Signalling, StrikeState};
use crate::panel::{Language, Panel};
use crate::telemetry::{AuditLog, DecisionMessage, DeviceName, EventSink};

use super::AppError;
use super::analysis::{AnalysisThread, Request, Seen};
use super::enrolment_thread::Storing;
use super::event::Event;
use super::observer::Observer;
use super::service::Service;
use shown::Pace;
use vigil::Vigil;

/// How often time passes for the transaction and the strike while nothing happens.
const TICK: Duration = Duration::from_millis(20);

/// What the event loop drives.
pub struct Outside<'s> {
    pub strike: GuardedStrike,
    pub signalling: Signalling,
    /// An access control panel that is told who was let in.
    pub cards: Option<CardOutput>,
    pub panel: Box<dyn Panel>,
    /// The camera's picture, as it comes.
    pub viewfinder: Arc<Mailbox>,
    pub audit: AuditLog,
    pub sink: &'s mut dyn EventSink,
    /// The way to whoever stores people enrolled at the door.
    pub enroller: Sender<Storing>,
    /// Who watches: the preview page, the demo's printing.
    pub observer: Box<dyn Observer>,
    pub service: Service,
}

/// Who the door is.
pub struct Identity {
    pub device: DeviceName,
    pub language: Language,
}

/// One door at work.
pub struct Kiosk<'s> {
    clock: Arc<dyn Clock>,
    identity: Identity,
    outside: Outside<'s>,
    gallery: Arc<Gallery>,
    transaction: Transaction,
    leaf: Supervision,
    broker: BrokerWatch,
    screen: Screen,
    picture: Option<(Frame, Option<BoundingBox>)>,
    pace: Pace,
    vigil: Vigil,
    /// The message of the decision in hand: one for the log and the broker alike.
    message: Option<(DecisionRecord, DecisionMessage)>,
    clock_is_set: bool,
}

impl<'s> Kiosk<'s> {
    /// A door at rest.
    #[must_use]
    pub fn new(
        clock: Arc<dyn Clock>,
        identity: Identity,
        transaction: Transaction,
        leaf: Supervision,
        gallery: Arc<Gallery>,
        outside: Outside<'s>,
    ) -> Self {
        let vigil = Vigil::begin(clock.now());
        Self {
            clock,
            identity,
            outside,
            gallery,
            transaction,
            leaf,
            broker: BrokerWatch::default(),
            screen: Screen::Idle,
            picture: None,
            pace: Pace::default(),
            vigil,
            message: None,
            clock_is_set: true,
        }
    }

    /// Serves the door until it is told to stop, the recording ends, or `max_frames` were analysed.
    ///
    /// # Errors
    /// If the door can't be brought to rest at the end; everything else is reported and survived.
    pub fn run(
        mut self,
        events: &Receiver<Event>,
        analysis: &AnalysisThread,
        max_frames: Option<u64>,
    ) -> Result<(), AppError> {
        let mut frames = 0;
        self.step(Input::Tick);
        self.outside.service.ready(self.serves());
        analysis.request(self.request());
        while max_frames.is_none_or(|max| frames < max) {
            match events.recv_timeout(TICK) {
                Ok(Event::Stop | Event::Camera(CameraEvent::Ended))
                | Err(RecvTimeoutError::Disconnected) => break,
                Ok(Event::Analysed(seen)) => {
                    frames += 1;
                    self.vigil.looked(self.clock.now());
                    self.take_seen(seen);
                    analysis.request(self.request());
                }
                Ok(Event::AnalysisFailed(reason)) => {
                    frames += 1;
                    self.vigil.looked(self.clock.now());
                    tracing::error!(reason, "a frame could not be analysed");
                    self.step(Input::Fault(Fault::AnalysisFailed));
                    analysis.request(self.request());
                }
                Ok(Event::Camera(CameraEvent::Lost(reason))) => {
                    tracing::error!(reason, "the camera is lost");
                    self.vigil.camera(self.clock.now(), false);
                    self.step(Input::Fault(Fault::CameraLost));
                }
                Ok(Event::GalleryChanged(gallery)) => {
                    tracing::info!(
                        subjects = gallery.subjects().len(),
                        "the gallery has changed"
                    );
                    self.gallery = gallery;
                    self.step(Input::GalleryChanged);
                }
                Ok(Event::Camera(CameraEvent::Back)) => {
                    tracing::info!("the camera is back");
                    self.vigil.camera(self.clock.now(), true);
                }
                Ok(Event::Claimed { subject, by }) => {
                    tracing::info!(?by, "a reference was claimed");
                    self.step(Input::Claimed(subject));
                }
                Ok(Event::Sensed { sensor, active }) => {
                    self.watch_leaf(DoorInput::Sensed { sensor, active });
                }
                Ok(Event::Enrolment(request)) => self.take_request(request),
                Ok(Event::EnrolmentSaved { id, end }) => {
                    self.step(Input::EnrolmentSaved { id, end });
                }
                Err(RecvTimeoutError::Timeout) => self.step(Input::Tick),
            }
            self.watch_leaf(DoorInput::Tick);
            self.watch_clock();
            self.watch_broker();
            self.hold_strike();
            self.refresh();
            if !self.vigil.is_stuck(self.clock.now()) {
                self.outside.service.alive();
            }
        }
        self.outside.service.stopping();
        self.outside.strike.secure().map_err(AppError::from)
    }

    fn request(&self) -> Request {
        Request {
            demand: self.transaction.demand(),
            gallery: Arc::clone(&self.gallery),
        }
    }

    fn take_seen(&mut self, seen: Seen) {
        self.outside.observer.seen(&seen);
        let face = seen
            .analysis
            .sighting
            .as_ref()
            .map(|sighting| sighting.face.bounds);
        self.keep(seen.frame, face);
        self.step(Input::Analysed(seen.analysis));
        self.draw();
    }

    /// Moves the transaction on. If an effect fails, those behind it are not done.
    fn step(&mut self, input: Input) {
        let effects = self.transaction.step(self.clock.now(), input);
        for effect in effects {
            if let Err(fault) = self.perform(effect) {
                self.break_down(fault);
                return;
            }
        }
    }

    /// Tells the transaction of a failed effect. It answers with a screen only, so this can't go in circles.
    fn break_down(&mut self, fault: Fault) {
        for effect in self.transaction.step(self.clock.now(), Input::Fault(fault)) {
            match effect {
                Effect::Show(screen) => self.show(screen),
                Effect::Enrolment(update) => self.note_enrolment(&update),
                _ => {}
            }
        }
    }

    fn perform(&mut self, effect: Effect) -> Result<(), Fault> {
        match effect {
            Effect::Record(record) => self.record(record).map_err(|error| {
                tracing::error!(%error, "a decision could not be recorded and is not acted upon");
                Fault::AuditUnavailable
            }),
            Effect::ReleaseStrike(span) => self.release(span),
            Effect::Show(screen) => {
                if let (Screen::Granted(subject), Some(cards)) = (&screen, &self.outside.cards)
                    && let Err(error) = cards.tell(subject)
                {
                    tracing::warn!(%error, "the access control panel is not told");
                }
                self.show(screen);
                Ok(())
            }
            Effect::Publish(record) => {
                self.publish(&record);
                self.tell_duress(&record)
            }
            Effect::Report(event) => self.report(event),
            Effect::Enrolment(update) => self.tell_enrolment(&update),
            Effect::Enrol(capture) => {
                self.store(capture);
                Ok(())
            }
        }
    }

    /// Moves the supervision of the door leaf on. Somebody is let out even if that can't be recorded.
    fn watch_leaf(&mut self, input: DoorInput) {
        let asked = self.leaf.wants_closing();
        for effect in self.leaf.step(self.clock.now(), input) {
            let done = match effect {
                DoorEffect::Release(span) => self.release(span),
                DoorEffect::Report(event) => self.report(event),
            };
            if let Err(fault) = done {
                self.break_down(fault);
            }
        }
        if self.leaf.wants_closing() != asked {
            self.draw();
        }
        let signals = Signals::of(&self.screen, &self.leaf);
        if let Err(error) = self.outside.signalling.show(signals) {
            tracing::warn!(%error, "a lamp or the buzzer does not follow");
        }
    }

    /// A clock that is not set, as on a board that starts without battery and network, keeps those out whose
    /// hours depend on it. That is told as it begins and as it ends.
    fn watch_clock(&mut self) {
        let is_set = clock_is_set(self.clock.utc());
        if is_set == self.clock_is_set {
            return;
        }
        self.clock_is_set = is_set;
        let event = if is_set {
            tracing::info!("the clock is set");
            DoorEvent::Cleared(Alarm::ClockUnset)
        } else {
            tracing::warn!("the clock is not set: nobody can tell whose hours it is");
            DoorEvent::Raised(Alarm::ClockUnset)
        };
        if let Err(fault) = self.report(event) {
            self.break_down(fault);
        }
    }

    /// The door decides without the broker, and keeps what it has to tell; only the panel says so.
    fn watch_broker(&mut self) {
        let was_offline = self.broker.is_offline();
        let is_there = self.outside.sink.reaches_broker();
        self.broker.see(self.clock.now(), is_there);
        if self.broker.is_offline() != was_offline {
            self.draw();
        }
    }

    fn release(&mut self, span: Duration) -> Result<(), Fault> {
        let now = self.clock.now();
        self.outside.strike.release(now, span).map_err(|error| {
            tracing::error!(%error, "the strike does not release");
            Fault::StrikeFailed
        })?;
        self.outside.observer.door(true);
        self.watch_leaf(DoorInput::Released { until: now + span });
        Ok(())
    }

    /// Ends the release in time. A strike that does not follow is told once, and tried again at every tick.
    fn hold_strike(&mut self) {
        let before = self.outside.strike.state();
        match self.outside.strike.poll(self.clock.now()) {
            Err(error) if before != StrikeState::Failed => {
                tracing::error!(%error, "the strike does not follow");
                self.break_down(Fault::StrikeFailed);
            }
            _ => {}
        }
        if matches!(before, StrikeState::Released { .. }) && !self.is_released() {
            self.outside.observer.door(false);
        }
    }

    fn is_released(&self) -> bool {
        matches!(self.outside.strike.state(), StrikeState::Released { .. })
    }
}
