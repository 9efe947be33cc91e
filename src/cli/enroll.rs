//! `ostiary enroll`: references of a person, from images.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use time::macros::format_description;
use time::{Date, UtcDateTime};

use crate::app::{self, Admission, Person};
use crate::capture;
use crate::enrolment::AdmissionSample;
use crate::vision::Analyser;

use super::answer::{Answer, Exit};
use super::context::{self, Context};
use super::error::CliError;

#[derive(Debug, Args)]
pub struct Arguments {
    /// ID number, as on the badge: 1 to 32 letters, digits, '.', '_' or '-'
    #[arg(long)]
    id: String,
    /// Name for the panel to show at a grant
    #[arg(long)]
    name: Option<String>,
    /// Last day of the enrolment, as YYYY-MM-DD (UTC)
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// The images show somebody who is taken for this person, and is not ("not this person")
    #[arg(long)]
    negative: bool,
    /// An enrolment for duress: naming this ID number, by badge or QR code, grants and raises a silent alarm
    #[arg(long)]
    duress: bool,
    /// When the person is let in: a schedule of the config file, or `always` [default: the door's own hours]
    #[arg(long, value_name = "NAME")]
    schedule: Option<String>,
    /// Enrol although the face is enrolled under another ID number
    #[arg(long)]
    force: bool,
    /// Portraits or ID images, each with one face
    #[arg(required = true)]
    images: Vec<PathBuf>,
}

impl Arguments {
    /// Enrols the demo's portrait.
    #[must_use]
    pub fn for_demo(portrait: PathBuf) -> Self {
        Self {
            id: "44".into(),
            name: Some("Barack Obama".into()),
            until: None,
            negative: false,
            duress: false,
            schedule: None,
            force: false,
            images: vec![portrait],
        }
    }
}

#[derive(Debug, Serialize)]
struct Enrolled<'a> {
    subject: &'a str,
    /// Templates of the subject, the new ones included.
    templates: usize,
    /// Of the new images, 0 to 100.
    quality: Vec<u8>,
}

/// Enrols a person, or adds references to one who is enrolled. The consent counts as given now.
///
/// # Errors
/// If an image can't be read or the admission rules refuse it; then nothing is changed.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Answer, CliError> {
    let id = context::subject_id(&arguments.id)?;
    let expires = arguments.until.as_deref().map(end_of_day).transpose()?;
    let schedule = arguments.schedule.as_deref();
    let schedule = schedule
        .map(|name| context::schedule(context, name))
        .transpose()?;
    let mut analyser = context.analyser()?;
    let samples = arguments
        .images
        .iter()
        .map(|path| sample(&mut analyser, path))
        .collect::<Result<Vec<_>, CliError>>()?;
    let quality = samples.iter().map(|sample| sample.quality.get()).collect();

    let mut store = context.state().open_or_create_store(analyser.model_id())?;
    let admission = if arguments.negative {
        Admission::Negative
    } else {
        Admission::Positive {
            force: arguments.force,
        }
    };
    let person = Person {
        id,
        name: arguments.name.clone(),
        expires,
        consented: UtcDateTime::now(),
        duress: arguments.duress,
        schedule,
    };
    let policy = &context.config.policy;
    let listing = app::enrol(&mut store, &analyser, policy, person, samples, admission)?;
    let subject = &listing.subject;

    let text = format!(
        "{} is enrolled with {} templates",
        subject.id, listing.templates
    );
    let answer = Enrolled {
        subject: subject.id.as_str(),
        templates: listing.templates,
        quality,
    };
    Answer::new(Exit::Yes, text, &answer)
}

/// What the admission rules want to know of an image file.
///
/// # Errors
/// If it can't be read or shows no face.
pub fn sample(analyser: &mut Analyser, path: &Path) -> Result<AdmissionSample, CliError> {
    let failed = |source| CliError::Face {
        path: path.into(),
        source,
    };
    let image = capture::open(path)?;
    app::sample(analyser, &image, path.display().to_string()).map_err(failed)
}

/// The enrolment ends when the day after `date` begins.
fn end_of_day(date: &str) -> Result<UtcDateTime, CliError> {
    let unusable = || CliError::Date(date.to_owned());
    let day =
        Date::parse(date, format_description!("[year]-[month]-[day]")).map_err(|_| unusable())?;
    Ok(day.next_day().ok_or_else(unusable)?.midnight().as_utc())
}
