//! A small display on the SPI bus, with an ST7789 or ILI9341 that mipidsi knows how to speak to.
//!
//! Each change of the screen is sent as one whole frame: 240 x 320 pixels of 16 bits are 1.23 Mbit, 19.7 ms at 62.5 MHz, so
//! 50 frames a second could pass; 15 a second, which a camera picture should have, want 18.4 MHz.

mod bus;
#[cfg(feature = "hardware")]
mod device;

use std::fmt::{Debug, Display as Printable};
use std::path::PathBuf;

use embedded_graphics::geometry::{OriginDimensions, Size};
use embedded_graphics::pixelcolor::Rgb565;
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;
use embedded_hal::spi::SpiDevice;
use mipidsi::interface::Interface;
use mipidsi::models::{ILI9341Rgb565, Model, ST7789};
use mipidsi::options::{ColorInversion, ColorOrder, Orientation};
use mipidsi::{Builder, Display, InitError};

use self::bus::Bus;
#[cfg(feature = "hardware")]
pub use self::device::open_spi;
use super::{Drawing, Panel, PanelError, View};

pub use mipidsi::options::Rotation;

/// The controller of a display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpiDriver {
    St7789,
    Ili9341,
}

/// How a display is wired and mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpiOptions {
    pub driver: SpiDriver,
    /// Such as /dev/spidev0.0.
    pub device: PathBuf,
    /// Of the bus.
    pub speed_hz: u32,
    /// Width and height in pixels, before the rotation.
    pub size: (u16, u16),
    /// Column and row of the controller's memory that the display begins at, before the rotation.
    pub offset: (u16, u16),
    /// Turns the picture clockwise.
    pub rotation: Rotation,
    /// Whether blue comes first.
    pub is_bgr: bool,
    /// Whether a colour is shown by its complement.
    pub is_inverted: bool,
}

/// Sets a display up on an SPI device with its data/command line, and its reset line if that is wired.
///
/// # Errors
/// If a line or the bus fails, or the size and offset are not within the controller's memory.
pub fn spi_panel<S, D, R>(
    options: &SpiOptions,
    spi: S,
    dc: D,
    reset: Option<R>,
    delay: &mut impl DelayNs,
) -> Result<Box<dyn Panel>, PanelError>
where
    S: SpiDevice<Error: Printable> + 'static,
    D: OutputPin<Error: Printable> + 'static,
    R: OutputPin + 'static,
{
    let bus = Bus::new(spi, dc);
    match options.driver {
        SpiDriver::St7789 => set_up(options, ST7789, bus, reset, delay),
        SpiDriver::Ili9341 => set_up(options, ILI9341Rgb565, bus, reset, delay),
    }
}

fn set_up<B, M, R>(
    options: &SpiOptions,
    model: M,
    bus: B,
    reset: Option<R>,
    delay: &mut impl DelayNs,
) -> Result<Box<dyn Panel>, PanelError>
where
    B: Interface<Word = u8, Error: Printable> + 'static,
    M: Model<ColorFormat = Rgb565> + 'static,
    R: OutputPin + 'static,
{
    let builder = Builder::new(model, bus)
        .display_size(options.size.0, options.size.1)
        .display_offset(options.offset.0, options.offset.1)
        .orientation(Orientation::new().rotate(options.rotation))
        .color_order(if options.is_bgr {
            ColorOrder::Bgr
        } else {
            ColorOrder::Rgb
        })
        .invert_colors(if options.is_inverted {
            ColorInversion::Inverted
        } else {
            ColorInversion::Normal
        });
    let device = options.device.clone();
    Ok(match reset {
        Some(line) => {
            let display = builder.reset_pin(line).init(delay);
            Box::new(SpiPanel::new(
                display.map_err(|e| refused(options, e))?,
                device,
            ))
        }
        None => {
            let display = builder.init(delay);
            Box::new(SpiPanel::new(
                display.map_err(|e| refused(options, e))?,
                device,
            ))
        }
    })
}

fn refused<B: Printable, R: Debug>(options: &SpiOptions, error: InitError<B, R>) -> PanelError {
    PanelError::SpiDisplay {
        device: options.device.clone(),
        reason: match error {
            InitError::Interface(error) => error.to_string(),
            InitError::ResetPin(error) => format!("reset line: {error:?}"),
            InitError::InvalidConfiguration(error) => format!("{error:?}"),
        },
    }
}

/// A display that is set up.
struct SpiPanel<B, M, R>
where
    B: Interface<Word = u8>,
    M: Model<ColorFormat = Rgb565>,
    R: OutputPin,
{
    display: Display<B, M, R>,
    device: PathBuf,
    drawing: Drawing,
}

impl<B, M, R> SpiPanel<B, M, R>
where
    B: Interface<Word = u8>,
    M: Model<ColorFormat = Rgb565>,
    R: OutputPin,
{
    fn new(display: Display<B, M, R>, device: PathBuf) -> Self {
        Self {
            drawing: Drawing::new(display.size()),
            display,
            device,
        }
    }
}

impl<B, M, R> Panel for SpiPanel<B, M, R>
where
    B: Interface<Word = u8, Error: Printable>,
    M: Model<ColorFormat = Rgb565>,
    R: OutputPin,
{
    fn size(&self) -> Size {
        self.display.size()
    }

    fn show(&mut self, view: &View) -> Result<(), PanelError> {
        let Some(area) = self.drawing.show(view) else {
            return Ok(());
        };
        let pixels = self.drawing.canvas().rows(area).flatten();
        let colours = pixels.map(|&[r, g, b]| Rgb565::new(r >> 3, g >> 2, b >> 3));
        // The sides fit, for they came from 16 bits.
        let [left, top] = [area.top_left.x, area.top_left.y].map(|at| at as u16);
        let (width, height) = (area.size.width as u16, area.size.height as u16);
        self.display
            .set_pixels(left, top, left + width - 1, top + height - 1, colours)
            .map_err(|error| {
                self.drawing.forget();
                PanelError::SpiDisplay {
                    device: self.device.clone(),
                    reason: error.to_string(),
                }
            })
    }
}
