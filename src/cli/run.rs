//! `ostiary run`: serve the door.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use crate::app::{self, LivePreview, Observer, Serve, SystemClock};

use super::answer::{Answer, Exit};
use super::context::Context;
use super::error::CliError;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Board file: what hardware there is [default: /etc/ostiary/board.toml, else the simulated board]
    #[arg(long, value_name = "FILE")]
    board: Option<PathBuf>,
    /// End after so many analysed frames
    #[arg(long, value_name = "N")]
    max_frames: Option<u64>,
}

/// Serves the door with the board's hardware until SIGTERM or SIGINT.
///
/// # Errors
/// What keeps the door from being served at all.
pub fn run(context: Context, arguments: &Arguments) -> Result<Answer, CliError> {
    let clock = Arc::new(SystemClock::start());
    let board = app::board(arguments.board.as_deref())?;
    let models = context.models()?;
    let observer: Box<dyn Observer> = match context.config.preview {
        Some(preview) => Box::new(LivePreview::start(preview.address)?),
        None => Box::new(()),
    };
    let Context { config, .. } = context;
    app::serve(Serve {
        config,
        board,
        models,
        clock,
        observer,
        max_frames: arguments.max_frames,
    })?;
    Answer::new(Exit::Yes, "", &json!({"ended": true}))
}
