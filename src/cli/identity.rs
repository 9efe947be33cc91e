//! `ostiary identity`: whose face belongs to which ID number, for the local API.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;
use time::UtcDateTime;

use crate::domain::{Identity, IdentityKey};
use crate::enrolment::{AdmissionRules, IdentityList, ListedIdentity};
use crate::vision::Analyser;

use super::answer::{Answer, Exit};
use super::context::Context;
use super::error::CliError;
use super::{enroll, progress};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take in a register: a CSV with id_type, id_number, portrait and any other columns
    ///
    /// Portraits are pictures beside the file. They become templates and are not kept; everything is
    /// sealed with the key of the enrolment store. Who is there already is replaced. People whose
    /// portrait won't do are named and left out.
    Import { file: PathBuf },
    /// List the documents that are known
    List,
    /// Remove one person
    Remove {
        /// ID type, as in the register
        #[arg(long)]
        id_type: String,
        /// ID number, as in the register
        #[arg(long)]
        id_number: String,
    },
}

/// Carries out one command.
///
/// # Errors
/// If register, table or key can't be used.
pub fn run(context: &Context, command: &Command) -> Result<Answer, CliError> {
    match command {
        Command::Import { file } => import(context, file),
        Command::List => list(context),
        Command::Remove { id_type, id_number } => remove(context, id_type, id_number),
    }
}

/// A row that was left out.
#[derive(Debug, Serialize)]
struct LeftOut {
    line: u64,
    reason: String,
}

fn import(context: &Context, file: &Path) -> Result<Answer, CliError> {
    let list = IdentityList::read(file)?;
    let mut analyser = context.analyser()?;
    let rules = AdmissionRules::of(&context.config.policy);
    let (mut people, mut left_out) = (Vec::with_capacity(list.people.len()), Vec::new());
    let bar = progress::bar(list.people.len(), "portraits");
    for person in list.people {
        let line = person.line;
        match identity(&mut analyser, &rules, person) {
            Ok(identity) => people.push(identity),
            Err(error @ (CliError::Image(_) | CliError::Face { .. } | CliError::Enrolment(_))) => {
                left_out.push(LeftOut {
                    line,
                    reason: error.to_string(),
                });
            }
            Err(error) => return Err(error),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();

    let mut table = context.state().open_or_create_identities()?;
    let imported = table.put(&people, UtcDateTime::now())?;
    let mut text = format!(
        "{} people are added, {} replaced, {} left out",
        imported.added,
        imported.replaced,
        left_out.len()
    );
    for LeftOut { line, reason } in &left_out {
        text += &format!("\n  line {line}: {reason}");
    }
    let exit = if left_out.is_empty() {
        Exit::Yes
    } else {
        Exit::CouldNotTell
    };
    let answer = json!({
        "added": imported.added, "replaced": imported.replaced, "left_out": left_out,
    });
    Answer::new(exit, text, &answer)
}

fn identity(
    analyser: &mut Analyser,
    rules: &AdmissionRules,
    person: ListedIdentity,
) -> Result<Identity, CliError> {
    let reference = rules.admit_portrait(enroll::sample(analyser, &person.portrait)?)?;
    Ok(Identity {
        key: person.key,
        attributes: person.attributes,
        reference: reference.template,
        quality: reference.quality,
    })
}

fn list(context: &Context) -> Result<Answer, CliError> {
    let keys = match context.state().open_identities()? {
        Some(table) => table.keys()?,
        None => Vec::new(),
    };
    let lines = keys
        .iter()
        .map(|key| format!("{:<32}  {}", key.id_type(), key.number()));
    let text = if keys.is_empty() {
        "nobody is known: import a register with `ostiary identity import`".into()
    } else {
        lines.collect::<Vec<_>>().join("\n")
    };
    let documents: Vec<_> = keys
        .iter()
        .map(|key| json!({"id_type": key.id_type(), "id_number": key.number()}))
        .collect();
    Answer::new(Exit::Yes, text, &json!({"documents": documents}))
}

fn remove(context: &Context, id_type: &str, id_number: &str) -> Result<Answer, CliError> {
    let key = IdentityKey::new(id_type, id_number)?;
    let unknown = || CliError::UnknownIdentity(id_type.to_owned());
    let mut table = context.state().open_identities()?.ok_or_else(unknown)?;
    if !table.remove(&key)? {
        return Err(unknown());
    }
    Answer::new(Exit::Yes, "removed", &json!({"removed": true}))
}
