//! Reading a network's file, and refusing one that is not the manifest's.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;

use sha2::{Digest as _, Sha256};

use super::VisionError;
use super::manifest::{Manifest, ModelEntry};

/// The bytes of a network's file, checked against size and SHA-256 of the manifest.
///
/// Never reads more than the manifest says plus one byte.
///
/// # Errors
/// If the file is missing or unreadable, of another size, or of another hash (both are named).
pub fn read(manifest: &Manifest, model: &ModelEntry) -> Result<Vec<u8>, VisionError> {
    let path = manifest.file(model);
    let unreadable = |source| VisionError::ModelUnreadable {
        path: path.clone(),
        source,
    };
    let file = File::open(&path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    if length > model.bytes {
        return Err(VisionError::ModelSize {
            path,
            expected: model.bytes,
            found: length,
        });
    }
    let mut bytes = Vec::new();
    file.take(model.bytes + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    let found = hexadecimal(&Sha256::digest(&bytes));
    if found != model.sha256.to_ascii_lowercase() {
        return Err(VisionError::ModelHash {
            path,
            expected: model.sha256.clone(),
            found,
        });
    }
    Ok(bytes)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
