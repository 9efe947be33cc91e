//! What every command works with: the config, overridden by the arguments.

use std::env;
use std::path::{Path, PathBuf};

use crate::app::{self, State};
use crate::capture;
use crate::config::Config;
use crate::domain::{ScheduleName, SubjectId};
use crate::enrolment::Store;
use crate::vision::{Analyser, DetectorChoice, Probe, VisionOptions};

use super::error::CliError;

/// Where a door's config file is, unless another is named.
const CONFIG_FILE: &str = "/etc/ostiary/ostiary.toml";

/// The settings of this command line.
#[derive(Debug)]
pub struct Context {
    pub json: bool,
    pub config: Config,
    /// Whether the data folder was named, by `--data` or a config file.
    pub data_is_named: bool,
}

impl Context {
    /// Reads the config, if there is one, and lays the arguments over it.
    ///
    /// # Errors
    /// If the config file can't be used.
    pub fn new(
        json: bool,
        config: Option<PathBuf>,
        data: Option<PathBuf>,
        models: Option<PathBuf>,
    ) -> Result<Self, CliError> {
        let file = config.or_else(|| Some(PathBuf::from(CONFIG_FILE)).filter(|path| path.exists()));
        let data_is_named = file.is_some() || data.is_some();
        let mut config = match file {
            Some(path) => Config::read(&path)?,
            None => Config {
                data: user_state(),
                ..Config::default()
            },
        };
        if let Some(data) = data {
            config.data = data;
        }
        config.models = models.or(config.models);
        Ok(Self {
            json,
            config,
            data_is_named,
        })
    }

    /// The networks' folder.
    ///
    /// # Errors
    /// If there is none in the usual places.
    pub fn models(&self) -> Result<PathBuf, CliError> {
        match &self.config.models {
            Some(folder) => Ok(folder.clone()),
            None => Ok(app::find_models()?),
        }
    }

    /// An analyser that loads each network when it is needed.
    ///
    /// # Errors
    /// If the model manifest can't be used.
    pub fn analyser(&self) -> Result<Analyser, CliError> {
        Ok(Analyser::load(&self.models()?, &Self::vision_options())?)
    }

    /// As many threads as there are cores, up to those that pay.
    #[must_use]
    pub fn vision_options() -> VisionOptions {
        let threads = std::thread::available_parallelism()
            .map_or(1, usize::from)
            .min(4);
        VisionOptions {
            threads,
            detector: DetectorChoice::ShortRange,
        }
    }

    /// The state of this door.
    #[must_use]
    pub fn state(&self) -> State {
        State::new(&self.config.data)
    }

    /// The store of enrolled people, for templates of the analyser's embedder.
    ///
    /// # Errors
    /// If the store or its key can't be used.
    pub fn store(&self, analyser: &Analyser) -> Result<Store, CliError> {
        Ok(self.state().open_store(analyser.model_id())?)
    }
}

/// Quality and template of the largest face in an image file.
///
/// # Errors
/// If the file is no image that can be read, or shows no face; the message names it.
pub fn probe(analyser: &mut Analyser, path: &Path) -> Result<Probe, CliError> {
    let image = capture::open(path)?;
    analyser.probe(&image).map_err(|source| CliError::Face {
        path: path.into(),
        source,
    })
}

/// An ID number of the command line.
///
/// # Errors
/// If the text is none.
pub fn subject_id(text: &str) -> Result<SubjectId, CliError> {
    text.parse().map_err(|source| CliError::SubjectId {
        id: text.to_owned(),
        source,
    })
}

/// A schedule of the command line, which the config file must define.
///
/// # Errors
/// If it doesn't; the message names those it does.
pub fn schedule(context: &Context, text: &str) -> Result<ScheduleName, CliError> {
    let hours = &context.config.hours;
    let name = text.parse().ok().filter(|name| hours.defines(name));
    name.ok_or_else(|| {
        let defined = hours.schedules().iter().map(|s| s.name.as_str());
        CliError::Schedule {
            name: text.to_owned(),
            defined: [ScheduleName::ALWAYS]
                .into_iter()
                .chain(defined)
                .collect::<Vec<_>>()
                .join(", "),
        }
    })
}

/// Without a config file, state is kept where the XDG base directory specification says.
fn user_state() -> PathBuf {
    env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".local/state")))
        .unwrap_or_else(env::temp_dir)
        .join("ostiary")
}
