//! USB and other V4L2 cameras.
//!
//! A camera is asked for one format, size and rate, and nothing else is taken in their place. What is asked and
//! what counts as an answer needs no device; what talks to one is compiled with the `hardware` feature only.

#[cfg(feature = "hardware")]
mod device;
mod request;

#[cfg(feature = "hardware")]
pub use device::V4l2Camera;
#[cfg(feature = "hardware")]
pub use request::{V4l2Format, V4l2Options};
