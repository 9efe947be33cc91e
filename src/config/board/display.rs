//! What the panel is drawn on, as the board file has it.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Rotation;
use super::line::OutputLine;

/// What the panel is drawn on.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Display {
    Framebuffer {
        device: PathBuf,
    },
    Spi(SpiDisplay),
    /// `panel.png` in the data folder.
    Png {
        width: u32,
        height: u32,
    },
    None,
}

/// A small display on the SPI bus.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpiDisplay {
    pub driver: SpiDriver,
    /// Such as `/dev/spidev0.0`.
    pub device: PathBuf,
    #[serde(default = "speed")]
    pub speed_hz: u32,
    /// In pixels, of the display as it is: before the rotation.
    pub width: u16,
    /// In pixels, of the display as it is: before the rotation.
    pub height: u16,
    /// The first column of the driver's memory that is seen.
    #[serde(default)]
    pub offset_x: u16,
    /// The first row of the driver's memory that is seen.
    #[serde(default)]
    pub offset_y: u16,
    #[serde(default)]
    pub rotation: Rotation,
    #[serde(default)]
    pub colour_order: ColourOrder,
    /// Whether the display shows a colour by its complement, as most IPS ones do.
    #[serde(default)]
    pub inverted: bool,
    /// Low for commands, high for data.
    pub dc: OutputLine,
    /// Low resets the display; without it a command does.
    pub reset: Option<OutputLine>,
}

/// The controller of an SPI display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpiDriver {
    St7789,
    Ili9341,
}

/// Which of a pixel's colours comes first on the glass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColourOrder {
    #[default]
    Rgb,
    Bgr,
}

fn speed() -> u32 {
    62_500_000
}

/// The memory of both drivers, in columns and rows.
const MEMORY: (u16, u16) = (240, 320);

impl Display {
    /// Every output in use, with its key.
    pub(super) fn outputs(&self) -> impl Iterator<Item = (&'static str, &OutputLine)> {
        let spi = match self {
            Self::Spi(spi) => Some(spi),
            _ => None,
        };
        let reset = spi.and_then(|spi| spi.reset.as_ref());
        let dc = spi.map(|spi| ("display.dc", &spi.dc));
        dc.into_iter()
            .chain(reset.map(|line| ("display.reset", line)))
    }

    /// Relative paths start from the board file's folder.
    pub(super) fn resolve(&mut self, folder: &Path) {
        if let Self::Spi(SpiDisplay { dc, reset, .. }) = self {
            dc.resolve(folder);
            reset.iter_mut().for_each(|line| line.resolve(folder));
        }
    }

    /// The key of the first thing that won't do, and what it is.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let in_range = |key, value: u32, min: u32, max: u32| {
            if (min..=max).contains(&value) {
                Ok(())
            } else {
                Err((key, format!("{value} is not from {min} to {max}")))
            }
        };
        match self {
            Self::Png { width, height } => {
                in_range("display.width", *width, 240, 1280)?;
                in_range("display.height", *height, 240, 1280)
            }
            Self::Spi(spi) => {
                let (columns, rows) = (u32::from(MEMORY.0), u32::from(MEMORY.1));
                let (width, height) = (u32::from(spi.width), u32::from(spi.height));
                in_range("display.width", width, 240, columns)?;
                in_range("display.height", height, 240, rows)?;
                in_range("display.offset_x", spi.offset_x.into(), 0, columns - width)?;
                in_range("display.offset_y", spi.offset_y.into(), 0, rows - height)?;
                in_range("display.speed_hz", spi.speed_hz, 1_000_000, 125_000_000)
            }
            Self::Framebuffer { .. } | Self::None => Ok(()),
        }
    }
}
