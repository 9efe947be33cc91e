//! A frame's way through the threads of a door, from the camera's bytes to the event that tells what it shows.

use std::fs;
use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use indicatif::ProgressBar;
use tempfile::NamedTempFile;

use super::{FRAME, Stage, measure};
use crate::app::{self, AnalysisThread, Event, Request, Surroundings, SystemClock};
use crate::capture::{self, CaptureThread, Replay, ReplayOptions};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::domain::{Against, Clock, Demand, Gallery, Policy};
use crate::vision::Analyser;

/// The camera is always ahead of the analysis.
const OPTIONS: ReplayOptions = ReplayOptions {
    fps: 240.0,
    repeat: true,
    least_width: None,
};
/// Frames that make threads and buffers warm: the recording once round.
const WARM_UP: u32 = 12;

/// Runs frames of somebody who stands at the door through capture and analysis, each looked at with all that a door may
/// demand: compared with the gallery, and judged for liveness. Memory is counted over all threads.
pub(super) fn measured(
    context: &Context,
    runs: u32,
    bar: &ProgressBar,
    gallery: Gallery,
) -> Result<Stage, CliError> {
    let recording = recording()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let camera = replay(&recording, &clock)?;
    let (events, inbox) = sync_channel(1);
    let (models, options) = (context.models()?, Context::vision_options());
    let analysis = AnalysisThread::spawn(Surroundings {
        load: Box::new(move || {
            let mut analyser = Analyser::load(&models, &options)?;
            analyser.preload()?;
            Ok(analyser)
        }),
        mailbox: camera.mailbox(),
        policy: Policy::default(),
        clock,
        events,
    })?;
    let request = Request {
        demand: Demand {
            comparison: Some(Against::Gallery),
            liveness: true,
            movement: false,
            covers: false,
        },
        gallery: Arc::new(gallery),
    };
    let look = || {
        analysis.request(request.clone());
        judged(&inbox)
    };
    for _ in 0..WARM_UP {
        look()?;
    }
    measure(runs, bar, look)
}

/// Waits for the frame's event. It must have passed all stages, or the figures would be those of less work.
fn judged(inbox: &Receiver<Event>) -> Result<(), CliError> {
    let reason = match inbox.recv() {
        Ok(Event::Analysed(seen)) => match seen.analysis.sighting {
            Some(sighting) if sighting.comparison.is_some() && sighting.pad.is_some() => {
                return Ok(());
            }
            _ => "a frame of the demo was not compared and judged for liveness".into(),
        },
        Ok(Event::AnalysisFailed(reason)) => reason,
        Ok(_) | Err(_) => "the frames of the demo have ended".into(),
    };
    Err(CliError::Bench(reason))
}

fn replay(recording: &NamedTempFile, clock: &Arc<dyn Clock>) -> Result<CaptureThread, CliError> {
    let (path, clock) = (recording.path().to_owned(), Arc::clone(clock));
    let open = move || Ok(Box::new(Replay::open(&path, OPTIONS, Arc::clone(&clock))?) as _);
    Ok(capture::spawn(open, |_| {})?)
}

/// The demo's frames of the enrolled person as MJPEG.
fn recording() -> Result<NamedTempFile, CliError> {
    let mut folder = app::find_resource(FRAME)?;
    folder.pop();
    let reading = |source| CliError::File {
        path: folder.clone(),
        source,
    };
    let mut frames = Vec::new();
    for entry in fs::read_dir(&folder).map_err(reading)? {
        let path = entry.map_err(reading)?.path();
        if path.to_string_lossy().ends_with("-enrolled.jpg") {
            frames.push(path);
        }
    }
    frames.sort();
    let mut recording = NamedTempFile::new().map_err(reading)?;
    for path in frames {
        let bytes = fs::read(&path).map_err(|source| CliError::File { path, source })?;
        recording.write_all(&bytes).map_err(reading)?;
    }
    Ok(recording)
}
