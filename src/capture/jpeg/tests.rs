use std::sync::Arc;

use image::imageops::thumbnail;
use image::{ImageFormat, Rgb, RgbImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use proptest::prelude::*;

use super::*;

mod damage;
mod flat_blocks;

const SAMPLINGS: [SamplingFactor; 4] = [
    SamplingFactor::R_4_4_4,
    SamplingFactor::R_4_2_2,
    SamplingFactor::R_4_4_0,
    SamplingFactor::R_4_2_0,
];

/// Waves of colour with dark squares in them.
fn squares(width: u32, height: u32) -> RgbImage {
    let mut picture = waves(width, height);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if (x / 9) % 5 == 2 && (y / 11) % 3 == 1 {
            *pixel = Rgb([20, 30, 40]);
        }
    }
    picture
}

fn waves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let wave = |rate: f32, shift: f32| {
            let angle = (x as f32 * rate + shift).sin() + (y as f32 * rate * 1.3).cos();
            (128.0 + 60.0 * angle) as u8
        };
        Rgb([wave(0.07, 0.0), wave(0.05, 1.0), wave(0.03, 2.0)])
    })
}

/// The picture as a JPEG, by an encoder that `set` has set.
fn encoded(picture: &RgbImage, set: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, 90);
    set(&mut encoder);
    let (width, height) = picture.dimensions();
    encoder
        .encode(picture, width as u16, height as u16, ColorType::Rgb)
        .unwrap();
    jpeg
}

fn decoded(jpeg: &[u8]) -> Result<Arc<RgbImage>, Fault> {
    JpegDecoder::new().decode(jpeg, None, &mut PicturePool::default())
}

fn by_library(jpeg: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg)
        .unwrap()
        .into_rgb8()
}

/// The largest difference in grey levels, and the mean.
fn difference(a: &RgbImage, b: &RgbImage) -> (u8, f64) {
    assert_eq!(a.dimensions(), b.dimensions());
    let differences = a.iter().zip(b.iter()).map(|(a, b)| a.abs_diff(*b));
    let sum: f64 = differences.clone().map(f64::from).sum();
    (differences.max().unwrap(), sum / a.len() as f64)
}

#[test]
fn pictures_of_any_sampling_and_size_are_as_the_library_has_them() {
    for sampling in SAMPLINGS {
        for (width, height) in [
            (1, 1),
            (8, 8),
            (16, 16),
            (17, 33),
            (41, 25),
            (64, 50),
            (150, 99),
        ] {
            let jpeg = encoded(&squares(width, height), |e| e.set_sampling_factor(sampling));
            let (most, mean) = difference(&decoded(&jpeg).unwrap(), &by_library(&jpeg));
            assert!(
                most <= 6 && mean < 0.5,
                "{sampling:?} of {width} x {height}: {most}, {mean}"
            );
        }
    }
}

#[test]
fn the_recordings_are_as_the_library_has_them() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in [
        "boards/sim/frames/017-enrolled.jpg",
        "tests/samples/astronaut.jpg",
        "tests/samples/obama.jpg",
    ] {
        let jpeg = std::fs::read(root.join(file)).unwrap();
        let (most, mean) = difference(&decoded(&jpeg).unwrap(), &by_library(&jpeg));
        assert!(most <= 4 && mean < 0.1, "{file}: {most}, {mean}");
    }
}

#[test]
fn grey_pictures_are_as_the_library_has_them() {
    for (width, height) in [(1, 1), (19, 42), (64, 48)] {
        let mut jpeg = Vec::new();
        let picture = waves(width, height);
        let grey: Vec<u8> = picture.pixels().map(|pixel| pixel.0[1]).collect();
        let mut encoder = Encoder::new(&mut jpeg, 90);
        encoder.set_restart_interval(3);
        encoder
            .encode(&grey, width as u16, height as u16, ColorType::Luma)
            .unwrap();
        let (most, _) = difference(&decoded(&jpeg).unwrap(), &by_library(&jpeg));
        assert!(most <= 2, "{most}");
    }
}

#[test]
fn restart_markers_change_nothing() {
    let picture = waves(150, 70);
    let plain = encoded(&picture, |e| e.set_sampling_factor(SamplingFactor::R_4_2_0));
    for interval in [1, 3, 10, 1000] {
        let jpeg = encoded(&picture, |e| {
            e.set_sampling_factor(SamplingFactor::R_4_2_0);
            e.set_restart_interval(interval);
        });
        assert!(decoded(&jpeg) == decoded(&plain));
    }
}

