//! The wiring: hardware, threads, the event loop and the clock.
//!
//! Data flow: `capture` fills a one-slot mailbox; the analysis thread takes the freshest frame when the
//! event loop asks for one, and answers with an [`Event`]; the event loop steps the domain's transaction
//! and performs its effects. Invariants:
//!
//! - one thread decides and acts; everything reaches it as one closed [`Event`];
//! - a decision is recorded before it is acted upon, and acted upon before it is published;
//! - a fault of camera, networks, audit log or strike takes the door out of service and grants nothing.

mod analysis;
mod api;
mod api_watch;
mod clock;
mod display;
mod door;
mod enrol;
mod enrolment_thread;
mod error;
mod event;
mod gallery;
mod hardware;
mod kiosk;
mod liveness;
mod memory;
mod observer;
mod preview;
mod resources;
mod serve;
mod service;
mod site;
mod state;
mod verification;

pub use analysis::{AnalysisThread, Request, Seen, Surroundings};
pub use api::LocalApi;
pub use clock::SystemClock;
pub use display::open_panel;
pub use door::{check_lines, open_card_output, open_sensors, open_signalling, open_strike};
pub use enrol::{Admission, Person, enrol, sample};
pub use error::AppError;
pub use event::{ClaimSource, Event};
pub use hardware::open_camera;
pub use liveness::LivenessWatch;
pub use memory::{CountingAllocator, allocations, return_large_blocks};
pub use observer::Observer;
pub use preview::LivePreview;
pub use resources::{board, find as find_resource, models as find_models};
pub use serve::{Serve, serve};
pub use site::{Fitting, SiteError, SiteFile, drift_warning, drifted};
pub use state::State;
pub use verification::Priority;
