//! The local API as its callers see it: over HTTP, on a server of each test's own.

mod active_page;
mod bad_input;
mod bad_input_of_dialects;
mod browser;
mod by_url;
mod contract;
mod decentro;
mod desks;
mod didit;
mod documented_calls;
mod documented_samples;
mod guard;
mod id_match;
mod kairos;
mod own;
mod photograph;
mod puppet;
mod receiver;
mod rough_clients;
mod server;
mod verifik;
