//! The local API as its callers see it: over HTTP, on a server of each test's own.

mod bad_input;
mod guard;
mod own;
mod server;
