//! From the board file to a display, which the door does not depend on.

use std::path::Path;
use std::time::{Duration, Instant};

use embedded_graphics::geometry::Size;

use crate::config::{Board, Display, SpiDisplay};
#[cfg(feature = "hardware")]
use crate::config::{ColourOrder, Rotation, SpiDriver};
#[cfg(feature = "hardware")]
use crate::panel;
use crate::panel::{FramebufferPanel, NullPanel, Panel, PanelError, PngPanel, View};

use super::AppError;
#[cfg(feature = "hardware")]
use super::door::open_display_line;

/// Opens the board's display; `data` takes the picture of a PNG panel.
///
/// # Errors
/// If the display can't be opened, with the board file and key.
pub fn open_panel(board: &Board, data: &Path) -> Result<Box<dyn Panel>, AppError> {
    let opened: Result<Box<dyn Panel>, PanelError> = match &board.display {
        Display::None => Ok(Box::new(NullPanel)),
        Display::Framebuffer { device } => {
            FramebufferPanel::open(device).map(|panel| Box::new(panel) as _)
        }
        Display::Png { width, height } => {
            Ok(Box::new(PngPanel::new(data, Size::new(*width, *height))))
        }
        Display::Spi(spi) => return open_spi(board, spi),
    };
    opened.map_err(|source| wrong(board, source))
}

#[cfg(feature = "hardware")]
fn open_spi(board: &Board, spi: &SpiDisplay) -> Result<Box<dyn Panel>, AppError> {
    let options = panel::SpiOptions {
        driver: match spi.driver {
            SpiDriver::St7789 => panel::SpiDriver::St7789,
            SpiDriver::Ili9341 => panel::SpiDriver::Ili9341,
        },
        device: spi.device.clone(),
        speed_hz: spi.speed_hz,
        size: (spi.width, spi.height),
        offset: (spi.offset_x, spi.offset_y),
        rotation: match spi.rotation {
            Rotation::None => panel::Rotation::Deg0,
            Rotation::Quarter => panel::Rotation::Deg90,
            Rotation::Half => panel::Rotation::Deg180,
            Rotation::ThreeQuarter => panel::Rotation::Deg270,
        },
        is_bgr: spi.colour_order == ColourOrder::Bgr,
        is_inverted: spi.inverted,
    };
    let dc = open_display_line(board, "display.dc", &spi.dc)?;
    let reset = spi.reset.as_ref();
    let reset = reset.map(|line| open_display_line(board, "display.reset", line));
    panel::open_spi(&options, dc, reset.transpose()?).map_err(|source| wrong(board, source))
}

#[cfg(not(feature = "hardware"))]
fn open_spi(board: &Board, spi: &SpiDisplay) -> Result<Box<dyn Panel>, AppError> {
    let device = spi.device.clone();
    Err(wrong(board, PanelError::SpiNotBuilt { device }))
}

fn wrong(board: &Board, source: PanelError) -> AppError {
    AppError::Display {
        file: board.file.clone(),
        key: "display.device",
        source,
    }
}

/// A display that may fail and come back: the door is served without it meanwhile.
pub(super) struct LastingPanel {
    open: Box<dyn FnMut() -> Result<Box<dyn Panel>, AppError>>,
    panel: Option<Box<dyn Panel>>,
    /// When it was last opened, or tried to be.
    tried: Instant,
}

impl LastingPanel {
    /// Between two tries to open it.
    const RETRY: Duration = Duration::from_secs(10);

    /// Opens the display with `open`, now and after each failure.
    pub(super) fn new(open: impl FnMut() -> Result<Box<dyn Panel>, AppError> + 'static) -> Self {
        let mut lasting = Self {
            open: Box::new(open),
            panel: None,
            tried: Instant::now(),
        };
        lasting.open();
        lasting
    }

    fn open(&mut self) {
        self.tried = Instant::now();
        match (self.open)() {
            Ok(panel) => self.panel = Some(panel),
            Err(error) => {
                let again = Self::RETRY.as_secs();
                tracing::error!(%error, "no display; it is tried again every {again} s");
            }
        }
    }
}

impl Panel for LastingPanel {
    fn size(&self) -> Size {
        self.panel.as_ref().map_or(Size::zero(), |p| p.size())
    }

    fn show(&mut self, view: &View) -> Result<(), PanelError> {
        if self.panel.is_none() && self.tried.elapsed() >= Self::RETRY {
            self.open();
        }
        let Some(panel) = &mut self.panel else {
            return Ok(());
        };
        let shown = panel.show(view);
        if shown.is_err() {
            self.panel = None;
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;
    use crate::domain::Screen;
    use crate::panel::Language;

    const VIEW: View = View {
        screen: &Screen::Idle,
        name: None,
        camera: None,
        face: None,
        language: Language::English,
    };

    fn fault() -> PanelError {
        PanelError::UnknownLanguage("a fault".into())
    }

    /// Fails when it is shown something.
    struct Broken;

    impl Panel for Broken {
        fn size(&self) -> Size {
            Size::new(240, 320)
        }

        fn show(&mut self, _: &View) -> Result<(), PanelError> {
            Err(fault())
        }
    }

    #[test]
    fn a_display_that_is_not_there_is_tried_again_and_not_at_once() {
        let tries = Rc::new(Cell::new(0));
        let counted = Rc::clone(&tries);
        let mut panel = LastingPanel::new(move || {
            counted.set(counted.get() + 1);
            Err(fault().into())
        });
        panel.show(&VIEW).unwrap();
        panel.show(&VIEW).unwrap();
        assert_eq!((tries.get(), panel.size()), (1, Size::zero()));
        panel.tried = Instant::now() - LastingPanel::RETRY;
        panel.show(&VIEW).unwrap();
        assert_eq!(tries.get(), 2);
    }

    #[test]
    fn a_display_that_fails_is_told_once_and_opened_anew() {
        let mut panel = LastingPanel::new(|| Ok(Box::new(Broken)));
        assert_eq!(panel.size(), Size::new(240, 320));
        assert!(panel.show(&VIEW).is_err());
        panel.show(&VIEW).unwrap();
        panel.tried = Instant::now() - LastingPanel::RETRY;
        assert!(panel.show(&VIEW).is_err(), "it was opened, and fails again");
    }
}
