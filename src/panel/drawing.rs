//! A screen that stays while the camera's picture moves.

use embedded_graphics::geometry::Size;
use embedded_graphics::primitives::Rectangle;

use crate::domain::Screen;

use super::{Canvas, Language, View, draw_on, picture};

/// A canvas that knows what is on it, so that a moving picture alone is drawn anew.
#[derive(Clone)]
pub struct Drawing {
    canvas: Canvas,
    drawn: Option<Drawn>,
}

/// What was drawn round the picture.
#[derive(Clone)]
struct Drawn {
    screen: Screen,
    name: Option<String>,
    language: Language,
    picture: Rectangle,
    /// Pictures since then.
    pictures: u32,
}

impl Drawing {
    /// After so many pictures, a few seconds, the whole is drawn: other programs may write on a display, too.
    const WHOLE_AFTER: u32 = 50;

    /// A black canvas of `size` pixels.
    #[must_use]
    pub fn new(size: Size) -> Self {
        Self {
            canvas: Canvas::new(size),
            drawn: None,
        }
    }

    /// All that is shown.
    #[must_use]
    pub fn canvas(&self) -> &Canvas {
        &self.canvas
    }

    /// Draws a screen; the part that has to be brought to the display.
    pub fn show(&mut self, view: &View) -> Rectangle {
        if let (Some(drawn), Some(camera)) = (&mut self.drawn, view.camera)
            && drawn.is_of(view)
            && drawn.pictures < Self::WHOLE_AFTER
        {
            drawn.pictures += 1;
            let Ok(()) = picture::draw(&mut self.canvas, drawn.picture, camera, view.face);
            return drawn.picture;
        }
        let Ok(picture) = draw_on(&mut self.canvas, view);
        self.drawn = picture.map(|picture| Drawn {
            screen: view.screen.clone(),
            name: view.name.map(str::to_owned),
            language: view.language,
            picture,
            pictures: 0,
        });
        self.canvas.area()
    }
}

impl Drawn {
    fn is_of(&self, view: &View) -> bool {
        self.screen == *view.screen
            && self.name.as_deref() == view.name
            && self.language == view.language
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::domain::Guidance;

    const SIZE: Size = Size::new(480, 320);
    const LOOKING: Screen = Screen::ShowFace;
    const CLOSER: Screen = Screen::Guide(Guidance::ComeCloser);

    fn view<'a>(screen: &'a Screen, camera: Option<&'a RgbImage>) -> View<'a> {
        View {
            screen,
            name: None,
            camera,
            face: None,
            language: Language::English,
        }
    }

    /// Shows a screen, which must look as if it were the first; the part that was drawn.
    fn shown(drawing: &mut Drawing, view: &View) -> Rectangle {
        let area = drawing.show(view);
        let mut whole = Canvas::new(drawing.canvas.area().size);
        let Ok(()) = super::super::draw(&mut whole, view);
        assert!(drawing.canvas == whole);
        area
    }

    #[test]
    fn a_picture_that_moves_is_drawn_alone() {
        let pictures = [20, 200].map(|grey| RgbImage::from_pixel(64, 48, Rgb([grey; 3])));
        let mut drawing = Drawing::new(SIZE);
        let whole = drawing.canvas.area();
        let [first, second] = pictures.each_ref().map(Some);
        assert_eq!(shown(&mut drawing, &view(&LOOKING, first)), whole);
        let part = shown(&mut drawing, &view(&LOOKING, second));
        assert_eq!(part.size, Size::new(240, 320));
        assert_eq!(shown(&mut drawing, &view(&CLOSER, first)), whole);
        assert_eq!(shown(&mut drawing, &view(&CLOSER, None)), whole);
        assert_eq!(shown(&mut drawing, &view(&CLOSER, second)), whole);
    }

    #[test]
    fn what_another_program_wrote_is_painted_over_in_the_end() {
        let picture = RgbImage::new(64, 48);
        let mut drawing = Drawing::new(SIZE);
        let whole = drawing.canvas.area();
        let wholes = (0..=Drawing::WHOLE_AFTER + 1)
            .filter(|_| drawing.show(&view(&LOOKING, Some(&picture))) == whole);
        assert_eq!(wholes.count(), 2);
    }

    #[test]
    fn a_panel_without_room_for_a_picture_is_drawn_whole() {
        let picture = RgbImage::new(64, 48);
        let mut drawing = Drawing::new(Size::new(240, 240));
        for _ in 0..2 {
            let area = shown(&mut drawing, &view(&LOOKING, Some(&picture)));
            assert_eq!(area, drawing.canvas.area());
        }
    }
}
