//! What can go wrong with a panel.

use std::io;
use std::path::PathBuf;

/// A panel that can't be set up or written to.
#[derive(Debug, thiserror::Error)]
pub enum PanelError {
    #[error("the panel does not speak {0:?}: use one of en, de, fr, es, pt")]
    UnknownLanguage(String),
    #[error("can't make a PNG of the panel: {0}")]
    Encode(#[source] image::ImageError),
    #[error("can't write {path}: {source}; check that the folder exists and may be written")]
    WritePng { path: PathBuf, source: io::Error },
    #[error("can't read {path}: {source}; check that the framebuffer driver is loaded")]
    ReadGeometry { path: PathBuf, source: io::Error },
    #[error("{path} holds {found:?}, not {expected}")]
    Geometry {
        path: PathBuf,
        found: String,
        expected: &'static str,
    },
    #[error(
        "{device} has {bits} bits a pixel; 16 (RGB565) and 32 (XRGB8888) are supported: \
         change the mode of the display"
    )]
    PixelFormat { device: PathBuf, bits: u32 },
    #[error("can't open {device}: {source}; the user needs to be in the group 'video'")]
    OpenFramebuffer { device: PathBuf, source: io::Error },
    #[error("can't write to {device}: {source}; check the cable and the driver of the display")]
    WriteFramebuffer { device: PathBuf, source: io::Error },
    #[error(
        "can't open {device}: {source}; switch SPI on, as with dtparam=spi=on, and put the user into the device's group"
    )]
    OpenSpi { device: PathBuf, source: io::Error },
    #[error("the display at {device} does not follow ({reason}); check its lines, size and offset")]
    SpiDisplay { device: PathBuf, reason: String },
    #[error("{device}: SPI displays are for programs built with `--features hardware`")]
    SpiNotBuilt { device: PathBuf },
}
