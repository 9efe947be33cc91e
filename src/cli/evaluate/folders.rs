//! Listing of folders in an order that does not depend on the file system.

use std::path::{Path, PathBuf};

use super::error::EvaluateError;

/// Endings of the formats that are decoded.
const IMAGE_ENDINGS: [&str; 9] = [
    "jpg", "jpeg", "png", "webp", "bmp", "pgm", "ppm", "pbm", "pnm",
];

/// The subfolders of a folder, sorted by name; hidden ones are left out.
pub fn subfolders(folder: &Path) -> Result<Vec<PathBuf>, EvaluateError> {
    entries(folder, Path::is_dir)
}

/// The image files directly in a folder, known by their endings and sorted by name.
pub fn images(folder: &Path) -> Result<Vec<PathBuf>, EvaluateError> {
    entries(folder, |path| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        let is = |known: &str| ending.is_some_and(|ending| ending.eq_ignore_ascii_case(known));
        IMAGE_ENDINGS.iter().any(|known| is(known)) && path.is_file()
    })
}

/// The name of a file or folder as text.
pub fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn entries(folder: &Path, keep: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, EvaluateError> {
    let failed = |source| EvaluateError::Read {
        path: folder.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if !name(&path).starts_with('.') && keep(&path) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// A folder with empty files at the given paths.
#[cfg(test)]
pub fn with_files(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    folder
}
