//! The config file: how this door behaves.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::hours::hours;
use super::{Api, ConfigError, EXAMPLE_CONFIG, source};
use crate::domain::challenge::Occasion;
use crate::domain::{AccessHours, DoorRules, LockoutRules, PadScore, Policy, Quality, Similarity};

/// A checked config file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Names this door in topics, messages and the audit log.
    pub device: String,
    /// State: store, key, outbox, audit log.
    pub data: PathBuf,
    /// The folder of `manifest.toml`; `None` to look in the usual places.
    pub models: Option<PathBuf>,
    /// The panel's language: `en`, `de`, `fr`, `es` or `pt`.
    pub language: String,
    #[serde(deserialize_with = "policy")]
    pub policy: Policy,
    /// The times of the door leaf.
    #[serde(deserialize_with = "door_rules")]
    pub door: DoorRules,
    /// Without it, everybody is let in at any time.
    #[serde(deserialize_with = "hours")]
    pub hours: AccessHours,
    /// Without it, decisions stay in the audit log.
    pub mqtt: Option<Mqtt>,
    /// Without it, there is no preview page.
    pub preview: Option<Preview>,
    pub api: Api,
}

/// The broker.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mqtt {
    pub host: String,
    #[serde(default = "mqtt_port")]
    pub port: u16,
    pub username: Option<String>,
    /// File with the password, readable by this program only.
    pub password_file: Option<PathBuf>,
    /// PEM file with the authority that signed the broker's certificate; switches TLS on.
    pub ca_file: Option<PathBuf>,
}

/// The live preview page, for setting up.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// A loopback address; port 0 takes a free one.
    pub address: SocketAddr,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            device: "door".into(),
            data: "/var/lib/ostiary".into(),
            models: None,
            language: "en".into(),
            policy: Policy::default(),
            door: DoorRules::default(),
            hours: AccessHours::default(),
            mqtt: None,
            preview: None,
            api: Api::default(),
        }
    }
}

impl Config {
    /// Reads and checks a config file. Relative paths in it start from its folder.
    ///
    /// # Errors
    /// The first thing wrong with it, with file and line or key.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let mut config: Self = source::read(path, EXAMPLE_CONFIG)?;
        config.check(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mqtt_files = config
            .mqtt
            .iter_mut()
            .flat_map(|m| [&mut m.password_file, &mut m.ca_file]);
        for file in mqtt_files
            .chain([&mut config.models])
            .flatten()
            .chain([&mut config.data])
        {
            *file = folder.join(&*file);
        }
        config.api.start_paths_from(folder);
        Ok(config)
    }

