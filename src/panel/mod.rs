//! What the person at the door sees: [`Screen`]s drawn on any display.
//!
//! [`draw`] works on every embedded-graphics `DrawTarget`, from 240x240 to 1280x800 and in both
//! orientations; a [`Panel`] is a display that is ready to show. The room's invariants:
//!
//! - no outcome is told by colour alone: each has its own symbol, and words;
//! - no text is cut off: layout is pure geometry, and tests hold it for every size and language;
//! - a name, an ID number and the camera picture get into pixels and nowhere else.

mod canvas;
mod drawing;
mod error;
mod framebuffer;
mod layout;
mod picture;
mod png;
mod shape;
mod spi;
mod symbol;
mod text;
mod theme;
mod words;

use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::Size;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::primitives::Rectangle;
use image::RgbImage;

use crate::domain::{BoundingBox, Screen};

pub use canvas::Canvas;
pub use drawing::Drawing;
pub use error::PanelError;
pub use framebuffer::FramebufferPanel;
pub use png::PngPanel;
#[cfg(feature = "hardware")]
pub use spi::open_spi;
pub use spi::{Rotation, SpiDriver, SpiOptions, spi_panel};
pub use words::{Language, Message};

use layout::lay_out;
use symbol::Symbol;
use theme::Theme;

/// All that a screen is drawn from.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub screen: &'a Screen,
    /// Display name of the subject, shown at a grant.
    pub name: Option<&'a str>,
    /// The latest camera picture, upright and not mirrored.
    pub camera: Option<&'a RgbImage>,
    /// The face that is looked at, in pixels of the camera picture.
    pub face: Option<&'a BoundingBox>,
    pub language: Language,
}

/// A display at the door.
pub trait Panel {
    /// Width and height in pixels.
    fn size(&self) -> Size;

    /// Shows a screen until the next one. What the display shows already is not sent again.
    ///
    /// # Errors
    /// If the display can't be written to. The door goes on without it, and the next screen is sent as a whole.
    fn show(&mut self, view: &View) -> Result<(), PanelError>;
}

/// A door without a display.
pub struct NullPanel;

impl Panel for NullPanel {
    fn size(&self) -> Size {
        Size::zero()
    }

    fn show(&mut self, _: &View) -> Result<(), PanelError> {
        Ok(())
    }
}

/// Whether a panel of this size shows the camera's picture with a screen.
#[must_use]
pub fn shows_camera(size: Size, screen: &Screen) -> bool {
    layout::shows_picture(size, screen)
}

/// Draws a screen over the whole of `target`.
///
/// # Errors
/// Only those of `target`.
pub fn draw<D>(target: &mut D, view: &View) -> Result<(), D::Error>
where
    D: DrawTarget<Color = Rgb888>,
{
    draw_on(target, view).map(drop)
}

/// Draws a screen; where it has the camera's picture.
fn draw_on<D>(target: &mut D, view: &View) -> Result<Option<Rectangle>, D::Error>
where
    D: DrawTarget<Color = Rgb888>,
{
    let theme = Theme::of(view.screen);
    let layout = lay_out(target.bounding_box().size, view);
    target.clear(theme.paper)?;
    if let (Some(area), Some(camera)) = (layout.picture, view.camera) {
        picture::draw(target, area, camera, view.face)?;
    }
    Symbol::of(view.screen).draw(target, layout.symbol, theme)?;
    for line in &layout.lines {
        let colours = (theme.paper, line.ink);
        text::draw_line(target, &line.text, line.style, line.area, colours)?;
    }
    Ok(layout.picture)
}
