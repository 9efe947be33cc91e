//! What the pixels of a frame tell beside the liveness network: cheap, and each with a test of its own.

pub(in crate::vision) mod bezel;
mod light;
pub(in crate::vision) mod moire;
#[cfg(test)]
mod plain;
pub(in crate::vision) mod screen_frame;
mod spectrum;

pub use light::light;

use std::array;

use image::RgbImage;

use crate::domain::Face;
use crate::domain::liveness::{FramePrint, ImageCues};

/// Reads the cues of a face in its frame, in memory that it keeps.
pub struct CueReader {
    moire: moire::Moire,
    screen_frame: screen_frame::ScreenFrame,
}

impl CueReader {
    #[must_use]
    pub fn new() -> Self {
        Self {
            moire: moire::Moire::new(),
            screen_frame: screen_frame::ScreenFrame::default(),
        }
    }

    /// What the pixels say against the face.
    pub fn read(&mut self, image: &RgbImage, face: &Face) -> ImageCues {
        ImageCues {
            moire: self.moire.read(image, &face.bounds),
            bezel: bezel::bezel(image, &face.bounds),
            screen_frame: self.screen_frame.read(image, &face.bounds),
        }
    }
}

/// The frame in small.
#[must_use]
pub fn frame_print(image: &RgbImage) -> FramePrint {
    const COLUMNS: usize = FramePrint::COLUMNS;
    const ROWS: usize = FramePrint::ROWS;
    // The first pixel of a cell is the first of which `pixel * cells / size` is its number.
    let first = |cell: usize, cells: usize, size: u32| (cell * size as usize).div_ceil(cells);
    let edges: [usize; COLUMNS + 1] = array::from_fn(|cell| first(cell, COLUMNS, image.width()));
    let means = (0..ROWS).flat_map(|cell| {
        let (top, bottom) = (
            first(cell, ROWS, image.height()),
            first(cell + 1, ROWS, image.height()),
        );
        let mut sums = [0; COLUMNS];
        for y in top..bottom {
            let row = row(image, y);
            for (sum, edges) in sums.iter_mut().zip(edges.windows(2)) {
                *sum += brightness(&row[edges[0]..edges[1]]);
            }
        }
        array::from_fn::<f32, COLUMNS, _>(|i| {
            let pixels = (bottom - top) * (edges[i + 1] - edges[i]);
            sums[i] as f32 / pixels.max(1) as f32
        })
    });
    FramePrint::new(means)
}

/// The pixels of a row, of which the picture has to have so many.
fn row(image: &RgbImage, y: usize) -> &[[u8; 3]] {
    let width = image.width() as usize;
    &image.as_chunks().0[y * width..][..width]
}

/// The sum of the pixels' brightnesses.
fn brightness(pixels: &[[u8; 3]]) -> u32 {
    pixels.iter().map(|pixel| u32::from(luma(pixel))).sum()
}

