//! The SPI device of Linux, spidev.

use std::fmt::Display;

use embedded_hal::digital::OutputPin;
use linux_embedded_hal::spidev::{SpiModeFlags, Spidev, SpidevOptions};
use linux_embedded_hal::{Delay, SpidevDevice};

use super::{SpiOptions, spi_panel};
use crate::panel::{Panel, PanelError};

/// Opens the SPI device and sets the display on it up, which takes some 0.3 s.
///
/// # Errors
/// If the device is not there, may not be opened or is none of SPI; otherwise as [`spi_panel`].
pub fn open_spi<D, R>(
    options: &SpiOptions,
    dc: D,
    reset: Option<R>,
) -> Result<Box<dyn Panel>, PanelError>
where
    D: OutputPin<Error: Display> + 'static,
    R: OutputPin + 'static,
{
    let mode = SpidevOptions::new()
        .bits_per_word(8)
        .max_speed_hz(options.speed_hz)
        .mode(SpiModeFlags::SPI_MODE_0)
        .build();
    let open = || {
        let mut spi = Spidev::open(&options.device)?;
        spi.configure(&mode)?;
        Ok(spi)
    };
    let spi = open().map_err(|source| PanelError::OpenSpi {
        device: options.device.clone(),
        source,
    })?;
    spi_panel(options, SpidevDevice(spi), dc, reset, &mut Delay)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::path::Path;

    use embedded_hal::digital::ErrorType;
    use mipidsi::options::Rotation;

    use super::super::SpiDriver;
    use super::*;

    struct NoLine;

    impl ErrorType for NoLine {
        type Error = Infallible;
    }

    impl OutputPin for NoLine {
        fn set_low(&mut self) -> Result<(), Infallible> {
            panic!("driven before the device was opened");
        }

        fn set_high(&mut self) -> Result<(), Infallible> {
            self.set_low()
        }
    }

    #[test]
    fn a_device_that_is_none_is_named_before_a_line_is_driven() {
        for device in ["/dev/spidev-none", "/dev/null"] {
            let options = SpiOptions {
                driver: SpiDriver::Ili9341,
                device: Path::new(device).into(),
                speed_hz: 40_000_000,
                size: (240, 320),
                offset: (0, 0),
                rotation: Rotation::Deg0,
                is_bgr: true,
                is_inverted: false,
            };
            let message = match open_spi(&options, NoLine, Some(NoLine)) {
                Err(error) => error.to_string(),
                Ok(_) => panic!("{device} was opened"),
            };
            assert!(message.starts_with(&format!("can't open {device}: ")));
        }
    }
}