    fn check(&self, path: &Path) -> Result<(), ConfigError> {
        let fail = |key: &str, problem: &str| {
            Err(ConfigError::Value {
                path: path.into(),
                key: key.into(),
                problem: problem.into(),
            })
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if self.device.is_empty() || self.device.len() > 64 || !self.device.chars().all(is_name) {
            return fail("device", "must be 1 to 64 letters, digits, '.', '_' or '-'");
        }
        if !["en", "de", "fr", "es", "pt"].contains(&self.language.as_str()) {
            return fail("language", "must be en, de, fr, es or pt");
        }
        if self
            .preview
            .is_some_and(|preview| !preview.address.ip().is_loopback())
        {
            return fail(
                "preview.address",
                "must be a loopback address: the page shows the camera picture to anyone",
            );
        }
        if let Some(mqtt) = &self.mqtt {
            if mqtt.host.is_empty() {
                return fail("mqtt.host", "is empty: name the broker's host");
            }
            if mqtt.username.is_some() != mqtt.password_file.is_some() {
                return fail(
                    "mqtt.password_file",
                    "username and password_file go together",
                );
            }
        }
        if let Err((key, problem)) = self.api.check() {
            return fail(key, problem);
        }
        if let Err(error) = self.policy.validated() {
            return fail(&format!("policy.{}", error.key), &error.problem);
        }
        Ok(())
    }
}

/// The door rules as the file has them: everything optional, in milliseconds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "the section [door]")]
struct DoorFile {
    debounce_ms: u64,
    rex_time_ms: u64,
    held_open_warning_ms: u64,
    held_open_ms: u64,
}

impl Default for DoorFile {
    fn default() -> Self {
        let rules = DoorRules::default();
        Self {
            debounce_ms: millis(rules.debounce),
            rex_time_ms: millis(rules.rex_time),
            held_open_warning_ms: millis(rules.held_open_warning),
            held_open_ms: millis(rules.held_open),
        }
    }
}

fn door_rules<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<DoorRules, D::Error> {
    use serde::de::Error;
    let file = DoorFile::deserialize(deserializer)?;
    let rules = DoorRules {
        debounce: Duration::from_millis(file.debounce_ms),
        rex_time: Duration::from_millis(file.rex_time_ms),
        held_open_warning: Duration::from_millis(file.held_open_warning_ms),
        held_open: Duration::from_millis(file.held_open_ms),
    };
    rules
        .validated()
        .map_err(|error| D::Error::custom(format!("door.{}: {}", error.key, error.problem)))
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn mqtt_port() -> u16 {
    1883
}

/// When somebody is asked for movements, as the file says it.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ChallengeOccasion {
    Always,
    InDoubt,
    AfterLockout,
    OffHours,
}

impl From<ChallengeOccasion> for Occasion {
    fn from(occasion: ChallengeOccasion) -> Self {
        match occasion {
            ChallengeOccasion::Always => Self::EveryGrant,
            ChallengeOccasion::InDoubt => Self::Doubt,
            ChallengeOccasion::AfterLockout => Self::AfterLockout,
            ChallengeOccasion::OffHours => Self::OffHours,
        }
    }
}

/// The policy as the file has it: everything optional, spans in milliseconds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "the section [policy]")]
struct PolicyFile {
    accept_similarity: f32,
    review_similarity: f32,
    liveness_threshold: f32,
    quality_floor: u8,
    min_face_pixels: u32,
    frames_needed: u8,
    liveness_frames: u8,
    time_limit_ms: u64,
    max_frame_age_ms: u64,
    cool_down_ms: u64,
    strike_time_ms: u64,
    claim_time_ms: u64,
    camera_silence_ms: u64,
    lockout_attempts: u8,
    lockout_time_ms: u64,
    lockout_longest_ms: u64,
    anti_passback_ms: u64,
    challenge: Vec<ChallengeOccasion>,
}

impl Default for PolicyFile {
    fn default() -> Self {
        let policy = Policy::default();
        Self {
            accept_similarity: policy.accept_similarity.get(),
            review_similarity: policy.review_similarity.get(),
            liveness_threshold: policy.liveness_threshold.get(),
            quality_floor: policy.quality_floor.get(),
            min_face_pixels: policy.min_face_pixels,
            frames_needed: policy.frames_needed,
            liveness_frames: policy.liveness_frames,
            time_limit_ms: millis(policy.time_limit),
            max_frame_age_ms: millis(policy.max_frame_age),
            cool_down_ms: millis(policy.cool_down),
            strike_time_ms: millis(policy.strike_time),
            claim_time_ms: millis(policy.claim_time),
            camera_silence_ms: millis(policy.camera_silence),
            lockout_attempts: policy.lockout.attempts,
            lockout_time_ms: millis(policy.lockout.first),
            lockout_longest_ms: millis(policy.lockout.longest),
            anti_passback_ms: millis(policy.anti_passback),
            challenge: Vec::new(),
        }
    }
}

/// Scores leave here with their ranges checked; the spans are checked with the whole policy.
fn policy<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Policy, D::Error> {
    use serde::de::Error;
    let file = PolicyFile::deserialize(deserializer)?;
    let key = |name: &'static str| move |error| D::Error::custom(format!("policy.{name}: {error}"));
    Ok(Policy {
        accept_similarity: Similarity::new(file.accept_similarity)
            .map_err(key("accept_similarity"))?,
        review_similarity: Similarity::new(file.review_similarity)
            .map_err(key("review_similarity"))?,
        liveness_threshold: PadScore::new(file.liveness_threshold)
            .map_err(key("liveness_threshold"))?,
        quality_floor: Quality::new(file.quality_floor).map_err(key("quality_floor"))?,
        min_face_pixels: file.min_face_pixels,
        frames_needed: file.frames_needed,
        liveness_frames: file.liveness_frames,
        time_limit: Duration::from_millis(file.time_limit_ms),
        max_frame_age: Duration::from_millis(file.max_frame_age_ms),
        cool_down: Duration::from_millis(file.cool_down_ms),
        strike_time: Duration::from_millis(file.strike_time_ms),
        claim_time: Duration::from_millis(file.claim_time_ms),
        camera_silence: Duration::from_millis(file.camera_silence_ms),
        lockout: LockoutRules {
            attempts: file.lockout_attempts,
            first: Duration::from_millis(file.lockout_time_ms),
            longest: Duration::from_millis(file.lockout_longest_ms),
        },
        anti_passback: Duration::from_millis(file.anti_passback_ms),
        challenge: file.challenge.into_iter().map(Occasion::from).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ostiary.toml");
        std::fs::write(&path, text).unwrap();
        Config::read(&path)
    }

    fn message(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn the_example_is_valid_and_an_empty_file_is_the_default() {
        assert!(read(EXAMPLE_CONFIG).is_ok());
        assert_eq!(read("").unwrap().policy, Policy::default());
    }

    #[test]
    fn the_example_shows_the_defaults_of_the_policy() {
        assert_eq!(read(EXAMPLE_CONFIG).unwrap().policy, Policy::default());
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        assert!(message("policy = 3").contains("expected the section [policy]"));
        assert!(message("[policy]\naccept_similarty = 0.8").contains("ostiary.toml:2: unknown key policy.accept_similarty; did you mean policy.accept_similarity?"));
        assert!(message("device = 'a/b'").contains("device: must be"));
        assert!(message("device = ").contains(":1:"));
        assert!(
            message("\n[policy]\naccept_similarity = 1.5")
                .contains("accept_similarity: similarity must be from 0 to 1")
        );
        assert!(message("[policy]\nstrike_time_ms = 1").contains("policy.strike_time_ms"));
        assert!(message("[preview]\naddress = '0.0.0.0:80'").contains("loopback"));
        assert!(message("[mqtt]\nhost = 'h'\nusername = 'u'").contains("go together"));
    }

    #[test]
    fn relative_paths_start_from_the_file() {
        let config = read("data = 'state'").unwrap();
        assert!(config.data.is_absolute() && config.data.ends_with("state"));
    }
}
