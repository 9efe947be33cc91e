//! Text in Noto Sans: measuring, breaking into lines and drawing with smooth edges.
//!
//! Each character is drawn by itself from left to right, which does for Latin, Greek and Cyrillic. A
//! character that the font doesn't have shows as a question mark.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Glyph, GlyphId, PxScale, PxScaleFont, ScaleFont};
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::primitives::Rectangle;

use super::theme::mix;

/// Size and weight of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    pub weight: Weight,
    /// The font's em, in pixels.
    pub em: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// Height of a line over the em: enough for an accent on a capital, and for descenders.
const LINE_HEIGHT: f32 = 1.28;
/// From the top of a line to its baseline, over the em.
const BASELINE: f32 = 0.99;
const ELLIPSIS: char = '…';

// The fonts are part of the program, and a test reads them: they are there.
static REGULAR: LazyLock<Option<FontRef<'static>>> =
    LazyLock::new(|| FontRef::try_from_slice(notosans::REGULAR_TTF).ok());
static BOLD: LazyLock<Option<FontRef<'static>>> =
    LazyLock::new(|| FontRef::try_from_slice(notosans::BOLD_TTF).ok());

impl Style {
    /// Height of one line in pixels.
    pub fn line_height(self) -> u32 {
        (self.em * LINE_HEIGHT).ceil() as u32
    }

    /// Width of `text` on one line, in pixels.
    pub fn width(self, text: &str) -> u32 {
        let Some(font) = self.font() else { return 0 };
        let (_, width) = glyphs(&font, text);
        width.ceil() as u32
    }

    /// Breaks `text` at its spaces into as few lines as fit `width`, of about equal length.
    ///
    /// A word that is wider has a line of its own and sticks out.
    pub fn lines(self, text: &str, width: u32) -> Vec<String> {
        let lines = self.greedy(text, width);
        // The narrowest column that needs no more lines; steps of half an em are fine enough.
        let step = (self.em / 2.0).max(1.0) as u32;
        (1..)
            .map_while(|steps| width.checked_sub(steps * step))
            .map(|narrower| self.greedy(text, narrower))
            .take_while(|narrower| narrower.len() == lines.len() && self.fit(narrower, width))
            .last()
            .unwrap_or(lines)
    }

    /// Whether every line is at most `width` pixels wide.
    pub fn fit(self, lines: &[String], width: u32) -> bool {
        lines.iter().all(|line| self.width(line) <= width)
    }

    /// `text`, or as much of its beginning as fits `width`, with an ellipsis.
    pub fn shortened(self, text: &str, width: u32) -> String {
        if self.width(text) <= width {
            return text.into();
        }
        let mut kept = text.to_owned();
        loop {
            let candidate = format!("{}{ELLIPSIS}", kept.trim_end());
            if kept.pop().is_none() || self.width(&candidate) <= width {
                return candidate;
            }
        }
    }

    fn greedy(self, text: &str, width: u32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            if let Some(line) = lines.last_mut() {
                let longer = format!("{line} {word}");
                if self.width(&longer) <= width {
                    *line = longer;
                    continue;
                }
            }
            lines.push(word.into());
        }
        lines
    }

    fn font(self) -> Option<PxScaleFont<&'static FontRef<'static>>> {
        let font = match self.weight {
            Weight::Regular => &*REGULAR,
            Weight::Bold => &*BOLD,
        };
        let font = font.as_ref()?;
        // A `PxScale` is from ascent to descent, which is more than the em.
        let scale = self.em * font.height_unscaled() / font.units_per_em()?;
        Some(font.into_scaled(PxScale::from(scale)))
    }
}

