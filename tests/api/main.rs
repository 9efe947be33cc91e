//! The local API as its callers see it: over HTTP, on a server of each test's own.

mod bad_input;
mod contract;
mod guard;
mod id_match;
mod kairos;
mod own;
mod rough_clients;
mod server;
mod verifik;
