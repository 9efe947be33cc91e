//! Ostiary: a face verifier that lives at the door.
//!
//! `Frame -> Face -> Probe -> Evidence -> Decision -> Effect`: a camera frame becomes a decision on the
//! board itself, and the decision opens a door. ARCHITECTURE.md is the map; each room opens with what it
//! is for and its invariants.

pub mod app;
pub mod capture;
pub mod cli;
pub mod config;
pub mod domain;
pub mod door;
pub mod enrolment;
pub mod http;
pub mod panel;
pub mod telemetry;
pub mod vision;