/// Draws one line of text at the top left of `area`, which it fills with `paper`.
pub(super) fn draw_line<D>(
    target: &mut D,
    text: &str,
    style: Style,
    area: Rectangle,
    (paper, ink): (Rgb888, Rgb888),
) -> Result<(), D::Error>
where
    D: DrawTarget<Color = Rgb888>,
{
    let Some(font) = style.font() else {
        return Ok(());
    };
    let (width, height) = (area.size.width as usize, area.size.height as usize);
    let mut covered = vec![0.0_f32; width * height];
    for mut glyph in glyphs(&font, text).0 {
        glyph.position.y = (style.em * BASELINE).round();
        let Some(outline) = font.outline_glyph(glyph) else {
            continue;
        };
        let corner = outline.px_bounds().min;
        outline.draw(|x, y, coverage| {
            let (x, y) = (corner.x + x as f32, corner.y + y as f32);
            let inside = x >= 0.0 && y >= 0.0 && (x as usize) < width && (y as usize) < height;
            if inside {
                let pixel = &mut covered[y as usize * width + x as usize];
                *pixel = pixel.max(coverage);
            }
        });
    }
    target.fill_contiguous(&area, covered.into_iter().map(|c| mix(paper, ink, c)))
}

/// The glyphs of a line from x = 0 on, and the line's width.
fn glyphs(font: &PxScaleFont<&FontRef<'static>>, text: &str) -> (Vec<Glyph>, f32) {
    const MISSING: GlyphId = GlyphId(0);
    let mut x = 0.0;
    let mut previous: Option<GlyphId> = None;
    let mut glyphs = Vec::new();
    for character in text.chars() {
        let id = match font.glyph_id(character) {
            MISSING => font.glyph_id('?'),
            id => id,
        };
        if let Some(previous) = previous {
            x += font.kern(previous, id);
        }
        let mut glyph = id.with_scale(font.scale());
        glyph.position.x = x;
        x += font.h_advance(id);
        previous = Some(id);
        glyphs.push(glyph);
    }
    (glyphs, x)
}

#[cfg(test)]
mod tests {
    use embedded_graphics::geometry::{Point, Size};
    use embedded_graphics::pixelcolor::RgbColor;

    use super::super::Canvas;
    use super::*;

    const STYLE: Style = Style {
        weight: Weight::Bold,
        em: 20.0,
    };

    fn drawn(text: &str) -> Canvas {
        let size = Size::new(200, STYLE.line_height());
        let mut canvas = Canvas::new(size);
        let area = Rectangle::new(Point::zero(), size);
        draw_line(
            &mut canvas,
            text,
            STYLE,
            area,
            (Rgb888::BLACK, Rgb888::WHITE),
        )
        .unwrap();
        canvas
    }

    #[test]
    fn both_fonts_can_be_read() {
        for weight in [Weight::Regular, Weight::Bold] {
            assert!(Style { weight, em: 20.0 }.width("m") > 10);
        }
    }

    #[test]
    fn accents_on_capitals_and_descenders_are_inside_the_line() {
        let canvas = drawn("ÉÂÑÖÃÇgjpqy");
        let (width, height) = canvas.pixels.dimensions();
        let row = |y| (0..width).any(|x| canvas.pixels.get_pixel(x, y).0[0] > 0);
        assert!(!row(0) && !row(height - 1), "ink on the first or last row");
        assert!(row(height / 2));
    }

    #[test]
    fn a_missing_character_is_a_question_mark() {
        assert!(drawn("日本") == drawn("??"));
        assert!(drawn("Ж") != drawn("?"));
    }

    #[test]
    fn lines_fit_and_are_of_about_equal_length() {
        let text = "Please keep looking at the camera.";
        let lines = STYLE.lines(text, STYLE.width(text) - 1);
        assert_eq!(lines, ["Please keep looking", "at the camera."]);
        assert!(STYLE.lines("", 100).is_empty());
        assert_eq!(STYLE.lines("Donaudampfschiff", 10), ["Donaudampfschiff"]);
    }

    #[test]
    fn a_long_name_is_shortened() {
        let name = "Wolfeschlegelsteinhausenbergerdorff";
        let short = STYLE.shortened(name, 120);
        assert!(
            short.ends_with(ELLIPSIS) && STYLE.width(&short) <= 120,
            "{short}"
        );
        assert_eq!(STYLE.shortened("Ada", 120), "Ada");
        assert_eq!(STYLE.shortened("Ada", 0), "…");
    }
}
