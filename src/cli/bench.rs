//! `ostiary bench`: how long each stage takes on this machine.

mod door;
mod panels;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;
use time::UtcDateTime;

use crate::app;
use crate::capture::FrameDecoder;
use crate::domain::{Gallery, Polarity, Reference, Subject, SubjectId, Template};
use crate::vision::{Analyser, VisionError};

use super::answer::{Answer, Exit};
use super::context::Context;
use super::error::CliError;
use super::progress;

/// In the order in which a frame passes them; then all of them on one thread, and the way through a door's threads.
const STAGES: [&str; 9] = [
    "decode", "detect", "quality", "align", "embed", "pad", "search", "total", "door",
];
/// A frame of the demo in which the enrolled person is seen.
const FRAME: &str = "boards/sim/frames/016-enrolled.jpg";
/// Templates in the gallery that is searched.
const GALLERY: u32 = 10_000;
/// Frames of the demo that memory and the first decision are measured with; enough for a grant with liveness.
const DEMO_FRAMES: &str = "24";

#[derive(Debug, Args)]
pub struct Arguments {
    /// Picture with a face [default: a frame of the demo, 640x480]
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    /// Runs of each stage after the warm-up
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    runs: u32,
}

/// Times of one stage.
#[derive(Debug, Clone, Copy, Serialize)]
struct Stage {
    median_ms: f64,
    p99_ms: f64,
    /// Times that memory was asked for in one run, on average.
    allocations: f64,
}

#[derive(Debug, Serialize)]
struct Bench {
    stages: BTreeMap<&'static str, Stage>,
    /// A picture of the camera on a screen, or the whole screen where the panel is too small for pictures.
    panels: BTreeMap<String, Stage>,
    /// Peak resident memory of the demo.
    rss_mb: f64,
    /// From the start of the program to its first analysed frame.
    cold_start_ms: f64,
    /// From the start of the program to its first decision.
    first_decision_ms: Option<f64>,
    /// What the networks compute in.
    precision: String,
    gallery_templates: u32,
    /// What the gallery is searched with on this processor.
    search_instructions: &'static str,
}

/// Times the stages on one picture, then runs the demo for its memory and cold start.
///
/// # Errors
/// If the picture or the networks can't be used, or the demo fails.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Answer, CliError> {
    let path = match &arguments.image {
        Some(path) => path.clone(),
        None => app::find_resource(FRAME)?,
    };
    let name = path.display().to_string();
    let bytes = fs::read(&path).map_err(|source| CliError::File {
        path: path.clone(),
        source,
    })?;
    let mut decoder = FrameDecoder::new(None);
    let image = decoder.decode(&bytes, &name)?;
    let mut analyser = context.analyser()?;
    analyser.preload()?;
    let face = *analyser.detect(&image)?.first().ok_or(CliError::Face {
        path,
        source: VisionError::NoFace,
    })?;
    let gallery = random_gallery(&analyser)?;
    let probe = analyser.embed(&image, &face)?.clone();
    let now = UtcDateTime::now();

    let bar = progress::bar(
        (STAGES.len() + panels::SIZES.len()) * arguments.runs as usize,
        "stages",
    );
    let runs = arguments.runs;
    let decode = measure(runs, &bar, || Ok(decoder.decode(&bytes, &name)?))?;
    let detect = measure(runs, &bar, || Ok(analyser.detect(&image)?))?;
    let quality = measure(runs, &bar, || Ok(analyser.quality(&image, &face)))?;
    let align = measure(runs, &bar, || Ok(analyser.align(&image, &face)?))?;
    let embed = measure(runs, &bar, || Ok(analyser.embed_aligned().map(drop)?))?;
    let pad = measure(runs, &bar, || Ok(analyser.liveness(&image, &face)?))?;
    let search = measure(runs, &bar, || Ok(gallery.identify(&probe, now)?))?;
    let total = measure(runs, &bar, || {
        let image = decoder.decode(&bytes, &name)?;
        let faces = analyser.detect(&image)?;
        let face = faces.first().copied().unwrap_or(face);
        let quality = analyser.quality(&image, &face);
        let probe = analyser.embed(&image, &face)?;
        let found = gallery.identify(probe, now)?;
        Ok((quality, found, analyser.liveness(&image, &face)?))
    })?;
    let door = door::measured(context, runs, &bar, gallery)?;
    let panels = panels::measured(runs, &bar, &image, &face)?;
    bar.finish_and_clear();

    let demo = run_demo(context)?;
    let bench = Bench {
        stages: BTreeMap::from([
            ("decode", decode),
            ("detect", detect),
            ("quality", quality),
            ("align", align),
            ("embed", embed),
            ("pad", pad),
            ("search", search),
            ("total", total),
            ("door", door),
        ]),
        panels,
        rss_mb: demo.rss_mb,
        cold_start_ms: demo.first_frame_ms.unwrap_or(f64::NAN),
        first_decision_ms: demo.first_decision_ms,
        precision: analyser.precision(),
        gallery_templates: GALLERY,
        search_instructions: Gallery::instructions(),
    };
    Answer::new(Exit::Yes, in_words(&bench), &bench)
}

