//! The local API as its callers see it: over HTTP, on a server of each test's own.

mod active_page;
mod bad_input;
mod browser;
mod contract;
mod decentro;
mod didit;
mod guard;
mod id_match;
mod kairos;
mod own;
mod puppet;
mod receiver;
mod rough_clients;
mod server;
mod verifik;
