//! `ostiary secure`: the strike's line to its secure level, when nobody holds it any more.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::app;

use super::answer::{Answer, Exit};
use super::error::CliError;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Board file: what hardware there is [default: /etc/ostiary/board.toml, else the simulated board]
    #[arg(long, value_name = "FILE")]
    board: Option<PathBuf>,
}

/// Claims the strike's line, secures the door and lets the line go.
///
/// # Errors
/// If the board file can't be used, or the line is in use (a daemon is running) or can't be driven.
pub fn run(arguments: &Arguments) -> Result<Answer, CliError> {
    let board = app::board(arguments.board.as_deref())?;
    drop(app::open_strike(&board)?);
    Answer::new(
        Exit::Yes,
        "the strike is secured",
        &json!({"secured": true, "board": board.name}),
    )
}
