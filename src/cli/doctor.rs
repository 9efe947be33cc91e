//! `ostiary doctor`: is everything there that the door needs, and if not, what to do.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use time::UtcDateTime;

use crate::app::{self, AppError, Fitting, SiteFile, SystemClock};
use crate::config::{Board, Mqtt, OutputLine};
use crate::domain::{Clock, clock_is_set};
use crate::enrolment::EnrolmentError;

use super::answer::{self, Answer, Exit};
use super::context::Context;
use super::error::CliError;

/// How long the broker may take to answer.
const BROKER_PATIENCE: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub struct Arguments {
    /// Board file: what hardware there is [default: /etc/ostiary/board.toml, else the simulated board]
    #[arg(long, value_name = "FILE")]
    board: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    /// What was found, or what is wrong and what to do.
    detail: String,
}

impl Check {
    fn of(name: &'static str, found: Result<String, String>) -> Self {
        let ok = found.is_ok();
        Self {
            name,
            ok,
            detail: found.unwrap_or_else(|problem| problem),
        }
    }
}

/// Checks camera, pins, display, broker, models, keys, clock and the liveness scale. The strike's line is claimed and secured.
///
/// # Errors
/// If the board file can't be used.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Answer, CliError> {
    let board = app::board(arguments.board.as_deref())?;
    let checks = [
        Check::of("models", models(context)),
        Check::of("keys", keys(context)),
        Check::of("camera", camera(&board)),
        Check::of("pins", pins(&board)),
        Check::of("display", display(context, &board)),
        Check::of("broker", broker(context.config.mqtt.as_ref())),
        Check::of("clock", clock(UtcDateTime::now())),
        Check::of("liveness", liveness(context, &board, UtcDateTime::now())),
    ];
    let lines: Vec<String> = checks
        .iter()
        .map(|check| {
            format!(
                "{:<8} {}  {}",
                check.name,
                if check.ok { "ok    " } else { "not ok" },
                check.detail
            )
        })
        .collect();
    let all_ok = checks.iter().all(|check| check.ok);
    let exit = if all_ok { Exit::Yes } else { Exit::No };
    Answer::new(
        exit,
        lines.join("\n"),
        &serde_json::json!({"ok": all_ok, "board": board.name, "checks": checks}),
    )
}

fn models(context: &Context) -> Result<String, String> {
    let mut analyser = context.analyser().map_err(|e| e.to_string())?;
    analyser.preload().map_err(|e| e.to_string())?;
    Ok(format!(
        "embedder {}, {}",
        analyser.model_id(),
        analyser.precision()
    ))
}

fn keys(context: &Context) -> Result<String, String> {
    let analyser = context.analyser().map_err(|e| e.to_string())?;
    match context.state().open_store(analyser.model_id()) {
        Ok(store) => {
            let people = store.subjects().map_err(|e| e.to_string())?.len();
            Ok(format!("the key opens the store; {people} enrolled"))
        }
        Err(AppError::Enrolment(EnrolmentError::NothingEnrolled { .. })) => {
            Ok("no store yet; key and store are made at the first enrolment".into())
        }
        Err(error) => Err(error.to_string()),
    }
}

fn camera(board: &Board) -> Result<String, String> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let mut camera = app::open_camera(board, &clock).map_err(|e| e.to_string())?;
    let frame = camera.next_frame().map_err(|e| e.to_string())?;
    Ok(format!(
        "{}, {} x {} pixels",
        camera.describe(),
        frame.pixels.width(),
        frame.pixels.height()
    ))
}

