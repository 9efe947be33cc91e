//! Who is let into the gallery, and where the gallery rests.
//!
//! Admission rules, the encrypted store (SQLite), identities by ID number, and export and import of the
//! whole gallery as one encrypted file. Callers hand in templates and qualities; no image comes here.
//!
//! The room's invariants:
//!
//! - an enrolment that was acknowledged survives a power cut whole; one that was not leaves no trace;
//! - nothing personal rests in clear: the ID number is found by a keyed hash, and everything else,
//!   templates included, is one AEAD-sealed record a subject, bound to its row;
//! - a key is made only where there is neither a key nor a store, and no file is ever overwritten;
//! - a damaged or foreign file is an error that names it, never a smaller gallery.
//!
//! What sealing can't show: that the whole store, or one subject's row, was put back to an earlier
//! state of itself, or that a row was deleted. File permissions have to prevent that.

mod admission;
mod error;
mod files;
mod identity;
mod key;
mod portable;
mod record;
mod rows;
mod schema;
mod seal;
mod store;
#[doc(hidden)]
pub mod unsealed;

pub use admission::{AdmissionRules, AdmissionSample};
pub use error::EnrolmentError;
pub use identity::{IdentityList, IdentityTable, ListedIdentity};
pub use key::StoreKey;
pub use portable::{Exported, Imported};
pub use record::{EnrolledReference, Enrolment};
pub use store::{Listing, Store};

/// The most references a subject may have, negative ones included.
pub const MAX_REFERENCES: usize = 10;
