//! Where everything goes: pure geometry, so that it can be checked for every size and language.
//!
//! A screen is a symbol, a title and a detail in one centred column; while a face is looked for, a
//! large enough panel shows the camera beside the column (landscape) or above it (portrait).

#[cfg(test)]
mod tests;

use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::primitives::Rectangle;

use crate::domain::Screen;

use super::View;
use super::text::{Style, Weight};
use super::theme::Theme;

/// A screen with a place for each of its parts.
pub(super) struct Layout {
    /// The camera picture.
    pub picture: Option<Rectangle>,
    /// The symbol's square.
    pub symbol: Rectangle,
    pub lines: Vec<Line>,
}

/// One line of text.
pub(super) struct Line {
    pub text: String,
    pub style: Style,
    pub area: Rectangle,
    pub ink: Rgb888,
}

/// From which longer side on the camera is shown.
const PICTURE_FROM: u32 = 480;
/// The same for the shorter side.
const PICTURE_FROM_SHORT: u32 = 320;
/// The steps of the type scale: a text that doesn't fit goes down together with the whole column.
const SCALE: [f32; 7] = [1.0, 0.9, 0.81, 0.73, 0.66, 0.59, SMALLEST_SCALE];
const SMALLEST_SCALE: f32 = 0.53;

/// What becomes of a paragraph that takes more than two lines: only a name may be so long.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TooLong {
    DoesNotFit,
    IsCutShort,
}

pub(super) fn lay_out(size: Size, view: &View) -> Layout {
    let (picture, pane) = match view.camera {
        Some(_) if shows_picture(size, view.screen) => split(size),
        _ => (None, Rectangle::new(Point::zero(), size)),
    };
    let column = Column::new(pane, view);
    let (symbol, lines) = SCALE
        .iter()
        .find_map(|&scale| column.at_scale(scale, TooLong::DoesNotFit))
        .or_else(|| column.at_scale(SMALLEST_SCALE, TooLong::IsCutShort))
        .unwrap_or_default();
    Layout {
        picture,
        symbol,
        lines,
    }
}

/// An outcome has the whole panel to itself.
pub(super) fn shows_picture(size: Size, screen: &Screen) -> bool {
    let looking = matches!(
        screen,
        Screen::Idle
            | Screen::Offline
            | Screen::ShowFace
            | Screen::Verifying
            | Screen::Guide(_)
            | Screen::Challenge(_)
            | Screen::Enrolling { .. }
    );
    looking
        && size.width.max(size.height) >= PICTURE_FROM
        && size.width.min(size.height) >= PICTURE_FROM_SHORT
}

/// The picture's pane and the column's.
fn split(size: Size) -> (Option<Rectangle>, Rectangle) {
    let (picture, column) = if size.width >= size.height {
        let width = size.width / 2;
        (Size::new(width, size.height), Point::new(width as i32, 0))
    } else {
        let height = size.height * 3 / 5;
        (Size::new(size.width, height), Point::new(0, height as i32))
    };
    let rest = size - Size::new(column.x.unsigned_abs(), column.y.unsigned_abs());
    (
        Some(Rectangle::new(Point::zero(), picture)),
        Rectangle::new(column, rest),
    )
}

/// Symbol, title, name and detail, one below the other in the middle of a pane.
struct Column<'a> {
    pane: Rectangle,
    width: u32,
    height: u32,
    /// The side of the pane, in pixels, that all sizes are measured by.
    unit: f32,
    paragraphs: Vec<Paragraph<'a>>,
}

struct Paragraph<'a> {
    text: &'a str,
    weight: Weight,
    /// Em over the unit.
    size: f32,
    ink: Rgb888,
}

impl<'a> Column<'a> {
    /// Share of the unit that stays free on every side.
    const MARGIN: f32 = 0.08;
    const SYMBOL: f32 = 0.38;
    /// The symbol gives way to this share before the text gets smaller.
    const LEAST_SYMBOL: f32 = 0.65;
    const TITLE: f32 = 0.115;
    const NAME: f32 = 0.095;
    const DETAIL: f32 = 0.072;
    /// The detail must be read at arm's length from a panel of 240 pixels, too.
    const SMALLEST_EM: f32 = 15.0;

