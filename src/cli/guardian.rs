//! `ostiary guardian`: the process that holds the strike; hidden, since only the daemon starts it.

use serde_json::json;

use crate::app::AppError;
use crate::door;

use super::answer::{Answer, Exit};
use super::error::CliError;

/// Holds the strike until the daemon is gone.
///
/// # Errors
/// If it was started by hand, or the line can't be held.
pub fn run() -> Result<Answer, CliError> {
    door::guard().map_err(AppError::from)?;
    Answer::new(Exit::Yes, "", &json!({"ended": true}))
}
