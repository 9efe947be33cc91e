//! Somebody who looks ahead, turns the head to one side, and looks ahead again.

use std::fs;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{RgbImage, imageops};
use ostiary::vision::{Analyser, DetectorChoice, VisionOptions};
use tempfile::TempDir;

use crate::puppet::{Head, Pose, framed};

/// Frames a second.
pub const FPS: u32 = 5;

#[derive(Clone, Copy, PartialEq)]
pub enum Turn {
    Right,
    Left,
}

/// How far the head is turned to the person's right, in degrees: three seconds ahead, two aside.
const YAWS: [f32; 31] = [
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 9.0, 18.0, 26.0,
    30.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0, 26.0, 18.0, 9.0,
];

/// The frames in a folder, to be shown over and over.
pub fn film(turn: Turn) -> TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let options = VisionOptions {
        threads: 1,
        detector: DetectorChoice::ShortRange,
    };
    let mut analyser = Analyser::load(&root.join("models"), &options).unwrap();
    let photograph = root.join("tests/samples/obama.jpg");
    let photograph = image::open(photograph).unwrap().into_rgb8();
    let bounds = analyser.detect(&photograph).unwrap()[0].bounds;
    let portrait = framed(&photograph, &bounds, [480, 360], 140.0);
    let face = analyser.detect(&portrait).unwrap()[0];
    let mesh = analyser.landmarks(&portrait, &face).unwrap();
    let head = Head::new(portrait, &mesh);
    let folder = tempfile::tempdir().unwrap();
    for (number, yaw) in YAWS.into_iter().enumerate() {
        // Nobody holds so still that two frames are the same.
        let sway = (number as f32 * 1.7).sin();
        let picture = head.picture(Pose {
            yaw: -yaw + 1.5 * sway,
            pitch: 0.5 * sway,
            size: 1.0,
        });
        let picture = match turn {
            Turn::Right => picture,
            Turn::Left => imageops::flip_horizontal(&picture),
        };
        write(&folder.path().join(format!("{number:03}.jpg")), &picture);
    }
    folder
}

fn write(path: &Path, picture: &RgbImage) {
    let file = fs::File::create(path).unwrap();
    let mut encoder = JpegEncoder::new_with_quality(file, 95);
    encoder.encode_image(picture).unwrap();
}
