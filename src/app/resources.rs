//! Where the networks and board files are.

use std::env;
use std::path::{Path, PathBuf};

use crate::config::Board;
use crate::vision::Manifest;

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

/// Finds a file below `models` or `boards`: in the working folder, beside the program (up to the root of
/// a source tree it was built in), and where packages install it.
///
/// # Errors
/// If it is in none of these places, with all of them named.
pub fn find(name: &str) -> Result<PathBuf, AppError> {
    let program = env::current_exe().ok();
    let beside_program = program
        .iter()
        .flat_map(|path| path.ancestors().skip(1).take(4));
    let folders = [Path::new("."), Path::new(INSTALLED)];
    find_in(folders.into_iter().chain(beside_program), name)
}

/// The folder of networks: that of their manifest. A folder of its name alone may be another one, as what a build leaves
/// beside a program.
///
/// # Errors
/// As [`find`].
pub fn models() -> Result<PathBuf, AppError> {
    let mut folder = find(&format!("models/{}", Manifest::FILE))?;
    folder.pop();
    Ok(folder)
}

fn find_in<'f>(folders: impl Iterator<Item = &'f Path>, name: &str) -> Result<PathBuf, AppError> {
    let places: Vec<PathBuf> = folders.map(|folder| folder.join(name)).collect();
    match places.iter().find(|place| place.is_file()) {
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_folder_of_the_name_without_the_file_is_passed_over() {
        let (near, far) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir_all(near.path().join("models/manifest.toml")).unwrap();
        let folders = || [near.path(), far.path()].into_iter();
        let missing = find_in(folders(), "models/manifest.toml").unwrap_err();
        let message = missing.to_string();
        for folder in folders() {
            assert!(message.contains(&folder.display().to_string()), "{message}");
        }
        let manifest = far.path().join("models/manifest.toml");
        fs::create_dir(far.path().join("models")).unwrap();
        fs::write(&manifest, "").unwrap();
        assert_eq!(
            find_in(folders(), "models/manifest.toml").unwrap(),
            manifest
        );
    }

    #[test]
    fn the_folder_of_networks_is_that_of_the_manifest() {
        // Tests run in the root of the source tree.
        assert_eq!(models().unwrap(), Path::new("./models"));
    }
}
