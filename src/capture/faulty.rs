//! A camera that does what a test tells it to, faults included.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use image::RgbImage;

use super::{Camera, CaptureError};
use crate::domain::{Clock, Frame};

/// What the camera does when it is asked for a frame.
#[derive(Debug)]
pub enum Step {
    Frame(RgbImage),
    Fail(CaptureError),
    /// Keeps the caller waiting before the next step.
    Stall(Duration),
}

/// Stand-in for a camera that misbehaves: plays its script, then ends.
pub struct FaultyCamera {
    script: VecDeque<Step>,
    clock: Arc<dyn Clock>,
    sequence: u64,
}

impl FaultyCamera {
    /// A camera that takes one step of `script` after the other.
    pub fn new(script: impl IntoIterator<Item = Step>, clock: Arc<dyn Clock>) -> Self {
        Self {
            script: script.into_iter().collect(),
            clock,
            sequence: 0,
        }
    }
}

impl Camera for FaultyCamera {
    fn next_frame(&mut self) -> Result<Frame, CaptureError> {
        loop {
            match self.script.pop_front() {
                Some(Step::Frame(pixels)) => {
                    let sequence = self.sequence;
                    self.sequence += 1;
                    return Ok(Frame {
                        pixels: Arc::new(pixels),
                        captured: self.clock.now(),
                        sequence,
                    });
                }
                Some(Step::Fail(error)) => return Err(error),
                Some(Step::Stall(span)) => thread::sleep(span),
                None => return Err(CaptureError::EndOfReplay(self.describe().into())),
            }
        }
    }

    fn describe(&self) -> &str {
        "faulty camera"
    }
}