/// Brightness, 0 to 255 (ITU-R BT.601): whole thousandths of 299, 587 and 114 parts.
fn luma(pixel: &[u8; 3]) -> u8 {
    // The parts over 1000 in 2^20ths, rounded up: too much by less than a thousandth, so that the whole part is right.
    const PARTS: [u32; 3] = [313_525, 615_515, 119_538];
    let [r, g, b] = pixel.map(u32::from);
    ((PARTS[0] * r + PARTS[1] * g + PARTS[2] * b) >> 20) as u8
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use image::Rgb;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{BoundingBox, Landmarks};

    #[test]
    fn a_print_is_of_the_whole_frame_whatever_its_size() {
        for (width, height) in [(0, 0), (1, 1), (7, 300), (640, 480)] {
            let picture = RgbImage::from_fn(width, height, |x, _| {
                Rgb([if x * 2 < width { 40 } else { 200 }; 3])
            });
            let same = frame_print(&picture);
            assert_eq!(same.difference(&frame_print(&picture)), 0.0);
        }
        let picture = RgbImage::from_fn(640, 480, |x, _| Rgb([(x / 4) as u8; 3]));
        let moved = RgbImage::from_fn(640, 480, |x, _| Rgb([((x + 40) / 4) as u8; 3]));
        let difference = frame_print(&picture).difference(&frame_print(&moved));
        assert!((difference - 10.0).abs() < 1.5, "{difference}");
    }

    #[test]
    fn every_colour_has_its_brightness() {
        for red in 0..=255 {
            let row =
                RgbImage::from_fn(256, 256, |green, blue| Rgb([red, green as u8, blue as u8]));
            for (x, y, pixel) in row.enumerate_pixels() {
                assert_eq!(luma(&pixel.0), plain::luma(&row, x, y));
            }
        }
    }

    type Rectangle = ((u32, u32), (u32, u32), u8);

    /// A wall of some brightness, and rectangles of their own grey from a place to a place, tilted by columns a row; noise
    /// and a wave of some grey levels on all of it.
    fn picture(
        (width, height): (u32, u32),
        (wall, rectangles, tilt): (u8, &[Rectangle], f32),
        (noise, wave): (u8, f32),
    ) -> RgbImage {
        let mut state = 0x9E37_79B9_u32;
        RgbImage::from_fn(width, height, |x, y| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let along = (x as f32 - tilt * y as f32).max(0.0) as u32;
            let here = |&&((left, top), (right, bottom), _): &&Rectangle| {
                (left..right).contains(&along) && (top..bottom).contains(&y)
            };
            let grey = rectangles.iter().rfind(here).map_or(wall, |r| r.2);
            let wave = wave * (0.9 * x as f32 + 0.5 * y as f32).cos();
            let noise = state.to_le_bytes().map(|byte| byte % (noise + 1));
            // `as` saturates.
            Rgb(array::from_fn(|i| {
                (f32::from(grey) + f32::from(noise[i]) + wave) as u8
            }))
        })
    }

    fn face(bounds: BoundingBox) -> Face {
        Face {
            bounds,
            landmarks: Landmarks::default(),
            confidence: 0.9,
        }
    }

    /// What both ways of reading say; peaks of the spectrum may differ by rounding.
    fn assert_agrees(reader: &mut CueReader, image: &RgbImage, bounds: BoundingBox) {
        let (quick, plain) = (
            reader.read(image, &face(bounds)),
            plain::read(image, &bounds),
        );
        let of = format!(
            "{bounds:?} of {:?}: {quick:?}, {plain:?}",
            image.dimensions()
        );
        assert_eq!(quick.bezel, plain.bezel, "{of}");
        assert_eq!(quick.screen_frame, plain.screen_frame, "{of}");
        assert!((quick.moire - plain.moire).abs() < 1e-5, "{of}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn cues_are_those_of_a_plain_reading(
            size in (1u32..420, 1u32..300), wall in 0u8..=255, noise in 0u8..12, tilt in -0.18f32..0.18,
            rectangles in prop::collection::vec(
                ((0u32..400, 0u32..300), (0u32..400, 0u32..300), 0u8..=255), 0..6),
            (x, y) in (-100i32..800, -100i32..600), (across, down) in (-10i32..500, -10i32..500),
        ) {
            let image = picture(size, (wall, &rectangles, tilt), (noise, 0.0));
            let [x, y, width, height] = [x, y, across, down].map(|half| half as f32 / 2.0);
            assert_agrees(&mut CueReader::new(), &image, BoundingBox { x, y, width, height });
            prop_assert_eq!(frame_print(&image), plain::frame_print(&image));
        }

        #[test]
        fn so_are_those_of_a_screen_round_the_face(
            side in 60u32..190, (apart, frame) in (55u32..130, 3u32..24),
            (wall, screen, edge) in (80u8..=255, 80u8..=255, 0u8..80),
            (noise, wave) in (2u8..12, 0.0f32..16.0),
            tilt in prop_oneof![Just(0.0f32), -0.18f32..0.18], moved in -20i32..20,
        ) {
            const MIDDLE: (u32, u32) = (300, 160);
            let apart = side * apart / 100;
            let inside = |by: u32, grey: u8| {
                let (across, down) = (apart + by, (apart + by).min(155));
                ((MIDDLE.0 - across, MIDDLE.1 - down), (MIDDLE.0 + across, MIDDLE.1 + down), grey)
            };
            let rectangles = [inside(frame, edge), inside(0, screen)];
            let image = picture((600, 320), (wall, &rectangles, tilt), (noise, wave));
            let side = side as f32;
            let x = 300.0 + tilt * 160.0 + moved as f32 / 2.0 - side / 2.0;
            let bounds = BoundingBox { x, y: 160.0 - side / 2.0, width: side, height: side };
            assert_agrees(&mut CueReader::new(), &image, bounds);
        }
    }

    #[test]
    fn so_are_those_of_photographs() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut reader = CueReader::new();
        for file in [
            "boards/sim/frames/000-nobody.jpg",
            "boards/sim/frames/005-stranger.jpg",
            "boards/sim/frames/014-enrolled.jpg",
            "boards/sim/frames/020-enrolled.jpg",
            "boards/sim/frames/028-attack.jpg",
            "boards/sim/frames/036-attack.jpg",
            "tests/samples/astronaut.jpg",
            "tests/samples/biden.jpg",
            "tests/samples/obama.jpg",
        ] {
            let image = image::open(root.join(file)).unwrap().to_rgb8();
            assert_eq!(frame_print(&image), plain::frame_print(&image));
            let (width, height) = (image.width() as f32, image.height() as f32);
            for (x, y, side) in [(0.5, 0.5, 0.35), (0.45, 0.55, 0.5), (0.6, 0.4, 0.2)] {
                let side = side * height;
                let bounds = BoundingBox {
                    x: x * width - side / 2.0,
                    y: y * height - side / 2.0,
                    width: side,
                    height: 1.1 * side,
                };
                assert_agrees(&mut reader, &image, bounds);
            }
        }
    }
}
