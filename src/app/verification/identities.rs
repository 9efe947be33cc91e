//! `Job::LookUp`: who holds a document, out of the board's own table.

use super::bench::{Bench, failed};
use crate::app::AppError;
use crate::domain::{IdentityKey, IdentityLookup};
use crate::http::api::backend::BackendError;

/// Opens the table anew each time, so that an import counts at once.
pub(super) fn look_up(
    bench: &Bench<'_>,
    key: &IdentityKey,
) -> Result<IdentityLookup, BackendError> {
    let find = || -> Result<IdentityLookup, AppError> {
        let Some(table) = bench.state.open_identities()? else {
            return Ok(IdentityLookup::NoSource);
        };
        Ok(match table.find(key)? {
            Some(identity) => IdentityLookup::Known(Box::new(identity)),
            None => IdentityLookup::Unknown,
        })
    };
    find().map_err(|error| failed(&error))
}
