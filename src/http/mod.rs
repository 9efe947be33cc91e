//! What this program serves over HTTP. Everything async of the room stays in it.
//!
//! - [`api`]: face verification for a front desk;
//! - [`preview`]: a live page for the demo and for fitting a door, on loopback only.
//!
//! The room's invariant: no answer has a template, a key or a path of this machine in it.

pub mod api;
mod error;
pub mod preview;

pub use error::HttpError;