/// Claims every line for a moment: the strike is secured, lamps and buzzer go off.
fn pins(board: &Board) -> Result<String, String> {
    app::check_lines(board).map_err(|e| e.to_string())?;
    app::open_strike(board).map_err(|e| e.to_string())?;
    app::open_signalling(board).map_err(|e| e.to_string())?;
    app::open_card_output(board).map_err(|e| e.to_string())?;
    app::open_sensors(board).map_err(|e| e.to_string())?;
    let strike = match &board.door.strike {
        OutputLine::Simulated { .. } => "the strike is simulated: this board opens no door".into(),
        line => format!("{line} is secured"),
    };
    let outputs = board.outputs().map(|(key, _)| key);
    let others: Vec<&str> = outputs
        .chain(board.inputs().map(|(key, _)| key))
        .filter(|key| *key != "door.strike")
        .collect();
    Ok(if others.is_empty() {
        strike
    } else {
        format!("{strike}; {} can be used", others.join(", "))
    })
}

fn display(context: &Context, board: &Board) -> Result<String, String> {
    let panel = app::open_panel(board, context.state().folder()).map_err(|e| e.to_string())?;
    let size = panel.size();
    Ok(if size.width == 0 {
        "none".into()
    } else {
        format!("{} x {} pixels", size.width, size.height)
    })
}

/// Whether the broker's port answers; the door itself logs in when it runs.
fn broker(mqtt: Option<&Mqtt>) -> Result<String, String> {
    let Some(Mqtt { host, port, .. }) = mqtt else {
        return Ok("none configured; decisions go to the audit log only".into());
    };
    let failed = |reason: String| {
        format!("{host}:{port}: {reason}; check host, port and that the broker runs")
    };
    let addresses = (host.as_str(), *port)
        .to_socket_addrs()
        .map_err(|e| failed(e.to_string()))?;
    let mut reason = "the name has no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, BROKER_PATIENCE) {
            Ok(_) => return Ok(format!("{host}:{port} answers")),
            Err(error) => reason = error.to_string(),
        }
    }
    Err(failed(reason))
}

/// Whether the camera still sees people as it did when it was calibrated, if the scale kept is that of this camera,
/// network and policy.
fn liveness(context: &Context, board: &Board, now: UtcDateTime) -> Result<String, String> {
    let state = context.state();
    let scale = state.site_calibration();
    let Some(file) = SiteFile::read(&scale).map_err(|e| e.to_string())? else {
        return Ok("no scale of this camera's own; `ostiary calibrate` makes one".into());
    };
    let analyser = context.analyser().map_err(|e| e.to_string())?;
    let camera = board.camera.identity();
    let here = Fitting::here(&camera, &analyser, &context.config.policy);
    let here = here.map_err(|e| e.to_string())?;
    file.calibration(&scale, &here)
        .map_err(|e| format!("{e}; until then the networks' own scale is used"))?;
    match app::drifted(&scale, &state.audit(), now).map_err(|e| e.to_string())? {
        Some(median) => Err(app::drift_warning(median)),
        None => Ok("the camera's own scale".into()),
    }
}

/// Expiry dates, hours and the audit log need a clock that is right.
fn clock(now: UtcDateTime) -> Result<String, String> {
    if !clock_is_set(now) {
        return Err(format!(
            "{now} lies in the past: set the clock, or switch time synchronisation on"
        ));
    }
    Ok(answer::date(now))
}

#[cfg(test)]
mod tests {
    use time::macros::utc_datetime;

    use super::*;

    #[test]
    fn a_board_without_a_battery_is_told_to_set_its_clock() {
        assert!(
            clock(UtcDateTime::UNIX_EPOCH)
                .unwrap_err()
                .contains("set the clock")
        );
        assert!(clock(utc_datetime!(2026-01-01 0:00)).is_ok());
    }

    #[test]
    fn a_broker_that_does_not_answer_is_named() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mqtt = |port| Mqtt {
            host: "127.0.0.1".into(),
            port,
            username: None,
            password_file: None,
            ca_file: None,
        };
        assert!(broker(Some(&mqtt(port))).is_ok());
        drop(listener);
        assert!(
            broker(Some(&mqtt(port)))
                .unwrap_err()
                .contains(&format!("127.0.0.1:{port}"))
        );
    }
}
