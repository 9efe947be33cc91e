//! Files that only the daemon may read: keys and passwords, and the [`Secret`] out of one.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use super::TelemetryError;

/// More than any key or password has.
const MAX_LEN: usize = 4096;

/// Reads a key or password file.
///
/// Refuses one that others may read or the group may write. The group may read: on systemd credentials
/// the mode's group bits stand for the access list that names the service user.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, TelemetryError> {
    let failed = |source| TelemetryError::file("read", path, source);
    let file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o027 != 0 {
        return Err(TelemetryError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    // All at once, so that growing leaves no copies behind.
    let mut content = Zeroizing::new(Vec::with_capacity(MAX_LEN + 1));
    file.take(MAX_LEN as u64 + 1)
        .read_to_end(&mut content)
        .map_err(failed)?;
    if content.len() > MAX_LEN {
        return Err(TelemetryError::Content {
            path: path.to_owned(),
            problem: "is longer than 4096 bytes, so it is no key or password",
        });
    }
    Ok(content)
}

/// Opens a file for appending that nobody else may read (mode 0600), and makes it if need be.
pub(super) fn append(path: &Path) -> Result<File, TelemetryError> {
    OpenOptions::new()
        .append(true)
        .read(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map_err(|source| TelemetryError::file("open", path, source))
}

/// A password: never shown, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Reads the first line of a password file or systemd credential.
    ///
    /// # Errors
    /// If the file can't be read, others may read it, or it holds no text.
    pub fn load(path: &Path) -> Result<Self, TelemetryError> {
        let content = read(path)?;
        let line = content.split(|byte| *byte == b'\n').next();
        match line.map(std::str::from_utf8) {
            Some(Ok(text)) if !text.is_empty() => Ok(Self(Zeroizing::new(text.to_owned()))),
            _ => Err(TelemetryError::Content {
                path: path.to_owned(),
                problem: "holds no password: write it as UTF-8 text in the first line",
            }),
        }
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions, write};

    use super::*;

    #[test]
    fn a_password_is_the_first_line_and_stays_out_of_sight() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        write(&path, "hunter2\n").unwrap();
        set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let secret = Secret::load(&path).unwrap();
        assert_eq!(secret.expose(), "hunter2");
        assert_eq!(format!("{secret:?}"), "Secret(..)");

        for unfit in [&b""[..], b"\nx", b"\xff\xfe", &[b'a'; 5000]] {
            write(&path, unfit).unwrap();
            assert!(matches!(
                Secret::load(&path),
                Err(TelemetryError::Content { .. })
            ));
        }
    }

    #[test]
    fn a_file_open_to_others_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        write(&path, "hunter2").unwrap();
        for mode in [0o644, 0o604, 0o660] {
            set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let error = Secret::load(&path).unwrap_err();
            assert!(
                error.to_string().contains(&format!("mode {mode:o}")),
                "{error}"
            );
        }
        set_permissions(&path, Permissions::from_mode(0o440)).unwrap();
        assert!(Secret::load(&path).is_ok());
    }
}
