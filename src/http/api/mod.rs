//! The local API: face verification for a front desk, answered on the board.
//!
//! Handlers ([`backend`] is all they know of the house) parse a request, ask the verification worker
//! through one bounded queue, and word the answer. The room's invariants:
//!
//! - nothing is read before its caller is known, and nothing beyond its size limit;
//! - the door comes first: a full queue is answered `429` with `Retry-After`, never by waiting;
//! - no answer has a template, a key, a path of this machine or a stack trace in it.

pub mod backend;
