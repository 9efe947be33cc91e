//! Light on faces over time: what a screen's own light does is told from what a lamp does to everything.

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use ostiary::domain::liveness::{LightCues, LightWatch};
use ostiary::domain::{BoundingBox, Moment, TrackId};
use ostiary::vision::{Analyser, DetectorChoice, VisionOptions, light};

const FRAMES: usize = 14;

/// A sample picture and its face.
fn sample(name: &str) -> (RgbImage, BoundingBox) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let image = image::open(root.join("tests/samples").join(name));
    let image = image.unwrap().to_rgb8();
    let options = VisionOptions {
        threads: 1,
        detector: DetectorChoice::ShortRange,
    };
    let mut analyser = Analyser::load(&root.join("models"), &options).unwrap();
    let face = analyser.detect(&image).unwrap()[0];
    (image, face.bounds)
}

/// The picture with each pixel as bright as `lit` makes it by its place, the noise of a sensor, and the losses of JPEG.
fn taken(picture: &RgbImage, frame: usize, lit: impl Fn(f32, f32) -> f32) -> RgbImage {
    let mut state = 2_654_435_761u32.wrapping_mul(frame as u32 + 1) | 1;
    let mut seen = picture.clone();
    for (x, y, pixel) in seen.enumerate_pixels_mut() {
        let light = lit(x as f32, y as f32);
        *pixel = Rgb(pixel.0.map(|value| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let noise = (state % 9) as f32 - 4.0;
            (f32::from(value) * light + noise).clamp(0.0, 255.0) as u8
        }));
    }
    let mut jpeg = Cursor::new(Vec::new());
    JpegEncoder::new_with_quality(&mut jpeg, 75)
        .encode_image(&seen)
        .unwrap();
    image::load_from_memory(jpeg.get_ref()).unwrap().to_rgb8()
}

/// What a sequence says in the end; the box of the face trembles as a detector's does.
fn watched(name: &str, lit: impl Fn(usize, bool, f32) -> f32) -> LightCues {
    let (picture, face) = sample(name);
    let middle = face.centre();
    let mut watch = LightWatch::default();
    (0..FRAMES).fold(LightCues::default(), |_, frame| {
        let on_face = |x: f32, y: f32| {
            (x - middle.x).abs() < 0.8 * face.width && (y - middle.y).abs() < face.height
        };
        let row = |y: f32| y / picture.height() as f32;
        let image = taken(&picture, frame, |x, y| lit(frame, on_face(x, y), row(y)));
        let trembling = BoundingBox {
            x: face.x + (frame % 3) as f32,
            y: face.y - (frame % 2) as f32,
            ..face
        };
        let window = watch.window(TrackId(1), &trembling);
        let reading = light(&image, window).unwrap();
        assert!(reading.beside.iter().any(Option::is_some), "{name}");
        let at = Moment::new(Duration::from_millis(110 * frame as u64));
        watch.add(TrackId(1), at, reading)
    })
}

/// Pulses of a lamp, seen by a shutter that takes `row` by row.
fn pulses(frame: usize, row: f32, cycles: f32) -> f32 {
    let turn = cycles * row + 0.37 * frame as f32;
    0.93 + 0.07 * (std::f32::consts::TAU * turn).cos()
}

#[test]
fn bands_on_the_face_alone_are_a_screens() {
    for (name, cycles) in [
        ("astronaut.jpg", 4.0),
        ("astronaut.jpg", 16.0),
        ("obama.jpg", 9.0),
    ] {
        let screen = watched(name, |frame, on_face, row| {
            if on_face {
                pulses(frame, row, cycles)
            } else {
                1.0
            }
        });
        assert!(screen.flicker > 0.9, "{name} {cycles}: {screen:?}");
        let lamp = watched(name, |frame, _, row| pulses(frame, row, cycles));
        assert_eq!(lamp, LightCues::default(), "{name} {cycles}");
    }
}

#[test]
fn noise_and_compression_are_neither_bands_nor_light() {
    for name in ["astronaut.jpg", "obama.jpg"] {
        assert_eq!(watched(name, |_, _, _| 1.0), LightCues::default(), "{name}");
    }
}

#[test]
fn a_screen_does_not_follow_the_lamp_of_the_room() {
    for (before, after) in [(1.0, 0.55), (0.5, 0.95)] {
        let lamp = |frame: usize| if frame < FRAMES / 2 { before } else { after };
        let person = watched("astronaut.jpg", |frame, _, _| lamp(frame));
        assert_eq!(person, LightCues::default());
        let screen = watched(
            "astronaut.jpg",
            |frame, on_face, _| {
                if on_face { 0.8 } else { lamp(frame) }
            },
        );
        assert!(screen.exposure > 0.9, "{screen:?}");
    }
}