fn in_words(bench: &Bench) -> String {
    let mut lines = vec![format!(
        "Networks: {}; gallery of {GALLERY} templates, searched with {}",
        bench.precision, bench.search_instructions
    )];
    lines.push("stage     median ms    p99 ms  allocations".into());
    for name in STAGES {
        if let Some(stage) = bench.stages.get(name) {
            lines.push(format!(
                "{name:<8} {:>10.2} {:>9.2} {:>12.0}",
                stage.median_ms, stage.p99_ms, stage.allocations
            ));
        }
    }
    lines.extend(panels::in_words(&bench.panels));
    lines.push(format!(
        "Demo: peak memory {:.0} MB, first frame after {:.0} ms",
        bench.rss_mb, bench.cold_start_ms
    ));
    if let Some(first) = bench.first_decision_ms {
        lines.push(format!("      first decision after {first:.0} ms"));
    }
    lines.join("\n")
}

/// Times `runs` runs of a stage after two to warm up.
fn measure<T>(
    runs: u32,
    bar: &indicatif::ProgressBar,
    mut stage: impl FnMut() -> Result<T, CliError>,
) -> Result<Stage, CliError> {
    for _ in 0..2 {
        black_box(stage()?);
    }
    let mut times = Vec::with_capacity(runs as usize);
    let before = app::allocations();
    for _ in 0..runs {
        let started = Instant::now();
        black_box(stage()?);
        times.push(started.elapsed());
        bar.inc(1);
    }
    let allocations = app::allocations() - before;
    times.sort_unstable();
    let at = |share: f64| {
        let place = (share * (times.len() - 1) as f64).round() as usize;
        times
            .get(place)
            .map_or(f64::NAN, |time: &Duration| time.as_secs_f64() * 1e3)
    };
    Ok(Stage {
        median_ms: at(0.5),
        p99_ms: at(0.99),
        allocations: allocations as f64 / f64::from(runs),
    })
}

/// A gallery of unit vectors from a fixed sequence: how similar they are makes no difference to the scan.
fn random_gallery(analyser: &Analyser) -> Result<Gallery, CliError> {
    let (model, dimension) = (analyser.model_id(), analyser.template_dimension());
    let mut gallery = Gallery::new(model.clone(), dimension, analyser.calibration().clone());
    let mut state = 1_u64;
    let mut next = || {
        // Knuth's linear congruential generator; the high bits are random enough.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    for number in 0..GALLERY {
        let template = Template::new(model.clone(), (0..dimension).map(|_| next()).collect())?;
        let id = number.to_string();
        let id: SubjectId = id
            .parse()
            .map_err(|source| CliError::SubjectId { id, source })?;
        let subject = Subject {
            id,
            name: None,
            consented: UtcDateTime::now(),
            expires: None,
            duress: false,
            schedule: None,
        };
        let reference = Reference {
            template,
            polarity: Polarity::Positive,
        };
        gallery
            .insert(subject, &[reference])
            .map_err(app::AppError::from)?;
    }
    Ok(gallery)
}

/// What the demo says of itself.
#[derive(serde::Deserialize)]
struct DemoFigures {
    rss_mb: f64,
    first_frame_ms: Option<f64>,
    first_decision_ms: Option<f64>,
}

/// Memory and start-up can only be told of a process of its own.
fn run_demo(context: &Context) -> Result<DemoFigures, CliError> {
    let program = env::current_exe().map_err(|source| CliError::File {
        path: "ostiary".into(),
        source,
    })?;
    let mut demo = Command::new(&program);
    demo.args(["demo", "--json", "--max-frames", DEMO_FRAMES])
        .stderr(Stdio::null());
    if let Some(models) = &context.config.models {
        demo.arg("--models").arg(models);
    }
    let output = demo.output().map_err(|source| CliError::File {
        path: program,
        source,
    })?;
    Ok(serde_json::from_slice(&output.stdout)?)
}
