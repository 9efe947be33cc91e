//! Raw camera formats to RGB, after ITU-R BT.601 with limited range, as UVC cameras send it.
//!
//! Each writes the whole of a picture, row by row in lanes that compilers turn into vectors.

use image::RgbImage;

use super::packed::packed;

/// Pairs of pixels that are converted at once.
const PAIRS: usize = 16;

/// Reads YUYV (YUY2), 4:2:2 packed: two pixels in four bytes.
///
/// `None` if `bytes` holds less than width x height x 2, or the width is odd.
pub fn read_yuyv(bytes: &[u8], picture: &mut RgbImage) -> Option<()> {
    let bytes = bytes.get(..picture.len() / 3 * 2)?;
    if !picture.width().is_multiple_of(2) {
        return None;
    }
    let words = |block: &[u8; 4 * PAIRS]| {
        let pairs = block.as_chunks().0;
        std::array::from_fn(|at| u32::from_le_bytes(pairs[at]))
    };
    let ((blocks, rest), (to, to_rest)) = (bytes.as_chunks(), picture.as_chunks_mut());
    for (block, to) in blocks.iter().zip(to) {
        *to = rgb_of(words(block));
    }
    copy_start(&rgb_of(words(&padded(rest))), to_rest);
    Some(())
}

/// Reads NV12, 4:2:0: a plane of Y, then one of U and V in turn at half the size.
///
/// `None` if `bytes` holds less than width x height x 3 / 2, or a side is odd.
pub fn read_nv12(bytes: &[u8], picture: &mut RgbImage) -> Option<()> {
    let (width, height) = picture.dimensions();
    if !width.is_multiple_of(2) || !height.is_multiple_of(2) {
        return None;
    }
    let bytes = bytes.get(..picture.len() / 2)?;
    let (luma, chroma) = bytes.split_at(picture.len() / 3);
    let words = |luma: &[u8; 2 * PAIRS], chroma: &[u8; 2 * PAIRS]| {
        let (luma, chroma) = (luma.as_chunks().0, chroma.as_chunks().0);
        std::array::from_fn(|at| {
            let ([left, right], [u, v]): ([u8; 2], [u8; 2]) = (luma[at], chroma[at]);
            u32::from_le_bytes([left, u, right, v])
        })
    };
    let stride = (width as usize).max(1);
    let rows = picture
        .chunks_exact_mut(stride * 3)
        .zip(luma.chunks_exact(stride));
    for (y, (to, luma)) in rows.enumerate() {
        let chroma = chroma.get(y / 2 * stride..)?.get(..luma.len())?;
        let ((luma, luma_rest), (chroma, chroma_rest)) = (luma.as_chunks(), chroma.as_chunks());
        let (to, to_rest) = to.as_chunks_mut();
        for ((luma, chroma), to) in luma.iter().zip(chroma).zip(to) {
            *to = rgb_of(words(luma, chroma));
        }
        copy_start(
            &rgb_of(words(&padded(luma_rest), &padded(chroma_rest))),
            to_rest,
        );
    }
    Some(())
}

/// Reads packed RGB, three bytes a pixel; `None` if there are too few.
pub fn read_rgb24(bytes: &[u8], picture: &mut RgbImage) -> Option<()> {
    let bytes = bytes.get(..picture.len())?;
    picture.copy_from_slice(bytes);
    Some(())
}

/// Packed RGB of pairs of pixels, each a word of Y, U, Y and V from the lowest byte on.
#[inline(always)]
fn rgb_of(pairs: [u32; PAIRS]) -> [u8; PAIRS * 6] {
    let (mut left, mut right) = ([0; PAIRS], [0; PAIRS]);
    // In arrays of one length, so that it becomes vectors.
    for lane in 0..PAIRS {
        [left[lane], right[lane]] = two_pixels(pairs[lane]);
    }
    let (left, right) = (left.as_chunks::<2>().0, right.as_chunks::<2>().0);
    let mut rgb = [0; PAIRS * 6];
    for ((to, left), right) in rgb.as_chunks_mut().0.iter_mut().zip(left).zip(right) {
        *to = packed([left[0], right[0], left[1], right[1]]);
    }
    rgb
}

/// The end of a row as a block.
fn padded<const LENGTH: usize>(rest: &[u8]) -> [u8; LENGTH] {
    let mut block = [0; LENGTH];
    block
        .iter_mut()
        .zip(rest)
        .for_each(|(to, byte)| *to = *byte);
    block
}

fn copy_start(bytes: &[u8], to: &mut [u8]) {
    to.iter_mut().zip(bytes).for_each(|(to, byte)| *to = *byte);
}

