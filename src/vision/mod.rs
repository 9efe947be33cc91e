//! From pixels to faces, quality, templates and liveness.
//!
//! The networks are described by `models/manifest.toml` and run by tract. The room's invariants:
//!
//! - no file is run whose SHA-256 is not the manifest's, and input and output shapes are checked when a
//!   network is loaded;
//! - [`dequantize`] is the one place that chooses what the networks compute in;
//! - the frame path ([`Analyser::detect`], `quality`, `embed`, `liveness`) works in buffers it keeps;
//! - a failure is an error or the lowest score, never a better one;
//! - the steps agree with their reference in Python on the source weights, see `tests/vision.rs`.

mod align;
mod analyser;
mod dequantize;
mod detect;
mod embed;
mod error;
mod head_pose;
#[allow(dead_code, unused_imports, reason = "the plan that runs them is next")]
mod kernels;
mod landmarks;
mod manifest;
mod model_file;
mod network;
mod pad;
mod portrait;
mod quality;
mod resample;

pub use analyser::{Analyser, DetectorChoice, Located, Probe, VisionOptions};
pub use detect::{Detector, Faces, MAX_FACES};
pub use error::VisionError;
pub use head_pose::head_pose;
pub use manifest::{InputSpec, Manifest, ModelEntry, Normalisation, OutputSpec, Role};
pub use network::{Network, TractNetwork};
pub use pad::{MAX_CROPS, PadCue, PadResult};
pub use portrait::portrait;
pub use quality::{Components, Measures, QualityMeter, QualityReport};
