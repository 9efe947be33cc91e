//! The identity source that rests on the board: who holds which document, and what they look like.
//!
//! A table of its own beside the gallery, imported from a register and sealed with the store's key.
//! Nobody is let in by it: it answers whether a face belongs to an ID number. Invariants:
//!
//! - ID numbers are found by a keyed hash, and everything else, template included, is one sealed record
//!   bound to its row;
//! - a portrait becomes a template when it is imported, and is not kept.

mod list;
mod record;
mod table;

pub use list::{IdentityList, ListedIdentity};
pub use table::IdentityTable;

pub(super) use record::decode;
pub(super) use table::identities_path;
