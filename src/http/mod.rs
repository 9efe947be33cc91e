//! What this program serves over HTTP. Everything async of the room stays in it.
//!
//! - [`preview`]: a live page for the demo and for fitting a door, on loopback only.
//!
//! The room's invariant: no answer has a template, a key or a path of this machine in it.

mod error;
pub mod preview;

pub use error::HttpError;
