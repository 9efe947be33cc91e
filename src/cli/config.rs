//! `ostiary config`: check files before a door depends on them.

mod hours;

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;
use time::UtcDateTime;

use crate::config::{Board, Config, EXAMPLE_BOARD, EXAMPLE_CONFIG};

use super::answer::{Answer, Exit};
use super::error::CliError;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a config file and show its hours, or with --board a board file
    Check {
        file: PathBuf,
        /// The file is a board file
        #[arg(long)]
        board: bool,
    },
    /// Print a config file with every key explained, or with --board a board file
    Example {
        /// A board file
        #[arg(long)]
        board: bool,
    },
}

/// Checks or prints.
///
/// # Errors
/// The first thing wrong with the file.
pub fn run(command: &Command) -> Result<Answer, CliError> {
    match command {
        Command::Check { file, board } => {
            let ok = format!("{}: ok", file.display());
            if *board {
                Board::read(file)?;
                return Answer::new(Exit::Yes, ok, &json!({"ok": true, "file": file}));
            }
            let hours = hours::Week::of(&Config::read(file)?.hours, UtcDateTime::now());
            let text = [ok, hours.to_string()].join("\n");
            Answer::new(
                Exit::Yes,
                text.trim_end(),
                &json!({"ok": true, "file": file, "hours": hours}),
            )
        }
        Command::Example { board } => {
            let text = if *board {
                EXAMPLE_BOARD
            } else {
                EXAMPLE_CONFIG
            };
            Answer::new(Exit::Yes, text.trim_end(), &json!({"example": text}))
        }
    }
}
