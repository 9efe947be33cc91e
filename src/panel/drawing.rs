//! A screen that stays while the camera's picture moves.

use embedded_graphics::geometry::Size;
use embedded_graphics::primitives::Rectangle;
use image::RgbImage;

use crate::domain::{BoundingBox, Screen};

use super::{Canvas, Language, View, draw_on, picture, shows_camera};

/// A canvas that knows what is on it, so that a moving picture alone is drawn anew, and nothing if nothing moves.
#[derive(Clone)]
pub struct Drawing {
    canvas: Canvas,
    drawn: Option<Drawn>,
    /// The picture before the one that is drawn.
    before: Vec<[u8; 3]>,
}

/// What was drawn.
#[derive(Clone)]
struct Drawn {
    screen: Screen,
    name: Option<String>,
    language: Language,
    /// Where the camera's picture is.
    picture: Option<Rectangle>,
    /// How often it was asked for since then.
    times: u32,
}

impl Drawing {
    /// After so many times, a few seconds, the whole is drawn: other programs may write on a display, too.
    const WHOLE_AFTER: u32 = 50;

    /// A black canvas of `size` pixels.
    #[must_use]
    pub fn new(size: Size) -> Self {
        Self {
            canvas: Canvas::new(size),
            drawn: None,
            before: Vec::new(),
        }
    }

    /// All that is shown.
    #[must_use]
    pub fn canvas(&self) -> &Canvas {
        &self.canvas
    }

    /// Draws a screen; the part that has to be brought to the display, if there is one.
    pub fn show(&mut self, view: &View) -> Option<Rectangle> {
        let size = self.canvas.area().size;
        match &mut self.drawn {
            Some(drawn) if drawn.is_of(view, size) && drawn.times < Self::WHOLE_AFTER => {
                drawn.times += 1;
                let (area, camera) = (drawn.picture?, view.camera?);
                self.redraw(area, camera, view.face).then_some(area)
            }
            _ => {
                let Ok(picture) = draw_on(&mut self.canvas, view);
                self.drawn = Some(Drawn {
                    screen: view.screen.clone(),
                    name: view.name.map(str::to_owned),
                    language: view.language,
                    picture,
                    times: 0,
                });
                Some(self.canvas.area())
            }
        }
    }

    /// Draws the whole the next time: the display did not get what was drawn.
    pub fn forget(&mut self) {
        self.drawn = None;
    }

    /// Draws the camera's picture; whether it looks different now.
    fn redraw(&mut self, area: Rectangle, camera: &RgbImage, face: Option<&BoundingBox>) -> bool {
        self.before.clear();
        for row in self.canvas.rows(area) {
            self.before.extend_from_slice(row);
        }
        let Ok(()) = picture::draw(&mut self.canvas, area, camera, face);
        !self.canvas.rows(area).flatten().eq(&self.before)
    }
}

impl Drawn {
    /// Whether all but the camera's picture is as it was.
    fn is_of(&self, view: &View, size: Size) -> bool {
        self.screen == *view.screen
            && self.name.as_deref() == view.name
            && self.language == view.language
            && self.picture.is_some() == (view.camera.is_some() && shows_camera(size, view.screen))
    }
}

#[cfg(test)]
mod tests {
    use embedded_graphics::geometry::Point;
    use image::Rgb;

    use super::*;
    use crate::domain::Guidance;

    const SIZE: Size = Size::new(480, 320);
    const SMALL: Size = Size::new(240, 240);
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
    fn shown(drawing: &mut Drawing, view: &View) -> Option<Rectangle> {
        let area = drawing.show(view);
        let mut whole = Canvas::new(drawing.canvas.area().size);
        let Ok(()) = super::super::draw(&mut whole, view);
        assert!(drawing.canvas == whole);
        area
    }

    #[test]
    fn a_picture_that_moves_is_drawn_alone_and_one_that_does_not_is_left() {
        let pictures = [20, 200].map(|grey| RgbImage::from_pixel(64, 48, Rgb([grey; 3])));
        let mut drawing = Drawing::new(SIZE);
        let whole = Some(drawing.canvas.area());
        let part = Some(Rectangle::new(Point::zero(), Size::new(240, 320)));
        let [first, second] = pictures.each_ref().map(Some);
        assert_eq!(shown(&mut drawing, &view(&LOOKING, first)), whole);
        assert_eq!(shown(&mut drawing, &view(&LOOKING, first)), None);
        assert_eq!(shown(&mut drawing, &view(&LOOKING, second)), part);
        assert_eq!(shown(&mut drawing, &view(&LOOKING, second)), None);
        assert_eq!(shown(&mut drawing, &view(&CLOSER, second)), whole);
        assert_eq!(shown(&mut drawing, &view(&CLOSER, None)), whole);
        assert_eq!(shown(&mut drawing, &view(&CLOSER, None)), None);
        assert_eq!(shown(&mut drawing, &view(&CLOSER, second)), whole);
    }

    #[test]
    fn what_another_program_wrote_is_painted_over_in_the_end() {
        let picture = RgbImage::new(64, 48);
        for size in [SIZE, SMALL] {
            let mut drawing = Drawing::new(size);
            let whole = Some(drawing.canvas.area());
            let wholes = (0..=Drawing::WHOLE_AFTER + 1)
                .filter(|_| drawing.show(&view(&LOOKING, Some(&picture))) == whole);
            assert_eq!(wholes.count(), 2);
        }
    }

    #[test]
    fn a_panel_without_room_for_a_picture_is_drawn_when_its_words_change() {
        let pictures = [20, 200].map(|grey| RgbImage::from_pixel(64, 48, Rgb([grey; 3])));
        let [first, second] = pictures.each_ref().map(Some);
        let mut drawing = Drawing::new(SMALL);
        let whole = Some(drawing.canvas.area());
        assert_eq!(shown(&mut drawing, &view(&LOOKING, first)), whole);
        assert_eq!(shown(&mut drawing, &view(&LOOKING, second)), None);
        assert_eq!(shown(&mut drawing, &view(&LOOKING, None)), None);
        assert_eq!(shown(&mut drawing, &view(&CLOSER, second)), whole);
        let german = View {
            language: Language::German,
            ..view(&CLOSER, second)
        };
        assert_eq!(shown(&mut drawing, &german), whole);
        assert_eq!(shown(&mut drawing, &german), None);
    }

    #[test]
    fn what_a_display_did_not_get_is_drawn_again() {
        let picture = RgbImage::new(64, 48);
        for size in [SIZE, SMALL] {
            let mut drawing = Drawing::new(size);
            let whole = Some(drawing.canvas.area());
            for _ in 0..2 {
                assert_eq!(drawing.show(&view(&LOOKING, Some(&picture))), whole);
                assert_eq!(drawing.show(&view(&LOOKING, Some(&picture))), None);
                drawing.forget();
            }
        }
    }
}
