//! The liveness scale of this door's camera, as `ostiary calibrate` leaves it in the data folder.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, de};
use time::{OffsetDateTime, UtcDateTime};

use crate::domain::{
    PadScore, Policy, SiteCalibration, SiteCalibrationError, WATCHED_DECISIONS, drift,
};
use crate::telemetry;
use crate::vision::Analyser;

use super::AppError;

/// A site calibration that can't be used or kept. Without one the door runs on the networks' own scale.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    #[error("site calibration {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("site calibration {}: {reason}; run `ostiary calibrate` again", path.display())]
    Unusable { path: PathBuf, reason: String },
    #[error("site calibration: {0}")]
    Fit(#[from] SiteCalibrationError),
}

/// What a calibration was fitted to; it serves nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fitting {
    /// The camera, as it describes itself.
    pub camera: String,
    /// SHA-256 of the liveness network's file.
    pub liveness_network: String,
    /// Frames of a decision that have a PAD score.
    pub liveness_frames: u8,
}

impl Fitting {
    /// What a calibration would be fitted to here and now.
    ///
    /// # Errors
    /// If the manifest has no liveness network.
    pub fn here(camera: &str, analyser: &Analyser, policy: &Policy) -> Result<Self, AppError> {
        Ok(Self {
            camera: camera.to_owned(),
            liveness_network: analyser.liveness_hash()?.to_owned(),
            liveness_frames: policy.liveness_frames,
        })
    }
}

/// The file's contents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteFile {
    #[serde(
        serialize_with = "time::serde::rfc3339::serialize",
        deserialize_with = "date"
    )]
    fitted_at: OffsetDateTime,
    /// The share of live people who may be refused, as it was wanted.
    bpcer: f32,
    threshold: f32,
    /// Log-odds of an attack, of live people.
    bona_fide: Vec<f32>,
    fitting: Fitting,
}

/// A date that is one in UTC, too: the last hours of the year 9999 are not, in the west.
fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OffsetDateTime, D::Error> {
    let date = time::serde::rfc3339::deserialize(deserializer)?;
    match date.checked_to_utc() {
        Some(utc) => Ok(utc.into()),
        None => Err(de::Error::custom("fitted_at is beyond the year 9999")),
    }
}

impl SiteFile {
    /// What is to be kept of a calibration.
    #[must_use]
    pub fn new(
        fitting: Fitting,
        bpcer: f32,
        calibration: &SiteCalibration,
        now: UtcDateTime,
    ) -> Self {
        Self {
            fitted_at: now.into(),
            bpcer,
            threshold: calibration.threshold().get(),
            fitting,
            bona_fide: calibration.bona_fide().to_vec(),
        }
    }

    /// Keeps it at `path`, whole or not at all.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write(&self, path: &Path) -> Result<(), SiteError> {
        let failed = |source| SiteError::File {
            path: path.into(),
            source,
        };
        let text = toml::to_string(self).map_err(|e| failed(io::Error::other(e)))?;
        let draft = path.with_extension("toml.new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)
            .map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        fs::rename(&draft, path).map_err(failed)
    }

    /// What is kept at `path`; `None` if nothing is.
    ///
    /// # Errors
    /// If the file can't be read or is none of ours.
    pub fn read(path: &Path) -> Result<Option<Self>, SiteError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(SiteError::File {
                    path: path.into(),
                    source,
                });
            }
        };
        match toml::from_str(&text) {
            Ok(file) => Ok(Some(file)),
            Err(error) => Err(SiteError::Unusable {
                path: path.into(),
                reason: error.message().to_owned(),
            }),
        }
    }

    /// When it was fitted.
    #[must_use]
    pub fn fitted_at(&self) -> UtcDateTime {
        self.fitted_at.into()
    }

    /// The calibration, if it was made for what is here now.
    ///
    /// # Errors
    /// Saying what is different, if it was not.
    pub fn calibration(&self, path: &Path, here: &Fitting) -> Result<SiteCalibration, SiteError> {
        let unusable = |reason: String| SiteError::Unusable {
            path: path.into(),
            reason,
        };
        let kept = &self.fitting;
        if kept.camera != here.camera {
            let (was, is) = (&kept.camera, &here.camera);
            return Err(unusable(format!("it is of {was}, the camera is {is}")));
        }
        if kept.liveness_network != here.liveness_network {
            return Err(unusable("the liveness network is another one now".into()));
        }
        if kept.liveness_frames != here.liveness_frames {
            let (was, is) = (kept.liveness_frames, here.liveness_frames);
            return Err(unusable(format!(
                "it is for {was} liveness frames, policy.liveness_frames is {is}"
            )));
        }
        let threshold = PadScore::new(self.threshold).map_err(|e| unusable(e.to_string()))?;
        SiteCalibration::restore(self.bona_fide.clone(), threshold)
            .map_err(|e| unusable(e.to_string()))
    }
}

