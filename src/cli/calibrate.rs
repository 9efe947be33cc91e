//! `ostiary calibrate`: fit the liveness scale to this door's camera.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;
use time::UtcDateTime;

use crate::app::{self, AppError, Fitting, SiteError, SiteFile, SystemClock};
use crate::capture::{self, Taken};
use crate::config::Board;
use crate::domain::{Clock, Policy, SiteCalibration};
use crate::vision::Analyser;

use super::answer::{Answer, Exit};
use super::context::Context;
use super::error::CliError;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Board file: the camera to calibrate [default: /etc/ostiary/board.toml, else the simulated board]
    #[arg(long, value_name = "FILE")]
    board: Option<PathBuf>,
    /// How long live people look into the camera
    #[arg(long, value_name = "S", default_value_t = 180)]
    seconds: u64,
    /// How long you then hold a phone with a face up to it, to see what the scale is worth
    #[arg(long, value_name = "S", default_value_t = 0)]
    attack_seconds: u64,
    /// Share of live people who may be refused, 0.005 to 0.25
    #[arg(long, value_name = "RATE", default_value_t = 0.05)]
    bpcer: f32,
}

#[derive(Debug, Serialize)]
struct Calibrated {
    camera: String,
    /// Frames of live people that the scale rests on.
    presentations: usize,
    liveness_frames: u8,
    bpcer: f32,
    /// PAD score from which the door takes a face for bona fide.
    threshold: f32,
    /// Decisions on the attack's frames, and the share of them that passed.
    attack_decisions: Option<usize>,
    apcer: Option<f64>,
    file: PathBuf,
}

/// Collects the liveness outputs of live people at the door's camera, fits the scale and keeps it in the data
/// folder, where `run` finds it.
///
/// # Errors
/// If the camera or the networks can't be used, or too few usable frames came.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Answer, CliError> {
    let board = app::board(arguments.board.as_deref())?;
    let policy = &context.config.policy;
    let state = context.state();
    state.create()?;
    let mut analyser = context.analyser()?;
    let fitting = Fitting::here(&board.camera.identity(), &analyser, policy)?;

    tell(
        "let people walk up and look into the camera, several if you can, in the light of the place",
    );
    let live = collect(&board, policy, &mut analyser, arguments.seconds)?;
    let frames = policy.liveness_frames;
    let site = SiteCalibration::fit(&live, frames, arguments.bpcer)
        .map_err(|error| AppError::from(SiteError::from(error)))?;
    let attack = if arguments.attack_seconds == 0 {
        None
    } else {
        wait_for_the_phone();
        let outputs = collect(&board, policy, &mut analyser, arguments.attack_seconds)?;
        Some(passed(&site, &outputs, frames))
    };

    let file = state.site_calibration();
    let kept = SiteFile::new(fitting.clone(), arguments.bpcer, &site, UtcDateTime::now());
    kept.write(&file).map_err(AppError::from)?;
    answer(&Calibrated {
        camera: fitting.camera,
        presentations: live.len(),
        liveness_frames: frames,
        bpcer: arguments.bpcer,
        threshold: site.threshold().get(),
        attack_decisions: attack.map(|(_, decisions)| decisions),
        apcer: attack
            .filter(|&(_, decisions)| decisions > 0)
            .map(|(passed, decisions)| passed as f64 / decisions as f64),
        file,
    })
}

/// The liveness outputs of every frame, within the time, whose face the door would look at.
fn collect(
    board: &Board,
    policy: &Policy,
    analyser: &mut Analyser,
    seconds: u64,
) -> Result<Vec<f32>, CliError> {
    const PATIENCE: Duration = Duration::from_millis(250);
    analyser.preload()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    // Opened here once, so that a camera that isn't there is an error and not a long silence.
    drop(app::open_camera(board, &clock)?);
    let camera = {
        let board = board.clone();
        capture::spawn(
            move || app::open_camera(&board, &clock),
            |event| tracing::debug!(?event, "camera"),
        )?
    };
    let mailbox = camera.mailbox();
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut outputs = Vec::new();
    while Instant::now() < end {
        let frame = match mailbox.take(PATIENCE) {
            Taken::Frame(frame) => frame,
            Taken::TimedOut => continue,
            Taken::Closed => break,
        };
        let Some(face) = analyser.detect(&frame.pixels)?.first().copied() else {
            continue;
        };
        let quality = analyser.quality(&frame.pixels, &face).quality;
        if policy.is_at_door(&face) && quality >= policy.quality_floor {
            let result = analyser.liveness(&frame.pixels, &face)?;
            outputs.push(result.attack);
            progress(outputs.len(), end);
        }
    }
    camera.stop();
    Ok(outputs)
}

/// How many decisions the frames would make, taken `frames` at a time, and how many of them would pass.
fn passed(site: &SiteCalibration, outputs: &[f32], frames: u8) -> (usize, usize) {
    let scores: Vec<f32> = outputs
        .iter()
        .map(|&attack| site.score(attack).get())
        .collect();
    let decisions = scores.chunks_exact(usize::from(frames.max(1)));
    let count = decisions.len();
    let passes = decisions
        .filter(|chunk| chunk.iter().sum::<f32>() / chunk.len() as f32 >= site.threshold().get())
        .count();
    (passes, count)
}

fn answer(calibrated: &Calibrated) -> Result<Answer, CliError> {
    let Calibrated {
        camera,
        presentations,
        threshold,
        ..
    } = calibrated;
    let mut text = format!(
        "{camera}: fitted to {presentations} frames of live people, threshold {threshold:.3}\n"
    );
    if let (Some(decisions), Some(apcer)) = (calibrated.attack_decisions, calibrated.apcer) {
        let percent = 100.0 * apcer;
        text += &format!("the attack passed in {percent:.0} % of {decisions} decisions\n");
        if apcer > 0.2 {
            text +=
                "that is a lot: raise policy.liveness_frames or --bpcer, and change the light\n";
        }
    }
    text += &format!("kept in {}; restart the door", calibrated.file.display());
    Answer::new(Exit::Yes, text, calibrated)
}

/// Lets the installer fetch a phone, where there is an installer.
fn wait_for_the_phone() {
    if io::stdin().is_terminal() {
        tell("now hold a phone that shows a face up to the camera, and press Enter");
        // An input that can't be read asks for no wait.
        let _ = io::stdin().read_line(&mut String::new());
    }
}

fn tell(what: &str) {
    // Nothing can be done about a standard error that is closed.
    let _ = writeln!(io::stderr(), "{what}");
}

fn progress(frames: usize, end: Instant) {
    if io::stderr().is_terminal() {
        let left = end.saturating_duration_since(Instant::now()).as_secs();
        let _ = write!(io::stderr(), "\r{frames} frames, {left} s left ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attack_is_judged_as_the_door_would_judge_it() {
        let live: Vec<f32> = (0..20u8).map(|i| f32::from(i) / 20.0).collect();
        let site = SiteCalibration::fit(&live, 2, 0.05).unwrap();
        let screen = [0.99; 5];
        assert_eq!(passed(&site, &screen, 2), (0, 2));
        assert_eq!(passed(&site, &live, 2).1, 10);
        assert!(passed(&site, &live, 2).0 >= 7);
        assert_eq!(passed(&site, &[], 2), (0, 0));
    }
}
