//! `ostiary gallery`: who is enrolled.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;
use time::UtcDateTime;

use crate::domain::Subject;
use crate::enrolment::{Listing, Store};
use crate::vision::Analyser;

use super::answer::{self, Answer, Exit};
use super::context::{self, Context};
use super::error::CliError;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List everybody who is enrolled
    List,
    /// Show one person
    Show {
        /// ID number
        id: String,
    },
    /// Say when a person is let in
    Schedule {
        /// ID number
        id: String,
        /// A schedule of the config file, or `always` [default: the door's own hours]
        name: Option<String>,
    },
    /// Remove a person with all references
    Remove {
        /// ID number
        id: String,
    },
    /// Write everybody into one encrypted file
    Export {
        file: PathBuf,
        /// File with the passphrase, at least 12 characters
        #[arg(long, value_name = "FILE")]
        passphrase_file: PathBuf,
    },
    /// Take everybody of an exported file in
    Import {
        file: PathBuf,
        /// File with the passphrase
        #[arg(long, value_name = "FILE")]
        passphrase_file: PathBuf,
    },
}

#[derive(Debug, Serialize)]
struct Person {
    subject: String,
    name: Option<String>,
    templates: usize,
    negative_references: usize,
    /// Of another embedder: they count for nothing until the person is enrolled again.
    of_another_model: usize,
    enrolled_at: String,
    consented_at: String,
    expires_at: Option<String>,
    duress: bool,
    /// Null for the door's own hours.
    schedule: Option<String>,
}

impl From<Listing> for Person {
    fn from(listing: Listing) -> Self {
        Self {
            subject: listing.subject.id.to_string(),
            name: listing.subject.name,
            templates: listing.templates,
            negative_references: listing.negatives,
            of_another_model: listing.other_model,
            enrolled_at: answer::date(listing.enrolled_at),
            consented_at: answer::date(listing.subject.consented),
            expires_at: listing.subject.expires.map(answer::date),
            duress: listing.subject.duress,
            schedule: listing.subject.schedule.map(|name| name.to_string()),
        }
    }
}

/// Carries out one gallery command.
///
/// # Errors
/// If store, key or file can't be used, or nobody is enrolled under the ID number.
pub fn run(context: &Context, command: &Command) -> Result<Answer, CliError> {
    let analyser = context.analyser()?;
    match command {
        Command::List => list(&context.store(&analyser)?),
        Command::Show { id } => show(&context.store(&analyser)?, id),
        Command::Schedule { id, name } => schedule(context, &analyser, id, name.as_deref()),
        Command::Remove { id } => remove(&mut context.store(&analyser)?, id),
        Command::Export {
            file,
            passphrase_file,
        } => export(&context.store(&analyser)?, file, passphrase_file),
        Command::Import {
            file,
            passphrase_file,
        } => import(context, &analyser, file, passphrase_file),
    }
}

fn list(store: &Store) -> Result<Answer, CliError> {
    let people: Vec<Person> = store.subjects()?.into_iter().map(Person::from).collect();
    let lines = people.iter().map(|p| {
        let name = p.name.as_deref().unwrap_or("-");
        format!("{:<32}  {:>2} templates  {name}", p.subject, p.templates)
    });
    let text = if people.is_empty() {
        "nobody is enrolled".into()
    } else {
        lines.collect::<Vec<_>>().join("\n")
    };
    Answer::new(Exit::Yes, text, &json!({"subjects": people}))
}

fn show(store: &Store, id: &str) -> Result<Answer, CliError> {
    let id = context::subject_id(id)?;
    let mut listings = store.subjects()?.into_iter();
    let listing = listings
        .find(|l| l.subject.id == id)
        .ok_or_else(|| CliError::NobodyEnrolled(id.to_string()))?;
    let person = Person::from(listing);
    let text = format!(
        "ID number   {}\nName        {}\nTemplates   {} ({} negative)\nEnrolled    {}\nConsented   {}\nExpires     {}\nSchedule    {}{}",
        person.subject,
        person.name.as_deref().unwrap_or("-"),
        person.templates,
        person.negative_references,
        person.enrolled_at,
        person.consented_at,
        person.expires_at.as_deref().unwrap_or("never"),
        person.schedule.as_deref().unwrap_or("that of everybody"),
        if person.duress {
            "\nDuress      yes"
        } else {
            ""
        },
    );
    Answer::new(Exit::Yes, text, &person)
}

fn schedule(
    context: &Context,
    analyser: &Analyser,
    id: &str,
    name: Option<&str>,
) -> Result<Answer, CliError> {
    let id = context::subject_id(id)?;
    let schedule = name.map(|name| context::schedule(context, name));
    let schedule = schedule.transpose()?;
    let mut store = context.store(analyser)?;
    let Some(enrolment) = store.enrolment(&id)? else {
        return Err(CliError::NobodyEnrolled(id.to_string()));
    };
    let subject = Subject {
        schedule,
        ..enrolment.subject
    };
    store.enrol(&subject, &[], UtcDateTime::now())?;
    let told = name.unwrap_or("everybody");
    Answer::new(
        Exit::Yes,
        format!("{id} has the schedule of {told}"),
        &json!({"subject": id.as_str(), "schedule": name}),
    )
}

fn remove(store: &mut Store, id: &str) -> Result<Answer, CliError> {
    let id = context::subject_id(id)?;
    if !store.remove(&id)? {
        return Err(CliError::NobodyEnrolled(id.to_string()));
    }
    Answer::new(
        Exit::Yes,
        format!("{id} is removed"),
        &json!({"removed": id.as_str()}),
    )
}

fn export(store: &Store, file: &Path, passphrase_file: &Path) -> Result<Answer, CliError> {
    let exported = store.export(file, &passphrase(passphrase_file)?)?;
    let text = format!(
        "{} people are exported to {}",
        exported.subjects,
        file.display()
    );
    let answer = json!({"file": file, "subjects": exported.subjects, "references_left_out": exported.left_out});
    Answer::new(Exit::Yes, text, &answer)
}

fn import(
    context: &Context,
    analyser: &Analyser,
    file: &Path,
    passphrase_file: &Path,
) -> Result<Answer, CliError> {
    let mut store = context.state().open_or_create_store(analyser.model_id())?;
    let imported = store.import(file, &passphrase(passphrase_file)?)?;
    let text = format!(
        "{} people are added, {} replaced",
        imported.added, imported.replaced
    );
    Answer::new(
        Exit::Yes,
        text,
        &json!({"added": imported.added, "replaced": imported.replaced}),
    )
}

/// The first line of a file: a passphrase in an argument could be seen by every process.
fn passphrase(file: &Path) -> Result<zeroize::Zeroizing<String>, CliError> {
    let text = std::fs::read_to_string(file).map_err(|source| CliError::File {
        path: file.into(),
        source,
    })?;
    let text = zeroize::Zeroizing::new(text);
    Ok(zeroize::Zeroizing::new(
        text.lines().next().unwrap_or_default().to_owned(),
    ))
}
