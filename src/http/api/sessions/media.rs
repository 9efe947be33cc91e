//! Pictures and clips that a caller may fetch for an hour.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::Moment;

use super::{SessionError, Token, TokenHash};

/// How long a file can be fetched.
pub const LIFETIME: Duration = Duration::from_secs(60 * 60);
/// Files at one time.
const MAX_FILES: usize = 256;
/// All files together, in bytes.
const MAX_BYTES: u64 = 256 << 20;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    Jpeg,
    Png,
    Mp4,
}

impl MediaKind {
    /// For the `Content-Type` header.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Mp4 => "video/mp4",
        }
    }

    /// Ends the file's URL.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Mp4 => "mp4",
        }
    }
}

/// A folder of files, each reachable by a token for [`LIFETIME`].
///
/// A file that ends is overwritten and unlinked. So is whatever lies in the folder when it is opened
/// (the remains of a crash) and when it is dropped. On flash memory an overwritten block may survive in
/// the chip; a folder in RAM, such as `/run`, leaves nothing at all.
#[derive(Debug)]
pub struct MediaStore {
    folder: PathBuf,
    index: Mutex<Index>,
}

#[derive(Debug, Default)]
struct Index {
    files: HashMap<TokenHash, Entry>,
    bytes: u64,
    /// Names the next file. Nothing in a name tells of the token.
    next: u64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    name: u64,
    kind: MediaKind,
    bytes: u64,
    ends: Moment,
}

impl MediaStore {
    /// Makes the folder if need be, for this user only, and wipes every file in it.
    ///
    /// # Errors
    /// If the folder can't be made, read or emptied, or others may read it.
    pub fn open(folder: &Path) -> Result<Self, SessionError> {
        let failed = |source| SessionError::file("prepare", folder, source);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(failed)?;
        let mode = fs::metadata(folder).map_err(failed)?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(SessionError::Exposed {
                folder: folder.to_owned(),
                mode,
            });
        }
        let store = Self {
            folder: folder.to_owned(),
            index: Mutex::default(),
        };
        store.wipe_folder().map_err(failed)?;
        Ok(store)
    }

    /// Keeps a file from `now` on for [`LIFETIME`].
    ///
    /// # Errors
    /// [`SessionError::Full`] if there are too many files; or if it can't be written.
    pub fn put(&self, kind: MediaKind, content: &[u8], now: Moment) -> Result<Token, SessionError> {
        let token = Token::random().map_err(SessionError::Random)?;
        let bytes = content.len() as u64;
        let mut index = self.index();
        if index.files.len() >= MAX_FILES || index.bytes + bytes > MAX_BYTES {
            return Err(SessionError::Full("temporary files"));
        }
        let name = index.next;
        index.next += 1;
        let path = self.path(name);
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(content));
        if let Err(source) = written {
            // What was written of it must not stay.
            let _ = wipe(&path);
            return Err(SessionError::file("write", &path, source));
        }
        index.bytes += bytes;
        let entry = Entry {
            name,
            kind,
            bytes,
            ends: now + LIFETIME,
        };
        index.files.insert(token.hash(), entry);
        Ok(token)
    }

    /// The file that `shown` is the token of, unless it has ended.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn get(
        &self,
        shown: &str,
        now: Moment,
    ) -> Result<Option<(MediaKind, Vec<u8>)>, SessionError> {
        // Held while the file is read, so that it isn't wiped meanwhile.
        let index = self.index();
        let Some(entry) = index.files.get(&TokenHash::of(shown)) else {
            return Ok(None);
        };
        if now >= entry.ends {
            return Ok(None);
        }
        let path = self.path(entry.name);
        let mut content = Vec::new();
        File::open(&path)
            .and_then(|file| file.take(entry.bytes).read_to_end(&mut content))
            .map_err(|source| SessionError::file("read", &path, source))?;
        Ok(Some((entry.kind, content)))
    }

    /// Wipes what has ended. One that can't be wiped is tried again the next time.
    pub fn sweep(&self, now: Moment) {
        let mut index = self.index();
        let Index { files, bytes, .. } = &mut *index;
        files.retain(|_, entry| {
            if now < entry.ends {
                return true;
            }
            let path = self.path(entry.name);
            match wipe(&path) {
                Ok(()) => {
                    *bytes -= entry.bytes;
                    false
                }
                Err(error) => {
                    tracing::error!(%error, file = entry.name, "a temporary file can't be wiped");
                    true
                }
            }
        });
    }

    fn wipe_folder(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // Only what this store writes; links are not followed, folders are not entered.
            if entry.file_type()?.is_file() && is_ours(&entry.path()) {
                wipe(&entry.path())?;
            }
        }
        Ok(())
    }

    fn path(&self, name: u64) -> PathBuf {
        self.folder.join(format!("{name:016x}.media"))
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for MediaStore {
    fn drop(&mut self) {
        if let Err(error) = self.wipe_folder() {
            tracing::error!(%error, "temporary files can't be wiped");
        }
    }
}

fn is_ours(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "media")
}

