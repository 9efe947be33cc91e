//! Ostiary: a face verifier that lives at the door.

pub mod domain;