    fn new(pane: Rectangle, view: &'a View) -> Self {
        let unit = (pane.size.width as f32).min(1.1 * pane.size.height as f32);
        let margin = 2 * (unit * Self::MARGIN) as u32;
        let theme = Theme::of(view.screen);
        let message = view.language.message(view.screen);
        let name = match view.screen {
            Screen::Granted(_) => view.name,
            _ => None,
        };
        let mut paragraphs = vec![Paragraph {
            text: message.title,
            weight: Weight::Bold,
            size: Self::TITLE,
            ink: theme.ink,
        }];
        paragraphs.extend(name.map(|name| Paragraph {
            text: name,
            weight: Weight::Regular,
            size: Self::NAME,
            ink: theme.ink,
        }));
        paragraphs.extend(message.detail.lines().map(|text| Paragraph {
            text,
            weight: Weight::Regular,
            size: Self::DETAIL,
            ink: theme.quiet,
        }));
        Self {
            pane,
            width: pane.size.width.saturating_sub(margin),
            height: pane.size.height.saturating_sub(margin),
            unit,
            paragraphs,
        }
    }

    fn style(&self, paragraph: &Paragraph, scale: f32) -> Style {
        Style {
            weight: paragraph.weight,
            em: (self.unit * paragraph.size * scale)
                .max(Self::SMALLEST_EM)
                .round(),
        }
    }

    /// Everything at `scale`, if it fits.
    fn at_scale(&self, scale: f32, too_long: TooLong) -> Option<(Rectangle, Vec<Line>)> {
        let mut blocks = Vec::new();
        for paragraph in &self.paragraphs {
            let style = self.style(paragraph, scale);
            let lines = style.lines(paragraph.text, self.width);
            let fits = lines.len() <= 2 && style.fit(&lines, self.width);
            let lines = match too_long {
                _ if fits => lines,
                TooLong::DoesNotFit => return None,
                TooLong::IsCutShort => vec![style.shortened(paragraph.text, self.width)],
            };
            blocks.push((style, lines));
        }
        self.stacked(blocks, scale)
    }

    /// Puts the symbol and the blocks below each other, if they aren't too high together.
    ///
    /// The pane is at least as high as `self.height`, so the differences below can't be negative.
    fn stacked(
        &self,
        blocks: Vec<(Style, Vec<String>)>,
        scale: f32,
    ) -> Option<(Rectangle, Vec<Line>)> {
        let gap = |size: f32| (self.unit * size * scale) as u32;
        let (below_symbol, between) = (gap(0.07), gap(0.02));
        let text: u32 = blocks
            .iter()
            .map(|(style, lines)| style.line_height() * lines.len() as u32)
            .sum();
        let gaps = below_symbol + between * (blocks.len() as u32).saturating_sub(1);
        let room = self.height.checked_sub(gaps + text)? as f32;
        let full = self.unit * Self::SYMBOL * scale;
        if room < full * Self::LEAST_SYMBOL {
            return None;
        }
        let side = room.min(full) as u32;

        let mut y = (self.pane.size.height - side - gaps - text) / 2;
        let symbol = self.centred(Size::new(side, side), y);
        y += side + below_symbol;
        let mut placed = Vec::new();
        for ((style, lines), paragraph) in blocks.into_iter().zip(&self.paragraphs) {
            for text in lines {
                let size = Size::new(style.width(&text), style.line_height());
                let area = self.centred(size, y);
                y += size.height;
                placed.push(Line {
                    text,
                    style,
                    area,
                    ink: paragraph.ink,
                });
            }
            y += between;
        }
        Some((symbol, placed))
    }

    fn centred(&self, size: Size, y: u32) -> Rectangle {
        let x = self.pane.size.width.saturating_sub(size.width) / 2;
        Rectangle::new(self.pane.top_left + Point::new(x as i32, y as i32), size)
    }
}
