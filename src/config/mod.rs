//! Config and board files, turned into validated types.
//!
//! The config file says how this door behaves, the board file what hardware it has. Invariants:
//!
//! - every key of a file is known: an unknown one is refused by name, with the nearest valid key;
//! - what leaves this room has been checked, so no other room meets a value it can't run with;
//! - secrets are named by file and never written in a config.

mod api;
mod board;
mod daemon;
mod error;
mod hours;
mod keys;
mod source;

pub use api::{Api, Dialect, DialectBands, Place};
pub use board::{
    Analysis, Badge, Bias, Board, Camera, CameraSource, ColourOrder, Detector, Display, Door,
    FailMode, InputLine, Line, NoBias, OutputLine, PixelFormat, Rotation, SpiDisplay, SpiDriver,
    V4l2, WiegandFormat,
};
pub use daemon::{Config, Mqtt, Preview};
pub use error::ConfigError;

/// The documented config file with every key, as `ostiary config example` prints it.
pub const EXAMPLE_CONFIG: &str = include_str!("example-config.toml");
/// The documented board file with every key.
pub const EXAMPLE_BOARD: &str = include_str!("example-board.toml");