/// The pixels of a pair, in the usual 8-bit fixed point of BT.601; red is in the lowest byte.
#[inline(always)]
fn two_pixels(pair: u32) -> [u32; 2] {
    let byte = |shift: u32| (pair >> shift & 255) as i32;
    let (u, v) = (byte(8) - 128, byte(24) - 128);
    let (red, green, blue) = (409 * v, -100 * u - 208 * v, 516 * u);
    let channel = |sum: i32| (sum >> 8).clamp(0, 255) as u32;
    let pixel = |y: i32| {
        let luma = 298 * (y - 16) + 128;
        channel(luma + red) | channel(luma + green) << 8 | channel(luma + blue) << 16
    };
    [pixel(byte(0)), pixel(byte(16))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 75 % colour bars of BT.601: (Y, U, V) and the RGB they stand for.
    const BARS: [([u8; 3], [u8; 3]); 6] = [
        ([16, 128, 128], [0, 0, 0]),
        ([235, 128, 128], [255, 255, 255]),
        ([180, 128, 128], [191, 191, 191]),
        ([65, 100, 212], [191, 0, 0]),
        ([112, 72, 58], [0, 191, 0]),
        ([35, 212, 114], [0, 0, 191]),
    ];

    type Read = fn(&[u8], &mut RgbImage) -> Option<()>;
    /// The pixel of a column and a row.
    type Formula<'f> = &'f dyn Fn(usize, usize) -> [u8; 3];

    fn picture(read: Read, bytes: &[u8], width: u32, height: u32) -> Option<RgbImage> {
        let mut picture = RgbImage::from_pixel(width, height, image::Rgb([1, 2, 3]));
        read(bytes, &mut picture).map(|()| picture)
    }

    fn is_near(pixel: &image::Rgb<u8>, expected: [u8; 3]) -> bool {
        pixel
            .0
            .iter()
            .zip(expected)
            .all(|(a, b)| a.abs_diff(b) <= 2)
    }

    #[test]
    fn colour_bars_come_out_in_both_layouts() {
        for ([y, u, v], expected) in BARS {
            let yuyv = picture(read_yuyv, &[y, u, y, v], 2, 1).unwrap();
            let nv12 = picture(read_nv12, &[y, y, y, y, u, v], 2, 2).unwrap();
            for pixel in yuyv.pixels().chain(nv12.pixels()) {
                assert!(is_near(pixel, expected), "{pixel:?} is not {expected:?}");
            }
        }
    }

    #[test]
    fn chroma_is_shared_by_its_neighbours_only() {
        // Left two columns red, right two blue.
        let nv12 = [65, 65, 35, 35, 65, 65, 35, 35, 100, 212, 212, 114];
        let picture = picture(read_nv12, &nv12, 4, 2).unwrap();
        for (x, _, pixel) in picture.enumerate_pixels() {
            let expected = if x < 2 { [191, 0, 0] } else { [0, 0, 191] };
            assert!(is_near(pixel, expected));
        }
    }

    #[test]
    fn short_buffers_and_odd_sides_are_refused() {
        assert!(picture(read_yuyv, &[0; 7], 2, 2).is_none());
        assert!(picture(read_yuyv, &[0; 6], 3, 1).is_none());
        assert!(picture(read_nv12, &[0; 5], 2, 2).is_none());
        assert!(picture(read_nv12, &[0; 99], 3, 2).is_none());
        assert!(picture(read_nv12, &[0; 99], 2, 3).is_none());
        assert!(picture(read_rgb24, &[0; 11], 2, 2).is_none());
    }

    /// One pixel, by the formula.
    fn rgb(y: u8, u: u8, v: u8) -> [u8; 3] {
        let [y, u, v] = [y, u, v].map(i32::from);
        let (y, u, v) = (298 * (y - 16), u - 128, v - 128);
        [y + 409 * v, y - 100 * u - 208 * v, y + 516 * u]
            .map(|sum| ((sum + 128) >> 8).clamp(0, 255) as u8)
    }

    proptest! {
        #[test]
        fn pixels_are_those_of_the_formula(
            bytes in proptest::collection::vec(any::<u8>(), 0..1200), width in 0u32..40, height in 0u32..8,
        ) {
            let (columns, area) = (width as usize, (width * height) as usize);
            let yuyv = |x: usize, y: usize| {
                let pair = &bytes[(y * columns + x) / 2 * 4..];
                rgb(pair[x % 2 * 2], pair[1], pair[3])
            };
            let nv12 = |x: usize, y: usize| {
                let chroma = &bytes[area + y / 2 * columns + x / 2 * 2..];
                rgb(bytes[y * columns + x], chroma[0], chroma[1])
            };
            let rgb24 = |x: usize, y: usize| *bytes[(y * columns + x) * 3..].first_chunk().unwrap();
            let (even_width, even_height) = (width % 2 == 0, height % 2 == 0);
            let formats: [(Read, Formula<'_>, usize, bool); 3] = [
                (read_yuyv, &yuyv, area * 2, even_width),
                (read_nv12, &nv12, area * 3 / 2, even_width && even_height),
                (read_rgb24, &rgb24, area * 3, true),
            ];
            for (read, formula, needed, fits) in formats {
                let read = picture(read, &bytes, width, height);
                prop_assert_eq!(read.is_some(), fits && bytes.len() >= needed);
                for (x, y, pixel) in read.iter().flat_map(|picture| picture.enumerate_pixels()) {
                    prop_assert_eq!(pixel.0, formula(x as usize, y as usize));
                }
            }
        }
    }
}
