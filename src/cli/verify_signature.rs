//! `ostiary verify-signature`: whether an answer of the local API was given by this board.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::api::verifik::signature::{self, SignatureProblem};

use super::answer::{Answer, Exit};
use super::context::Context;
use super::error::CliError;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The answer as it was received, JSON
    answer: PathBuf,
    /// Public key: a file with it, or with what GET /v2/face-recognition/public-key answers; fetch it once and keep
    /// it [default: this board's own key]
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
}

/// Checks the signature of an answer.
///
/// # Errors
/// If a file can't be read or is no JSON, or the key is none.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Answer, CliError> {
    let path = &arguments.answer;
    let answer: Value =
        serde_json::from_str(&read(path)?).map_err(|source| CliError::NoAnswer {
            path: path.clone(),
            source,
        })?;
    let public_key = match &arguments.public_key {
        Some(file) => public_key(file)?,
        None => context.state().result_signer()?.public_key(),
    };
    match signature::verify(&answer, &public_key) {
        Ok(()) => Answer::new(
            Exit::Yes,
            "the signature is good: the answer is as it was given",
            &json!({"valid": true}),
        ),
        Err(problem @ SignatureProblem::Wrong) => Answer::new(
            Exit::No,
            problem.to_string(),
            &json!({"valid": false, "reason": problem.to_string()}),
        ),
        Err(problem) => Err(CliError::Signature {
            path: path.clone(),
            problem,
        }),
    }
}

/// What the route of the public key answers.
#[derive(Deserialize)]
struct Published {
    #[serde(rename = "publicKey")]
    public_key: String,
}

fn public_key(file: &Path) -> Result<[u8; 32], CliError> {
    let text = read(file)?;
    let digits = match serde_json::from_str::<Published>(&text) {
        Ok(published) => published.public_key,
        Err(_) => text.trim().to_owned(),
    };
    let mut key = [0; 32];
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if pairs.len() != key.len() || !rest.is_empty() || !hexadecimal {
        return Err(CliError::PublicKey(file.to_owned()));
    }
    for (byte, [high, low]) in key.iter_mut().zip(pairs) {
        let digit = |c: u8| char::from(c).to_digit(16).unwrap_or_default() as u8;
        *byte = digit(*high) << 4 | digit(*low);
    }
    Ok(key)
}

fn read(path: &Path) -> Result<String, CliError> {
    fs::read_to_string(path).map_err(|source| CliError::File {
        path: path.to_owned(),
        source,
    })
}
