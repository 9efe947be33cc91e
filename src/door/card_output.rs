//! Tells an access control panel who was let in, from a thread of its own: a frame takes 50 to 70 ms.

use std::hint;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;

use super::wiegand::{WiegandFormat, WiegandFrame, WiegandOutput};
use super::{DoorError, OutputLine};
use crate::domain::SubjectId;

/// A Wiegand output; its thread ends when this is dropped, with what it has begun.
#[derive(Debug)]
pub struct CardOutput {
    format: WiegandFormat,
    facility: u16,
    /// Dropped to end the thread.
    frames: Option<SyncSender<WiegandFrame>>,
    thread: Option<JoinHandle<()>>,
}

impl CardOutput {
    /// Grants that may wait for the wire; people do not come that fast.
    const QUEUE: usize = 4;

    /// Takes two data lines that are at rest.
    ///
    /// # Errors
    /// If the facility code does not fit the format, or the system gives no thread.
    pub fn spawn(
        format: WiegandFormat,
        facility: u16,
        data0: OutputLine,
        data1: OutputLine,
    ) -> Result<Self, DoorError> {
        WiegandFrame::new(format, facility, 0)?;
        let (frames, inbox) = sync_channel(Self::QUEUE);
        let output = WiegandOutput::new(data0, data1, SpinDelay);
        let thread = thread::Builder::new()
            .name("wiegand".into())
            .spawn(move || send_all(output, &inbox))
            .map_err(|source| DoorError::CardThread { source })?;
        Ok(Self {
            format,
            facility,
            frames: Some(frames),
            thread: Some(thread),
        })
    }

    /// Sends the number of somebody who was let in, without waiting for it.
    ///
    /// # Errors
    /// If the ID number is no card number, or the thread does not keep up.
    pub fn tell(&self, subject: &SubjectId) -> Result<(), DoorError> {
        let frame = WiegandFrame::of(self.format, self.facility, subject)?;
        let sent = self.frames.as_ref().map(|frames| frames.try_send(frame));
        match sent {
            Some(Ok(())) => Ok(()),
            _ => Err(DoorError::CardQueue),
        }
    }
}

impl Drop for CardOutput {
    fn drop(&mut self) {
        self.frames = None;
        if self.thread.take().is_some_and(|t| t.join().is_err()) {
            tracing::error!("the Wiegand thread panicked");
        }
    }
}

fn send_all<P: OutputPin>(mut output: WiegandOutput<P, SpinDelay>, inbox: &Receiver<WiegandFrame>) {
    while let Ok(frame) = inbox.recv() {
        if let Err(error) = output.send(frame) {
            tracing::error!(
                ?error,
                "the Wiegand lines don't follow: the panel was not told"
            );
        }
    }
}

/// Sleeps through a gap, and spins through a pulse, which is shorter than the kernel's timer slack.
#[derive(Debug)]
struct SpinDelay;

impl DelayNs for SpinDelay {
    fn delay_ns(&mut self, ns: u32) {
        const SHORTEST_SLEEP: Duration = Duration::from_millis(1);
        let span = Duration::from_nanos(ns.into());
        let start = Instant::now();
        if span >= SHORTEST_SLEEP {
            thread::sleep(span);
        }
        while start.elapsed() < span {
            hint::spin_loop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::SimulatedPin;

    #[test]
    fn a_card_is_sent_and_the_lines_come_to_rest() {
        let pins = [(); 2].map(|()| SimulatedPin::new(true));
        let [data0, data1] = pins.clone().map(OutputLine::Simulated);
        let output = CardOutput::spawn(WiegandFormat::Bits26, 18, data0, data1).unwrap();
        output.tell(&"1234".parse().unwrap()).unwrap();
        let error = output.tell(&"A-17".parse().unwrap()).unwrap_err();
        assert!(!error.to_string().contains("A-17"), "{error}");
        drop(output);
        assert_eq!(
            pins.each_ref().map(SimulatedPin::is_active),
            [Some(false); 2]
        );
    }

    #[test]
    fn a_facility_code_that_does_not_fit_is_refused_at_the_start() {
        let line = || OutputLine::Simulated(SimulatedPin::new(false));
        let spawned = CardOutput::spawn(WiegandFormat::Bits26, 256, line(), line());
        assert!(spawned.unwrap_err().to_string().contains("255"));
    }

    #[test]
    fn a_delay_is_never_too_short() {
        for us in [50, 2_000] {
            let start = Instant::now();
            SpinDelay.delay_us(us);
            assert!(start.elapsed() >= Duration::from_micros(us.into()));
        }
    }
}
