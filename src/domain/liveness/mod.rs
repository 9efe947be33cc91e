//! Liveness over time: what several frames of one face tell that a single one can't.
//!
//! Everything here is a pure function of what `vision` measured. A cue speaks against a presentation or is
//! silent: none of them makes a score better than the network's.

mod plane;

pub use plane::parallax;
