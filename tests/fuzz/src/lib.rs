//! What the targets share: files for decoders that take a path, and a clock that never waits.

pub mod api;
pub mod onnx;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ostiary::domain::{Clock, Moment};
use time::UtcDateTime;

/// A folder of this process in `$TMPDIR`, which `run` removes.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| tempfile::tempdir().unwrap().keep())
}

/// A file of the folder with these contents.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// A folder in the folder, made anew with nothing in it.
pub fn empty_folder(name: &str) -> PathBuf {
    let path = folder().join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// A path of the source tree.
pub fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// An error's words are for logs: one line, and no control character of whoever sent the bytes.
pub fn assert_plain(message: &str) {
    assert!(!message.contains(char::is_control), "{message:?}");
}

/// Each look at it is ten seconds later, so that nothing waits and everything ends.
#[derive(Default)]
pub struct HastyClock(AtomicU64);

impl Clock for HastyClock {
    fn now(&self) -> Moment {
        let looks = self.0.fetch_add(1, Ordering::Relaxed);
        Moment::new(Duration::from_secs(10 * looks))
    }

    fn utc(&self) -> UtcDateTime {
        UtcDateTime::now()
    }
}
