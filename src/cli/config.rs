//! `ostiary config`: check files before a door depends on them.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use crate::config::{Board, Config, ConfigError, EXAMPLE_BOARD, EXAMPLE_CONFIG};

use super::answer::{Answer, Exit};
use super::error::CliError;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a config file, or with --board a board file
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
            check(file, *board)?;
            Answer::new(
                Exit::Yes,
                format!("{}: ok", file.display()),
                &json!({"ok": true, "file": file}),
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

fn check(file: &std::path::Path, is_board: bool) -> Result<(), ConfigError> {
    if is_board {
        Board::read(file).map(drop)
    } else {
        Config::read(file).map(drop)
    }
}
