//! A network on a thread of its own, which works beside the caller's.
//!
//! Runs are done in the order in which they were begun; so many may wait.

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

use super::VisionError;
use super::network::Network;
use super::pad::MAX_CROPS;

/// Runs a network while the caller does something else. The thread lives as long as this, so that no run has to start one.
pub(super) struct Companion {
    /// The network's, for messages.
    id: String,
    /// `None` from when the thread is to end.
    inputs: Option<SyncSender<(Vec<f32>, usize)>>,
    runs: Receiver<Run>,
    thread: Option<JoinHandle<()>>,
}

/// A run that is over.
pub(super) struct Run {
    /// The buffer that it was given.
    pub input: Vec<f32>,
    /// The value that was asked for; NaN if the network has no such one.
    pub value: Result<f32, VisionError>,
}

impl Companion {
    /// Runs that may wait.
    const WAITING: usize = MAX_CROPS;

    /// Starts the thread. `id` is the network's.
    ///
    /// # Errors
    /// [`VisionError::ModelRejected`] if the system has no thread to give.
    pub fn start(id: &str, mut network: impl Network + 'static) -> Result<Self, VisionError> {
        let (inputs, given) = mpsc::sync_channel::<(Vec<f32>, usize)>(Self::WAITING);
        let (done, runs) = mpsc::sync_channel(Self::WAITING);
        let work = move || {
            for (input, index) in given {
                let value = value(&mut network, &input, index);
                if done.send(Run { input, value }).is_err() {
                    break;
                }
            }
        };
        let thread = thread::Builder::new().name("liveness".into()).spawn(work);
        let thread = thread.map_err(|error| VisionError::ModelRejected {
            id: id.to_owned(),
            reason: format!("no thread for it: {error}"),
        })?;
        Ok(Self {
            id: id.to_owned(),
            inputs: Some(inputs),
            runs,
            thread: Some(thread),
        })
    }

    /// Begins a run that gives the output value at `index`, all outputs in a row; [`Companion::finish`] is to follow. If
    /// the thread is gone, that tells.
    pub fn begin(&self, input: Vec<f32>, index: usize) {
        if let Some(inputs) = &self.inputs {
            let _ = inputs.send((input, index));
        }
    }

    /// Waits for the first run that was begun and not yet finished.
    ///
    /// # Errors
    /// [`VisionError::Inference`] if the thread is gone.
    pub fn finish(&self) -> Result<Run, VisionError> {
        self.runs.recv().map_err(|_| VisionError::Inference {
            id: self.id.clone(),
            reason: "its thread has ended".into(),
        })
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        self.inputs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(network = self.id, "the network's thread has panicked");
        }
    }
}

/// The output value at `index`, all outputs in a row; NaN if there is none.
pub(super) fn value(
    network: &mut impl Network,
    input: &[f32],
    index: usize,
) -> Result<f32, VisionError> {
    let outputs = network.run(input)?;
    let value = outputs.iter().flatten().nth(index);
    Ok(value.copied().unwrap_or(f32::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives the input's sum and its length, and can't bear an empty one.
    struct Sum([Vec<f32>; 2]);

    impl Network for Sum {
        fn run(&mut self, input: &[f32]) -> Result<&[Vec<f32>], VisionError> {
            assert!(!input.is_empty(), "on purpose");
            if input.len() > 3 {
                return Err(VisionError::NoFace);
            }
            self.0 = [vec![input.iter().sum()], vec![input.len() as f32]];
            Ok(&self.0)
        }

        fn input_len(&self) -> usize {
            3
        }
    }

    fn companion() -> Companion {
        Companion::start("sum", Sum([vec![], vec![]])).unwrap()
    }

    fn run(companion: &Companion, input: &[f32], index: usize) -> Result<Run, VisionError> {
        companion.begin(input.to_vec(), index);
        companion.finish()
    }

    #[test]
    fn each_run_gives_its_value_and_the_buffer_back() {
        let companion = companion();
        for (index, expected) in [(0, 6.0), (1, 3.0), (0, 6.0)] {
            let run = run(&companion, &[1.0, 2.0, 3.0], index).unwrap();
            assert_eq!(run.value.unwrap(), expected);
            assert_eq!(run.input, [1.0, 2.0, 3.0]);
        }
        assert!(run(&companion, &[1.0], 2).unwrap().value.unwrap().is_nan());
    }

    #[test]
    fn runs_that_wait_end_in_the_order_in_which_they_began() {
        let companion = companion();
        for sum in [7.0, 8.0, 9.0] {
            companion.begin(vec![sum], 0);
        }
        for sum in [7.0, 8.0, 9.0] {
            assert_eq!(companion.finish().unwrap().value.unwrap(), sum);
        }
    }

    #[test]
    fn an_error_is_told_and_the_next_run_goes_on() {
        let companion = companion();
        assert!(run(&companion, &[0.0; 4], 0).unwrap().value.is_err());
        assert_eq!(run(&companion, &[5.0], 0).unwrap().value.unwrap(), 5.0);
    }

    #[test]
    fn a_thread_that_is_gone_is_an_error_each_time() {
        let companion = companion();
        for _ in 0..2 {
            let gone = run(&companion, &[], 0).err().unwrap().to_string();
            assert!(gone.contains("network sum failed"), "{gone}");
        }
    }
}
