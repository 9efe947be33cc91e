//! docs/panel: all screens of a panel on one sheet.

use std::path::Path;

use embedded_graphics::geometry::Size;
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};
use ostiary::panel::{Canvas, Language, View, draw};

use super::compare;
use super::screens::{camera, screens};

/// Around each screen, in pixels.
const MARGIN: u32 = 12;

/// The screens in rows of `columns`, each drawn at `size` and then scaled to `shown`. What says the same is shown once.
fn sheet(size: Size, shown: Size, columns: u32) -> RgbImage {
    let (picture, face) = camera();
    let mut pictures: Vec<RgbImage> = Vec::new();
    for (_, screen) in screens() {
        let view = View {
            screen: &screen,
            name: Some("Ada Lovelace"),
            camera: Some(&picture),
            face: Some(&face),
            language: Language::English,
        };
        let mut canvas = Canvas::new(size);
        draw(&mut canvas, &view).unwrap();
        if size != shown {
            let (width, height) = (shown.width, shown.height);
            canvas.pixels = imageops::resize(&canvas.pixels, width, height, FilterType::CatmullRom);
        }
        if !pictures.contains(&canvas.pixels) {
            pictures.push(canvas.pixels);
        }
    }
    let rows = (pictures.len() as u32).div_ceil(columns);
    let (across, down) = (shown.width + MARGIN, shown.height + MARGIN);
    let (width, height) = (columns * across + MARGIN, rows * down + MARGIN);
    let mut sheet = RgbImage::from_pixel(width, height, Rgb([255; 3]));
    for (number, picture) in (0..).zip(&pictures) {
        let (x, y) = (number % columns * across, number / columns * down);
        imageops::replace(
            &mut sheet,
            picture,
            (x + MARGIN).into(),
            (y + MARGIN).into(),
        );
    }
    sheet
}

#[test]
fn the_sheets_show_every_screen_as_it_is_drawn() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/panel");
    let small = Size::new(240, 240);
    let large = sheet(Size::new(800, 480), Size::new(400, 240), 4);
    for (name, sheet) in [
        ("240x240.png", sheet(small, small, 6)),
        ("800x480.png", large),
    ] {
        // A level of a pixel may become a few where it is scaled down.
        let problem = compare(&folder.join(name), &sheet, 3);
        assert_eq!(
            problem, None,
            "{name}: look at it, and run again with OSTIARY_BLESS=1"
        );
    }
}

/// The list of screens is one that does not compile with a screen left out; this holds that no name is used twice.
#[test]
fn every_screen_has_a_name_of_its_own() {
    let mut names: Vec<_> = screens().into_iter().map(|(name, _)| name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
