//! The contacts at the door: position switch, REX and tamper.
//!
//! A thread waits for edges and reads levels, so that a lost edge loses nothing. What the levels mean,
//! and whether they bounce, is the domain's affair.

use std::fmt::Display;
use std::os::fd::BorrowedFd;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use embedded_hal::digital::InputPin;

use super::wait::{MAX_WAITED, wait};
use super::{DoorError, InputLine};
use crate::domain::Sensor;

/// What came from the contacts.
#[derive(Debug)]
pub enum SensorEvent {
    /// The first level of a contact, or another than before.
    Level { sensor: Sensor, active: bool },
    /// A contact can't be read; it is tried again until it can.
    Lost { sensor: Sensor, error: DoorError },
    /// It can be read again.
    Back(Sensor),
}

/// A thread that watches contacts; it ends when this is dropped.
#[derive(Debug)]
pub struct SensorThread {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl SensorThread {
    /// Lines without edges (a file) are read this often, and a stop is noticed.
    const EVERY: Duration = Duration::from_millis(20);

    /// Watches contacts; `report` runs on the thread, first with the level of each.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn spawn(
        contacts: Vec<(Sensor, InputLine)>,
        report: impl Fn(SensorEvent) + Send + 'static,
    ) -> Result<Self, DoorError> {
        let (stop, stopped) = mpsc::channel();
        let mut contacts: Vec<_> = contacts
            .into_iter()
            .map(|(sensor, line)| Contact::new(sensor, line))
            .collect();
        let thread = thread::Builder::new()
            .name("sensors".into())
            .spawn(move || {
                while is_running(&stopped) {
                    contacts
                        .iter_mut()
                        .for_each(|contact| contact.look(&report));
                    let edges: heapless::Vec<BorrowedFd<'_>, MAX_WAITED> = contacts
                        .iter()
                        .filter_map(|contact| contact.pin.edges())
                        .take(MAX_WAITED)
                        .collect();
                    if let Err(error) = wait(&edges, Some(Self::EVERY)) {
                        tracing::warn!(%error, "the contacts are read without their edges");
                        thread::sleep(Self::EVERY);
                    }
                }
            })
            .map_err(|source| DoorError::Sensors { source })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for SensorThread {
    fn drop(&mut self) {
        self.stop = None;
        if self.thread.take().is_some_and(|t| t.join().is_err()) {
            tracing::error!("the sensors' thread panicked");
        }
    }
}

fn is_running(stopped: &Receiver<()>) -> bool {
    stopped.recv_timeout(Duration::ZERO) == Err(RecvTimeoutError::Timeout)
}

/// One contact and what was last told of it.
#[derive(Debug)]
struct Contact<P> {
    sensor: Sensor,
    pin: P,
    level: Option<bool>,
    is_lost: bool,
}

impl<P: InputPin> Contact<P>
where
    P::Error: Into<DoorError> + Display,
{
    fn new(sensor: Sensor, pin: P) -> Self {
        Self {
            sensor,
            pin,
            level: None,
            is_lost: false,
        }
    }

    /// Reads the level and tells what is new.
    fn look(&mut self, report: &impl Fn(SensorEvent)) {
        let sensor = self.sensor;
        match self.pin.is_high() {
            Ok(active) => {
                if std::mem::take(&mut self.is_lost) {
                    report(SensorEvent::Back(sensor));
                }
                if self.level.replace(active) != Some(active) {
                    report(SensorEvent::Level { sensor, active });
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut self.is_lost, true) {
                    let error = error.into();
                    report(SensorEvent::Lost { sensor, error });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::VecDeque;

    use super::*;

    /// Plays levels back; `None` is a failure. Stricter than hardware: it fails when it has no more.
    struct ScriptedPin(VecDeque<Option<bool>>);

    impl embedded_hal::digital::ErrorType for ScriptedPin {
        type Error = DoorError;
    }

    impl InputPin for ScriptedPin {
        fn is_high(&mut self) -> Result<bool, DoorError> {
            self.0.pop_front().flatten().ok_or(DoorError::Simulated)
        }

        fn is_low(&mut self) -> Result<bool, DoorError> {
            self.is_high().map(|high| !high)
        }
    }

    #[test]
    fn levels_are_told_when_they_change_and_failures_once() {
        let levels = [
            Some(false),
            Some(false),
            Some(true),
            None,
            None,
            Some(true),
            Some(false),
        ];
        let count = levels.len();
        let mut contact = Contact::new(Sensor::Rex, ScriptedPin(levels.into()));
        let told = RefCell::new(Vec::new());
        for _ in 0..count {
            contact.look(&|event| {
                told.borrow_mut().push(match event {
                    SensorEvent::Level { active, .. } => active.to_string(),
                    SensorEvent::Lost { .. } => "lost".into(),
                    SensorEvent::Back(_) => "back".into(),
                });
            });
        }
        assert_eq!(told.take(), ["false", "true", "lost", "back", "false"]);
    }
}
