//! Commands and pixels on four wires: clock, data, chip select and data/command.

use std::fmt::Display;

use embedded_hal::digital::OutputPin;
use embedded_hal::spi::SpiDevice;
use mipidsi::interface::{Interface, InterfaceKind};

/// The most bytes in one transfer: Linux's spidev takes no more unless its `bufsiz` is set.
const MAX_TRANSFER: usize = 4096;

/// The bus to a display. Unlike mipidsi's own it has its buffer to itself, and sends no empty transfers.
pub(super) struct Bus<S, D> {
    spi: S,
    dc: D,
    buffer: Vec<u8>,
}

impl<S, D> Bus<S, D>
where
    S: SpiDevice<Error: Display>,
    D: OutputPin<Error: Display>,
{
    pub(super) fn new(spi: S, dc: D) -> Self {
        Self {
            spi,
            dc,
            buffer: Vec::with_capacity(MAX_TRANSFER),
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.spi.write(bytes).map_err(spi_failed)
    }

    fn flush(&mut self) -> Result<(), String> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let sent = self.spi.write(&self.buffer).map_err(spi_failed);
        self.buffer.clear();
        sent
    }
}

impl<S, D> Interface for Bus<S, D>
where
    S: SpiDevice<Error: Display>,
    D: OutputPin<Error: Display>,
{
    type Word = u8;
    /// What failed, and why.
    type Error = String;

    const KIND: InterfaceKind = InterfaceKind::Serial4Line;

    fn send_command(&mut self, command: u8, args: &[u8]) -> Result<(), String> {
        self.dc.set_low().map_err(dc_failed)?;
        self.send(&[command])?;
        self.dc.set_high().map_err(dc_failed)?;
        if args.is_empty() {
            return Ok(());
        }
        self.send(args)
    }

    fn send_pixels<const N: usize>(
        &mut self,
        pixels: impl IntoIterator<Item = [u8; N]>,
    ) -> Result<(), String> {
        for pixel in pixels {
            if self.buffer.len() + N > MAX_TRANSFER {
                self.flush()?;
            }
            self.buffer.extend(pixel);
        }
        self.flush()
    }

    fn send_repeated_pixel<const N: usize>(
        &mut self,
        pixel: [u8; N],
        count: u32,
    ) -> Result<(), String> {
        self.send_pixels((0..count).map(|_| pixel))
    }
}

fn spi_failed(error: impl Display) -> String {
    format!("SPI: {error}")
}

fn dc_failed(error: impl Display) -> String {
    format!("data/command line: {error}")
}
