//! `ostiary demo`: the whole way from camera frame to relay and MQTT message, without hardware or server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use crate::app::{self, LivePreview, Observer, Seen, Serve, SystemClock};
use crate::config::{Board, CameraSource, Mqtt};
use crate::domain::{Clock, Moment};
use crate::telemetry::{DecisionMessage, DeviceName, EmbeddedBroker, Monitor, TelemetryError};

use super::answer::{Answer, Exit};
use super::context::Context;
use super::enroll;
use super::error::CliError;

/// The acts follow each other more quickly than people do.
const SCENE_CHANGE: Duration = Duration::from_secs(2);
/// How long the last decisions may take through the broker.
const DELIVERY: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub struct Arguments {
    /// End after so many analysed frames [default: go on until Ctrl-C]
    #[arg(long, value_name = "N")]
    max_frames: Option<u64>,
    /// Frames a second; a slow machine needs time for liveness [default: the board file's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=120))]
    fps: Option<u32>,
    /// Loopback address of the live preview page; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    preview: SocketAddr,
}

/// What the demo did.
#[derive(Debug, Default, Serialize)]
struct Figures {
    frames: u64,
    decisions: Vec<DecisionMessage>,
    /// Decisions that came back from the broker.
    delivered: usize,
    first_frame_ms: Option<f64>,
    first_decision_ms: Option<f64>,
    /// Peak resident memory.
    rss_mb: f64,
    /// The display, as a picture.
    panel: PathBuf,
    preview: String,
}

/// Plays the sample frames through the real networks with a simulated door and display and an embedded broker.
///
/// # Errors
/// If models, sample frames or the preview's address can't be used.
pub fn run(context: Context, arguments: &Arguments) -> Result<Answer, CliError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let context = with_own_data(context)?;
    let mut board = Board::read(&app::find_resource("boards/sim.toml")?)?;
    if let (CameraSource::Replay { fps, .. }, Some(wanted)) =
        (&mut board.camera.source, arguments.fps)
    {
        *fps = wanted;
    }
    let models = context.models()?;
    enroll::run(
        &context,
        &enroll::Arguments::for_demo(app::find_resource("boards/sim/enrol/obama.jpg")?),
    )?;

    let broker = EmbeddedBroker::start().map_err(app::AppError::from)?;
    let device: DeviceName = context.config.device.parse().map_err(app::AppError::from)?;
    let preview = LivePreview::start(arguments.preview)?;
    let figures = Arc::new(Mutex::new(Figures {
        panel: context.config.data.join("panel.png"),
        preview: preview.url(),
        ..Figures::default()
    }));
    let monitor =
        watch_broker(&broker, &device, &preview, &figures).map_err(app::AppError::from)?;
    let witness = Witness {
        clock: Arc::clone(&clock),
        figures: Arc::clone(&figures),
        quiet: context.json,
    };
    if !context.json {
        println!(
            "Preview  {}\nDisplay  {}",
            preview.url(),
            context.config.data.join("panel.png").display()
        );
    }

    let mut config = context.config;
    config.policy.cool_down = SCENE_CHANGE;
    config.policy.strike_time = SCENE_CHANGE;
    config.mqtt = Some(Mqtt {
        host: "127.0.0.1".into(),
        port: broker.port(),
        username: None,
        password_file: None,
        ca_file: None,
    });
    let observer = Box::new((preview, witness));
    app::serve(Serve {
        config,
        board,
        models,
        clock,
        observer,
        max_frames: arguments.max_frames,
    })?;
    await_delivery(&figures);
    drop(monitor);

    let mut figures = figures.lock().unwrap_or_else(PoisonError::into_inner);
    figures.rss_mb = peak_memory_mb();
    Answer::new(Exit::Yes, in_words(&figures), &*figures)
}

/// The demo starts afresh each time, unless a data folder was named for it.
fn with_own_data(mut context: Context) -> Result<Context, CliError> {
    if !context.data_is_named {
        let folder = tempfile::Builder::new().prefix("ostiary-demo-").tempdir();
        let folder = folder.map_err(|source| CliError::File {
            path: std::env::temp_dir(),
            source,
        })?;
        // The panel's picture is there to be looked at when the demo has ended.
        context.config.data = folder.keep();
    }
    Ok(context)
}

/// Listens at the broker as a building management system would.
fn watch_broker(
    broker: &EmbeddedBroker,
    device: &DeviceName,
    preview: &LivePreview,
    figures: &Arc<Mutex<Figures>>,
) -> Result<Monitor, TelemetryError> {
    let (preview, figures) = (preview.clone(), Arc::clone(figures));
    Monitor::spawn("127.0.0.1", broker.port(), device, move |topic, payload| {
        if topic.ends_with("/decision") {
            figures
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .delivered += 1;
        }
        preview.message(topic, payload);
    })
}

fn await_delivery(figures: &Mutex<Figures>) {
    let deadline = Instant::now() + DELIVERY;
    let is_pending = || {
        let figures = figures.lock().unwrap_or_else(PoisonError::into_inner);
        figures.delivered < figures.decisions.len()
    };
    while is_pending() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Prints decisions as they are made, and keeps count.
struct Witness {
    clock: Arc<dyn Clock>,
    figures: Arc<Mutex<Figures>>,
    quiet: bool,
}

impl Witness {
    fn millis(&self) -> f64 {
        self.clock.now().since(Moment::default()).as_secs_f64() * 1e3
    }
}

impl Observer for Witness {
    fn seen(&mut self, _seen: &Seen) {
        let now = self.millis();
        let mut figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        figures.frames += 1;
        figures.first_frame_ms.get_or_insert(now);
    }

    fn decided(&mut self, message: &DecisionMessage) {
        let now = self.millis();
        if !self.quiet {
            println!("{:>7.2} s  {}", now / 1e3, line(message));
        }
        let mut figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        figures.first_decision_ms.get_or_insert(now);
        figures.decisions.push(message.clone());
    }

    fn door(&mut self, released: bool) {
        if !self.quiet {
            println!(
                "{:>7.2} s  door {}",
                self.millis() / 1e3,
                if released { "released" } else { "secured" }
            );
        }
    }
}

fn line(message: &DecisionMessage) -> String {
    let score = |name: &str, value: Option<f32>| {
        value.map_or(String::new(), |v| format!("  {name} {v:.2}"))
    };
    format!(
        "{:<12} {:<20} {:<8}{}{}  after {} ms",
        message.verdict,
        message.reason,
        message.subject.as_deref().unwrap_or("-"),
        score("similarity", message.similarity),
        score("PAD score", message.pad_score),
        message.latency_ms,
    )
}

fn in_words(figures: &Figures) -> String {
    format!(
        "{} frames, {} decisions, {} of them came back from the broker; peak memory {:.0} MB",
        figures.frames,
        figures.decisions.len(),
        figures.delivered,
        figures.rss_mb,
    )
}

/// `VmHWM` of proc(5); NaN where there is no such file.
fn peak_memory_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status.lines().find_map(|line| {
        line.strip_prefix("VmHWM:")?
            .trim()
            .strip_suffix(" kB")?
            .parse()
            .ok()
    });
    kib.map_or(f64::NAN, |kib: f64| kib / 1024.0)
}