/// Overwrites a file with zeros, makes sure that they have reached the medium, and unlinks it.
fn wipe(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let length = file.metadata()?.len();
    io::copy(&mut io::repeat(0).take(length), &mut file)?;
    file.sync_all()?;
    fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment::new(Duration::ZERO);

    fn files(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    fn store() -> (tempfile::TempDir, MediaStore) {
        let parent = tempfile::tempdir().unwrap();
        let store = MediaStore::open(&parent.path().join("media")).unwrap();
        (parent, store)
    }

    #[test]
    fn a_file_can_be_fetched_for_an_hour_and_is_then_gone() {
        let (_parent, store) = store();
        let token = store.put(MediaKind::Jpeg, b"picture", START).unwrap();
        let last = Moment::new(LIFETIME - Duration::from_millis(1));
        let fetched = store.get(token.as_str(), last).unwrap();
        assert_eq!(fetched, Some((MediaKind::Jpeg, b"picture".to_vec())));
        assert_eq!(store.get("0", START).unwrap(), None);

        let end = Moment::new(LIFETIME);
        assert_eq!(store.get(token.as_str(), end).unwrap(), None);
        assert_eq!(files(&store.folder), 1, "not swept yet");
        store.sweep(last);
        assert_eq!(files(&store.folder), 1, "swept too early");
        store.sweep(end);
        assert_eq!(files(&store.folder), 0);
        assert_eq!(store.index().bytes, 0);
    }

    #[test]
    fn wiping_overwrites_before_it_unlinks() {
        let (_parent, store) = store();
        store.put(MediaKind::Mp4, b"a face", START).unwrap();
        // A second name keeps the content in sight after the first is gone.
        let witness = store.folder.join("witness");
        fs::hard_link(store.path(0), &witness).unwrap();
        store.sweep(Moment::new(LIFETIME));
        assert_eq!(fs::read(&witness).unwrap(), [0; 6]);
    }

    #[test]
    fn a_start_wipes_what_a_crash_left_and_only_that() {
        let (_parent, store) = store();
        let folder = store.folder.clone();
        store.put(MediaKind::Jpeg, b"left over", START).unwrap();
        fs::write(folder.join("README"), "not ours").unwrap();
        // As after a crash: nothing is dropped.
        std::mem::forget(store);
        assert_eq!(files(&folder), 2);
        let store = MediaStore::open(&folder).unwrap();
        assert_eq!(files(&folder), 1);
        store.put(MediaKind::Jpeg, b"new", START).unwrap();
        drop(store);
        assert_eq!(files(&folder), 1, "a stop wipes as well");
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let (_parent, store) = store();
        for _ in 0..MAX_FILES {
            store.put(MediaKind::Jpeg, b"x", START).unwrap();
        }
        let refused = store.put(MediaKind::Jpeg, b"x", START).unwrap_err();
        assert!(matches!(refused, SessionError::Full(_)), "{refused}");
        store.sweep(Moment::new(LIFETIME));
        assert!(store.put(MediaKind::Jpeg, b"x", START).is_ok());
    }

    #[test]
    fn a_folder_open_to_others_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("media");
        DirBuilder::new().mode(0o755).create(&folder).unwrap();
        let refused = MediaStore::open(&folder).unwrap_err();
        assert!(refused.to_string().contains("mode 755"), "{refused}");
    }
}
