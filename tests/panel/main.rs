//! The panel's screens as pictures. `OSTIARY_BLESS=1` rewrites the golden ones and the sheets of docs/panel.

mod screens;
mod sheets;

use std::path::{Path, PathBuf};
use std::{env, fs};

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Size};
use embedded_graphics::pixelcolor::Rgb888;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{Rgb, RgbImage};
use ostiary::domain::Screen;
use ostiary::panel::{Canvas, Language, Panel, PngPanel, View, draw};

use screens::{camera, screens};

const SMALL: Size = Size::new(320, 240);
const PORTRAIT: Size = Size::new(480, 800);
const LANDSCAPE: Size = Size::new(800, 480);

/// Draws `screen` as a door with a camera would, and compares it with `tests/golden/panel/<name>.png`.
fn check(name: &str, screen: &Screen, size: Size, language: Language) -> Result<(), String> {
    let (picture, face) = camera();
    let view = View {
        screen,
        name: Some("Ada Lovelace"),
        camera: Some(&picture),
        face: Some(&face),
        language,
    };
    let mut canvas = Canvas::new(size);
    draw(&mut canvas, &view).unwrap();

    let file = format!("{name}-{}x{}.png", size.width, size.height);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let golden = root.join("tests/golden/panel").join(&file);
    let Some(problem) = compare(&golden, &canvas.pixels, 1) else {
        return Ok(());
    };
    let drawn = drawn_directory().join(&file);
    fs::write(&drawn, canvas.to_png().unwrap()).unwrap();
    Err(format!(
        "{file}: {problem}\n  golden {}\n  drawn  {}",
        golden.display(),
        drawn.display()
    ))
}

/// Compares a picture with a golden file, or writes that anew.
fn compare(golden: &Path, drawn: &RgbImage, levels: u8) -> Option<String> {
    if env::var_os("OSTIARY_BLESS").is_some() {
        let file = fs::File::create(golden).unwrap();
        let encoder =
            PngEncoder::new_with_quality(file, CompressionType::Best, FilterType::NoFilter);
        drawn.write_with_encoder(encoder).unwrap();
        return None;
    }
    match image::open(golden) {
        Ok(expected) => difference(&expected.to_rgb8(), drawn, levels),
        Err(error) => Some(error.to_string()),
    }
}

/// Counts the pixels that differ by more than some levels. One level is let pass: the last bit of a root or an angle is
/// not the same in the mathematical library of every platform.
fn difference(expected: &RgbImage, drawn: &RgbImage, levels: u8) -> Option<String> {
    if expected.dimensions() != drawn.dimensions() {
        return Some(format!(
            "{:?} instead of {:?} pixels",
            drawn.dimensions(),
            expected.dimensions()
        ));
    }
    let differ = |(a, b): &(&Rgb<u8>, &Rgb<u8>)| (0..3).any(|i| a.0[i].abs_diff(b.0[i]) > levels);
    let count = expected.pixels().zip(drawn.pixels()).filter(differ).count();
    (count > 0).then(|| format!("{count} pixels differ"))
}

fn drawn_directory() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("panel");
    fs::create_dir_all(&directory).unwrap();
    directory
}

#[test]
fn screens_look_as_they_did() {
    // One of each look; the sheets have the others' words.
    let small = [
        "idle",
        "offline",
        "show-face",
        "verifying",
        "come-closer",
        "hold-still",
        "look-here",
        "more-light",
        "less-light",
        "turn-left",
        "look-up",
        "blink",
        "granted",
        "denied-unknown",
        "denied-attack",
        "denied-outside-hours",
        "review",
        "try-again",
        "locked-out",
        "consent",
        "enrolling",
        "enrolled",
        "enrolment-declined",
        "close-door",
        "out-of-service",
    ];
    let portrait = ["idle", "offline", "verifying", "granted", "try-again"];
    let landscape = [
        "show-face",
        "come-closer",
        "consent",
        "enrolling",
        "granted",
        "denied-attack",
    ];
    let mut problems = Vec::new();
    for (name, screen) in screens() {
        let mut in_size = |size, language| {
            problems.extend(check(name, &screen, size, language).err());
        };
        if small.contains(&name) {
            in_size(SMALL, Language::English);
        }
        if portrait.contains(&name) {
            in_size(PORTRAIT, Language::German);
        }
        if landscape.contains(&name) {
            in_size(LANDSCAPE, Language::French);
        }
    }
    assert!(
        problems.is_empty(),
        "{}\nlook at them; if they are right, run again with OSTIARY_BLESS=1",
        problems.join("\n")
    );
}

/// Stricter than any display: fails at a pixel beyond its edges, and knows what was painted.
struct StrictPanel {
    size: Size,
    painted: Vec<bool>,
}

impl OriginDimensions for StrictPanel {
    fn size(&self) -> Size {
        self.size
    }
}

impl DrawTarget for StrictPanel {
    type Color = Rgb888;
    type Error = String;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), String>
    where
        I: IntoIterator<Item = Pixel<Rgb888>>,
    {
        for Pixel(at, _) in pixels {
            let x = u32::try_from(at.x).ok().filter(|x| *x < self.size.width);
            let y = u32::try_from(at.y).ok().filter(|y| *y < self.size.height);
            let (Some(x), Some(y)) = (x, y) else {
                return Err(format!("{at} is outside {}", self.size));
            };
            self.painted[(y * self.size.width + x) as usize] = true;
        }
        Ok(())
    }
}

#[test]
fn every_screen_fills_every_size_and_keeps_inside() {
    let (picture, face) = camera();
    for (width, height) in [
        (240, 240),
        (240, 320),
        (320, 240),
        (480, 320),
        (720, 720),
        (1280, 800),
    ] {
        let size = Size::new(width, height);
        for (name, screen) in screens() {
            let view = View {
                screen: &screen,
                name: Some("Maximiliane Wolfeschlegelsteinhausen-Bergerdorff 日本"),
                camera: Some(&picture),
                face: Some(&face),
                language: Language::German,
            };
            let mut panel = StrictPanel {
                size,
                painted: vec![false; (width * height) as usize],
            };
            if let Err(problem) = draw(&mut panel, &view) {
                panic!("{name} at {size}: {problem}");
            }
            assert!(panel.painted.iter().all(|painted| *painted), "{name}");
        }
    }
}

#[test]
fn a_screen_is_shown_in_a_file_and_a_missing_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut panel = PngPanel::new(folder.path(), SMALL);
    let view = View {
        screen: &Screen::Idle,
        name: None,
        camera: None,
        face: None,
        language: Language::Spanish,
    };
    panel.show(&view).unwrap();
    panel.show(&view).unwrap();
    let shown = image::open(panel.path()).unwrap().to_rgb8();
    assert_eq!(shown, panel.canvas().pixels);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let mut nowhere = PngPanel::new(&folder.path().join("missing"), SMALL);
    let error = nowhere.show(&view).unwrap_err().to_string();
    assert!(error.contains("missing/panel.png"), "{error}");
}
