//! From pixels to faces, quality, templates and liveness.
//!
//! The networks are described by `models/manifest.toml` and run by our own kernels; tract is the reference
//! they are tested against, and runs a network that they don't understand, where it is built in (the feature
//! `tract`, which builds for boards leave out). The room's invariants:
//!
//! - no file is run whose SHA-256 is not the manifest's, and input and output shapes are checked when a
//!   network is loaded;
//! - [`engine`] is the one place that chooses what runs a network, and in what arithmetic;
//! - the frame path ([`Analyser::detect`], `quality`, `embed`, `liveness`, `image_cues`) works in buffers it keeps;
//! - a failure is an error or the lowest score, never a better one;
//! - the steps agree with their reference in Python on the source weights, see `tests/vision.rs`.

mod align;
mod analyser;
mod companion;
mod cues;
#[cfg(feature = "tract")]
mod dequantize;
mod detect;
mod embed;
mod engine;
mod error;
mod head_pose;
mod kernels;
mod landmarks;
mod located;
mod manifest;
mod model_file;
mod network;
mod occlusion;
mod onnx;
mod pad;
mod plan;
mod portrait;
mod quality;
mod recapture;
mod resample;
#[cfg(feature = "tract")]
mod tract;

pub use analyser::{Analyser, DetectorChoice, Probe, VisionOptions};
pub use cues::{frame_print, light};
pub use detect::{Detector, Faces, MAX_FACES};
pub use engine::Engine;
pub use error::VisionError;
pub use head_pose::head_pose;
pub use kernels::{F16, InstructionSet, Number};
pub use located::Located;
pub use manifest::{InputSpec, Manifest, ModelEntry, Normalisation, OutputSpec, Role};
pub use network::Network;
pub use occlusion::covered;
pub use pad::{MAX_CROPS, PadCue, PadDetector, PadResult};
pub use plan::{Arithmetic, PlannedNetwork};
pub use portrait::portrait;
pub use quality::{Components, Measures, QualityMeter, QualityReport};
pub use recapture::{Medium, recapture};
#[cfg(feature = "tract")]
pub use tract::TractNetwork;
