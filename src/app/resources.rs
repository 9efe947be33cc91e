//! Where the networks and board files are.

use std::env;
use std::path::{Path, PathBuf};

use crate::config::Board;

use super::AppError;

/// Where packages put them.
const INSTALLED: &str = "/usr/share/ostiary";

/// The board file of this machine.
const BOARD: &str = "/etc/ostiary/board.toml";

/// The named board, else this machine's, else the simulated one.
///
/// # Errors
/// If the board file is not there or can't be used.
pub fn board(named: Option<&Path>) -> Result<Board, AppError> {
    let file = match named {
        Some(file) => file.to_path_buf(),
        None if Path::new(BOARD).exists() => BOARD.into(),
        None => {
            tracing::warn!("no board file was named: the simulated board has no door");
            find("boards/sim.toml")?
        }
    };
    Ok(Board::read(&file)?)
}

/// Finds `models` or a file below `boards`: in the working folder, beside the program (up to the root of
/// a source tree it was built in), and where packages install it.
///
/// # Errors
/// If it is in none of these places, with all of them named.
pub fn find(name: &str) -> Result<PathBuf, AppError> {
    let program = env::current_exe().ok();
    let beside_program = program
        .iter()
        .flat_map(|path| path.ancestors().skip(1).take(4));
    let places: Vec<PathBuf> = [Path::new("."), Path::new(INSTALLED)]
        .into_iter()
        .chain(beside_program)
        .map(|folder| folder.join(name))
        .collect();
    match places.iter().find(|place| place.exists()) {
        Some(place) => Ok(place.clone()),
        None => Err(AppError::Resource {
            name: name.to_owned(),
            places: places
                .iter()
                .map(|p| p.display().to_string())
                .collect::<Vec<_>>()
                .join(", "),
        }),
    }
}
