//! How long a panel takes to draw.

use std::collections::BTreeMap;

use embedded_graphics::geometry::Size;
use image::RgbImage;
use indicatif::ProgressBar;

use super::{Stage, measure};
use crate::cli::error::CliError;
use crate::domain::{Face, Screen};
use crate::panel::{Drawing, Language, View, shows_camera};

/// From a small SPI display to the largest that doors have.
pub(super) const SIZES: [Size; 4] = [
    Size::new(240, 320),
    Size::new(480, 320),
    Size::new(800, 480),
    Size::new(1280, 800),
];
/// What is on show while a face is looked for.
const SCREEN: Screen = Screen::Verifying;

/// Draws the screen in memory, as often as each stage is run, as it is when the camera's picture moves. The way to the
/// display comes on top.
pub(super) fn measured(
    runs: u32,
    bar: &ProgressBar,
    image: &RgbImage,
    face: &Face,
) -> Result<BTreeMap<String, Stage>, CliError> {
    let view = View {
        screen: &SCREEN,
        name: None,
        camera: Some(image),
        face: Some(&face.bounds),
        language: Language::German,
    };
    let mut stages = BTreeMap::new();
    for size in SIZES {
        let mut drawing = Drawing::new(size);
        let stage = measure(runs, bar, || {
            // Where no picture moves, what is measured is a screen that comes anew.
            if !shows_camera(size, &SCREEN) {
                drawing.forget();
            }
            Ok(drawing.show(&view))
        })?;
        stages.insert(name(size), stage);
    }
    Ok(stages)
}

pub(super) fn in_words(stages: &BTreeMap<String, Stage>) -> Vec<String> {
    let mut lines = vec!["panel     median ms    p99 ms  pictures/s".into()];
    for size in SIZES {
        if let Some(stage) = stages.get(&name(size)) {
            let note = if shows_camera(size, &SCREEN) {
                ""
            } else {
                "  (no camera picture)"
            };
            lines.push(format!(
                "{:<8} {:>10.2} {:>9.2} {:>11.0}{note}",
                name(size),
                stage.median_ms,
                stage.p99_ms,
                1e3 / stage.median_ms
            ));
        }
    }
    lines
}

fn name(size: Size) -> String {
    format!("{}x{}", size.width, size.height)
}
