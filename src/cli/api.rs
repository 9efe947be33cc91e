//! `ostiary api`: who may call the local API.

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;
use time::UtcDateTime;

use crate::http::api::ApiError;
use crate::http::api::keys::{Scopes, StoredKey};

use super::answer::{self, Answer, Exit};
use super::context::Context;
use super::error::CliError;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make, list or revoke keys
    #[command(subcommand)]
    Key(KeyCommand),
}

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key; its secret is shown once
    Add {
        /// Names the caller in the audit log
        name: String,
        /// What it is good for, separated by commas: verify, enrol, admin
        #[arg(long, value_delimiter = ',', default_value = "verify")]
        scope: Vec<String>,
    },
    /// List the keys, without their secrets
    List,
    /// End a key, for a running daemon too
    Revoke {
        /// Name of the key
        name: String,
    },
}

#[derive(Debug, Serialize)]
struct KeyAnswer {
    name: String,
    id: String,
    scopes: Vec<&'static str>,
    created_at: String,
}

impl From<StoredKey> for KeyAnswer {
    fn from(key: StoredKey) -> Self {
        Self {
            name: key.name,
            id: key.id.as_str().to_owned(),
            scopes: key.scopes.iter().map(|scope| scope.name()).collect(),
            created_at: answer::date(UtcDateTime::from(key.created)),
        }
    }
}

/// Carries out one key command.
///
/// # Errors
/// If the key file can't be used, or there is no such key or already one.
pub fn run(context: &Context, command: &Command) -> Result<Answer, CliError> {
    let Command::Key(command) = command;
    let state = context.state();
    state.create()?;
    let keys = state.api_keys();
    match command {
        KeyCommand::Add { name, scope } => {
            let scopes = scope
                .iter()
                .map(|scope| scope.parse())
                .collect::<Result<Scopes, ApiError>>()?;
            let key = keys.add(name, scopes, UtcDateTime::now())?;
            let text = format!(
                "Key {name}; the secrets are shown only now.\n\
                 id             {}\nsecret         {}\nmodule secret  {}\nbearer token   {}",
                key.id.as_str(),
                *key.secret,
                *key.module_secret,
                *key.bearer()
            );
            let json = json!({
                "name": name, "id": key.id.as_str(), "secret": *key.secret,
                "module_secret": *key.module_secret, "bearer": *key.bearer(),
            });
            Answer::new(Exit::Yes, text, &json)
        }
        KeyCommand::List => {
            let keys: Vec<KeyAnswer> = keys.list()?.into_iter().map(KeyAnswer::from).collect();
            let lines = keys.iter().map(|key| {
                let scopes = key.scopes.join(",");
                format!("{:<32}  {}  {scopes}", key.name, key.id)
            });
            let text = if keys.is_empty() {
                "there is no key; make one with `ostiary api key add`".into()
            } else {
                lines.collect::<Vec<_>>().join("\n")
            };
            Answer::new(Exit::Yes, text, &json!({"keys": keys}))
        }
        KeyCommand::Revoke { name } => {
            if !keys.revoke(name)? {
                return Err(CliError::NoSuchKey(name.clone()));
            }
            let text = format!("{name} is revoked");
            Answer::new(Exit::Yes, text, &json!({"revoked": name}))
        }
    }
}