#[test]
fn tables_that_are_left_out_are_the_standard_ones() {
    let whole = encoded(&waves(60, 40), |_| ());
    let mut stripped = whole.clone();
    while let Some(at) = stripped.windows(2).position(|pair| pair == [0xFF, 0xC4]) {
        let length = usize::from(u16::from_be_bytes([stripped[at + 2], stripped[at + 3]]));
        stripped.drain(at..at + 2 + length);
    }
    assert!(stripped.len() < whole.len() - 400);
    assert!(decoded(&stripped) == decoded(&whole));
    // Neither are they those of the frame before.
    let mut decoder = JpegDecoder::new();
    let mut pictures = PicturePool::default();
    for jpeg in [
        &whole,
        &flat_blocks::with_tables_of_its_own(),
        &stripped,
        &whole,
    ] {
        assert!(decoder.decode(jpeg, None, &mut pictures).unwrap() == decoded(jpeg).unwrap());
    }
}

#[test]
fn a_reduced_picture_is_the_mean_of_the_whole_one() {
    for sampling in SAMPLINGS {
        let jpeg = encoded(&waves(320, 208), |e| e.set_sampling_factor(sampling));
        let whole = decoded(&jpeg).unwrap();
        for factor in [2, 4, 8] {
            let reduced = JpegDecoder::new()
                .decode(&jpeg, Some(320 / factor), &mut PicturePool::default())
                .unwrap();
            let expected = thumbnail(&*whole, 320 / factor, 208 / factor);
            let (most, mean) = difference(&reduced, &expected);
            // Its chrominance has fewer rows than the reduced picture, and is blended.
            let is_coarse = sampling as u8 == SamplingFactor::R_4_4_0 as u8;
            let allowed = if is_coarse { 6.0 } else { 2.0 };
            assert!(
                most < 20 && mean < allowed,
                "{sampling:?} by {factor}: {most}, {mean}"
            );
        }
    }
}

#[test]
fn a_picture_is_reduced_no_further_than_asked() {
    let jpeg = encoded(&waves(101, 60), |e| {
        e.set_sampling_factor(SamplingFactor::R_4_2_0)
    });
    let mut decoder = JpegDecoder::new();
    let mut pictures = PicturePool::default();
    for (least, size) in [
        (Some(1000), (101, 60)),
        (Some(52), (101, 60)),
        (Some(51), (51, 30)),
        (Some(27), (51, 30)),
        (Some(26), (26, 15)),
        (Some(13), (13, 8)),
        (Some(0), (13, 8)),
        (None, (101, 60)),
    ] {
        let picture = decoder.decode(&jpeg, least, &mut pictures).unwrap();
        assert_eq!(picture.dimensions(), size, "at least {least:?}");
    }
}

#[test]
fn what_is_not_decoded_here_is_told_from_what_is_damaged() {
    let picture = waves(40, 30);
    let turned = |orientation: u8, is_little: bool| {
        let exif: &[u8] = match is_little {
            false => b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0",
            true => b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0",
        };
        let value = if is_little {
            vec![orientation, 0]
        } else {
            vec![orientation]
        };
        let segment = [b"Exif\0\0", exif, &value, &[0; 6]].concat();
        encoded(&picture, |e| e.add_app_segment(1, segment).unwrap())
    };
    let mut cmyk = Vec::new();
    let encoder = Encoder::new(&mut cmyk, 90);
    encoder
        .encode(&[99; 64 * 4], 8, 8, ColorType::Cmyk)
        .unwrap();
    for jpeg in [
        encoded(&picture, |e| e.set_progressive(true)),
        // Components in scans of their own.
        encoded(&picture, |e| e.set_sampling_factor(SamplingFactor::R_4_1_1)),
        turned(6, false),
        turned(8, true),
        cmyk,
        b"\x89PNG\r\n".to_vec(),
        vec![],
    ] {
        assert_eq!(decoded(&jpeg), Err(Fault::Unsupported));
    }
    for is_little in [true, false] {
        assert!(decoded(&turned(1, is_little)) == decoded(&encoded(&picture, |_| ())));
    }
}
