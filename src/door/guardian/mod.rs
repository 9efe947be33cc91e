//! The guardian: a process that holds the strike's line and does nothing else.
//!
//! The daemon loads networks, decodes pictures and talks to a network, so it can be killed or hang
//! while the strike is released, and the kernel does not promise what becomes of the line. So the
//! daemon starts `ostiary guardian`, the same program with no camera, network or model in it, which
//! claims the line and takes orders over a socket pair ([`protocol`]). Invariants:
//!
//! - the line is at its secure level when it is claimed, when the guardian ends and on a panic in it;
//! - a release has a length, and the guardian ends it by its own clock;
//! - a release ends early when no heartbeat came for [`StrikeWiring::silence`](super::StrikeWiring),
//!   when the socket is closed, or garbled, or the parent dies: whatever kills the daemon;
//! - the daemon takes a release for done only when the guardian says so, and starts another guardian
//!   when it has lost one; that one's first act is to secure the line.
//!
//! What nobody here can do: if daemon and guardian are killed at the same moment, the line keeps the
//! level that the kernel leaves it, until either is started again or `ostiary secure` is run.

mod client;
mod heart;
mod process;
pub mod protocol;
mod signals;

pub use client::GuardedStrike;
pub use process::guard;
