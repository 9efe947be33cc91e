//! The command line: arguments in, one answer out. Each subcommand is a file of its own.
//!
//! Invariants:
//!
//! - exit status 0 means yes or granted, 1 no or denied, 2 could not tell or bad input;
//! - with `--json` standard output holds one JSON value and nothing else, errors included;
//! - an error is one clear line on standard error; logs and progress go there too.

mod answer;
mod api;
mod bench;
mod calibrate;
mod compare;
mod config;
mod context;
mod demo;
mod doctor;
mod enroll;
mod error;
pub mod evaluate;
mod gallery;
mod guardian;
mod identify;
mod identity;
mod liveness;
pub mod log;
mod progress;
mod run;
mod secure;
mod simulate_attack;
mod verify_signature;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use answer::Answer;
use context::Context;
use error::CliError;

/// A face verifier that lives at the door.
///
/// Exit status: 0 yes or granted, 1 no or denied, 2 could not tell or bad input.
#[derive(Debug, Parser)]
#[command(name = "ostiary", version, propagate_version = true)]
struct Arguments {
    /// Print one JSON value instead of text
    #[arg(long, global = true)]
    json: bool,
    /// Config file [default: /etc/ostiary/ostiary.toml if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// State: enrolled people, keys, outbox, logs [default: from the config]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Folder of the networks and their manifest.toml [default: from the config]
    #[arg(long, global = true, value_name = "DIR")]
    models: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play sample frames through the real networks, with a simulated door, display and broker
    Demo(demo::Arguments),
    /// Serve the door
    Run(run::Arguments),
    /// Enrol a person from one or more images
    Enroll(enroll::Arguments),
    /// Compare the faces of two images (1:1)
    Compare(compare::Arguments),
    /// Look an image's face up among the enrolled people (1:N)
    Identify(identify::Arguments),
    /// Tell a live person from a picture or screen held up to the camera
    Liveness(liveness::Arguments),
    /// List, show, remove, export or import enrolled people
    #[command(subcommand)]
    Gallery(gallery::Command),
    /// Make, list or revoke keys of the local API
    #[command(subcommand)]
    Api(api::Command),
    /// Import, list or remove the people whom the local API knows by ID number
    #[command(subcommand)]
    Identity(identity::Command),
    /// Check that an answer of the local API was signed by this board and is as it was given
    VerifySignature(verify_signature::Arguments),
    /// Measure error rates on a set of images
    #[command(subcommand)]
    Evaluate(evaluate::Command),
    /// Fit the liveness scale to this door's camera
    Calibrate(calibrate::Arguments),
    /// Make test material: a portrait as a print or a screen held up to a camera would show it
    SimulateAttack(simulate_attack::Arguments),
    /// Measure the time of each stage
    Bench(bench::Arguments),
    /// Check camera, pins, display, broker, models, keys and clock, and say what to do
    Doctor(doctor::Arguments),
    /// Secure the door after the daemon has gone, as its unit does when it stops
    Secure(secure::Arguments),
    /// Hold the strike's line for the daemon, which starts this by itself
    #[command(hide = true)]
    Guardian,
    /// Check config and board files, or print a documented example
    #[command(subcommand)]
    Config(config::Command),
}

/// Runs one command line and says how it ended.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let wants_json = arguments.iter().any(|argument| argument == "--json");
    let parsed = match Arguments::try_parse_from(&arguments) {
        Ok(parsed) => parsed,
        Err(error) if error.use_stderr() && wants_json => {
            return answer::fail(&CliError::Usage(error), true);
        }
        Err(error) => {
            // Help and version go to standard output; nothing can be done if that is closed.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(2)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let json = parsed.json;
    match dispatch(parsed) {
        Ok(answer) => answer.print(json),
        Err(error) => answer::fail(&error, json),
    }
}

fn dispatch(arguments: Arguments) -> Result<Answer, CliError> {
    let Arguments {
        json,
        config,
        data,
        models,
        command,
    } = arguments;
    // Made when it is needed: a config that can't be read must not keep the door from being secured, nor
    // `config check` from saying so in its own way.
    let context = || Context::new(json, config, data, models);
    match command {
        Command::Demo(arguments) => demo::run(context()?, &arguments),
        Command::Run(arguments) => run::run(context()?, &arguments),
        Command::Enroll(arguments) => enroll::run(&context()?, &arguments),
        Command::Compare(arguments) => compare::run(&context()?, &arguments),
        Command::Identify(arguments) => identify::run(&context()?, &arguments),
        Command::Liveness(arguments) => liveness::run(&context()?, &arguments),
        Command::Gallery(command) => gallery::run(&context()?, &command),
        Command::Api(command) => api::run(&context()?, &command),
        Command::Identity(command) => identity::run(&context()?, &command),
        Command::VerifySignature(arguments) => verify_signature::run(&context()?, &arguments),
        Command::Evaluate(command) => evaluate::run(&context()?, &command),
        Command::Calibrate(arguments) => calibrate::run(&context()?, &arguments),
        Command::SimulateAttack(arguments) => simulate_attack::run(&arguments),
        Command::Bench(arguments) => bench::run(&context()?, &arguments),
        Command::Doctor(arguments) => doctor::run(&context()?, &arguments),
        Command::Config(command) => config::run(&command),
        Command::Secure(arguments) => secure::run(&arguments),
        Command::Guardian => guardian::run(),
    }
}