/// The scale kept at `path`, if it was made for this camera, network and policy.
///
/// One that does not belong here is left alone with a warning, and the networks' own scale is used.
///
/// # Errors
/// If the manifest has no liveness network.
pub fn find(
    path: &Path,
    camera: &str,
    analyser: &Analyser,
    policy: &Policy,
) -> Result<Option<SiteCalibration>, AppError> {
    let here = Fitting::here(camera, analyser, policy)?;
    let found = SiteFile::read(path)
        .and_then(|file| file.map(|file| file.calibration(path, &here)).transpose());
    Ok(match found {
        Ok(site) => site,
        Err(error) => {
            tracing::warn!(%error, "the liveness scale of the networks is used");
            None
        }
    })
}

/// How long a decision tells of the camera as it is.
const RECENT: time::Duration = time::Duration::days(28);

/// The median standing of the people whom the log in `audit` tells of since the scale at `path` was fitted, of the
/// last four weeks at most, if the camera has drifted from it, see [`drift`]. The scale must be the one in use: see
/// [`SiteFile::calibration`].
///
/// # Errors
/// If the scale or the log can't be read.
pub fn drifted(path: &Path, audit: &Path, now: UtcDateTime) -> Result<Option<f32>, AppError> {
    let Some(file) = SiteFile::read(path)? else {
        return Ok(None);
    };
    if !audit.is_dir() {
        return Ok(None);
    }
    let from = file.fitted_at().max(now - RECENT);
    let latest = telemetry::liveness_scores(audit, from, WATCHED_DECISIONS)?;
    Ok(drift(&latest))
}

/// What a drift is told as, and what to do about it.
#[must_use]
pub fn drift_warning(median: f32) -> String {
    format!(
        "people who matched have lately a median standing of {median:.2} among those calibrated with, .50 is \
         expected: camera or light have changed, run `ostiary calibrate` again"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_that_sees_people_otherwise_than_when_it_was_calibrated_is_told() {
        let (folder, path, _) = kept();
        let audit = folder.path().join("audit");
        let now = UtcDateTime::UNIX_EPOCH + time::Duration::days(40);
        assert_eq!(drifted(&path, &audit, now).unwrap(), None);
        std::fs::create_dir(&audit).unwrap();
        let log = |day: u8, score: f32| {
            let line = format!(
                r#"{{"at":"1970-02-{day:02}T08:00:00.000Z","entry":{{"reason":"mated","pad_score":{score}}}}}"#
            );
            let text = [line.as_str(); 60].join("\n");
            std::fs::write(audit.join("audit-000000000001.jsonl"), text).unwrap();
        };
        log(5, 0.9);
        let median = drifted(&path, &audit, now).unwrap();
        assert!(median.is_some_and(|m| drift_warning(m).contains("0.90")));
        log(5, 0.5);
        assert_eq!(drifted(&path, &audit, now).unwrap(), None);
        // Too long ago.
        log(5, 0.9);
        let later = now + time::Duration::days(60);
        assert_eq!(drifted(&path, &audit, later).unwrap(), None);
    }

    fn fitting() -> Fitting {
        Fitting {
            camera: "camera A".into(),
            liveness_network: "ab12".into(),
            liveness_frames: 2,
        }
    }

    fn kept() -> (tempfile::TempDir, PathBuf, SiteCalibration) {
        let live: Vec<f32> = (0..20u8).map(|i| f32::from(i) / 20.0).collect();
        let site = SiteCalibration::fit(&live, 2, 0.05).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("site-calibration.toml");
        let file = SiteFile::new(fitting(), 0.05, &site, UtcDateTime::UNIX_EPOCH);
        file.write(&path).unwrap();
        (folder, path, site)
    }

    #[test]
    fn what_is_kept_comes_back_for_the_same_camera_network_and_policy() {
        let (_folder, path, site) = kept();
        let file = SiteFile::read(&path).unwrap().unwrap();
        assert_eq!(file.calibration(&path, &fitting()).unwrap(), site);
        for (other, said) in [
            (
                Fitting {
                    camera: "camera B".into(),
                    ..fitting()
                },
                "camera B",
            ),
            (
                Fitting {
                    liveness_network: "cd".into(),
                    ..fitting()
                },
                "network",
            ),
            (
                Fitting {
                    liveness_frames: 5,
                    ..fitting()
                },
                "liveness_frames",
            ),
        ] {
            let message = file.calibration(&path, &other).unwrap_err().to_string();
            assert!(
                message.contains(said) && message.contains("ostiary calibrate"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_missing_file_is_no_error_and_a_broken_one_says_where() {
        let (folder, path, _site) = kept();
        assert_eq!(
            SiteFile::read(&folder.path().join("none.toml")).unwrap(),
            None
        );
        let text = fs::read_to_string(&path).unwrap();
        for broken in [
            "",
            "threshold = 1",
            &text.replace("1970-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00"),
            &text.replace("bona_fide = [", "bona_fide = [["),
        ] {
            fs::write(&path, broken).unwrap();
            let message = SiteFile::read(&path).unwrap_err().to_string();
            assert!(message.contains("site-calibration.toml"), "{message}");
        }
        for (number, other) in [("threshold = 0.", "threshold = 7."), ("0.05", "nan")] {
            fs::write(&path, text.replace(number, other)).unwrap();
            let file = SiteFile::read(&path).unwrap().unwrap();
            assert!(file.calibration(&path, &fitting()).is_err(), "{other}");
        }
    }
}
