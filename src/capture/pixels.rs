//! Raw camera formats to RGB, after ITU-R BT.601 with limited range, as UVC cameras send it.

use image::RgbImage;

/// YUYV (YUY2), 4:2:2 packed: two pixels in four bytes.
///
/// `None` if `bytes` holds less than `width` x `height` x 2, or `width` is odd.
#[must_use]
pub fn rgb_from_yuyv(bytes: &[u8], width: u32, height: u32) -> Option<RgbImage> {
    let pairs = bytes.get(..byte_count(width, height, 2)?)?.chunks_exact(4);
    if !width.is_multiple_of(2) {
        return None;
    }
    let rgb = pairs
        .flat_map(|pair| {
            [
                rgb(pair[0], pair[1], pair[3]),
                rgb(pair[2], pair[1], pair[3]),
            ]
        })
        .flatten()
        .collect();
    RgbImage::from_raw(width, height, rgb)
}

/// NV12, 4:2:0: a plane of Y, then one of U and V in turn at half the size.
///
/// `None` if `bytes` holds less than `width` x `height` x 3 / 2, or a side is odd.
#[must_use]
pub fn rgb_from_nv12(bytes: &[u8], width: u32, height: u32) -> Option<RgbImage> {
    if !width.is_multiple_of(2) || !height.is_multiple_of(2) {
        return None;
    }
    let luma_bytes = byte_count(width, height, 1)?;
    let (luma, chroma) = bytes
        .get(..luma_bytes.checked_add(luma_bytes / 2)?)?
        .split_at(luma_bytes);
    let stride = width as usize;
    Some(RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as usize, y as usize);
        let uv = y / 2 * stride + x / 2 * 2;
        image::Rgb(rgb(luma[y * stride + x], chroma[uv], chroma[uv + 1]))
    }))
}

/// Packed RGB, three bytes a pixel; `None` if there are too few.
#[must_use]
pub fn rgb_from_rgb24(bytes: &[u8], width: u32, height: u32) -> Option<RgbImage> {
    let bytes = bytes.get(..byte_count(width, height, 3)?)?;
    RgbImage::from_raw(width, height, bytes.to_vec())
}

fn byte_count(width: u32, height: u32, bytes_per_pixel: usize) -> Option<usize> {
    (width as usize)
        .checked_mul(height as usize)?
        .checked_mul(bytes_per_pixel)
}

/// One pixel, in the usual 8-bit fixed point of BT.601.
fn rgb(y: u8, u: u8, v: u8) -> [u8; 3] {
    let (y, u, v) = (
        298 * (i32::from(y) - 16),
        i32::from(u) - 128,
        i32::from(v) - 128,
    );
    let channel = |sum: i32| ((sum + 128) >> 8).clamp(0, 255) as u8;
    [
        channel(y + 409 * v),
        channel(y - 100 * u - 208 * v),
        channel(y + 516 * u),
    ]
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
            let yuyv = rgb_from_yuyv(&[y, u, y, v], 2, 1).unwrap();
            let nv12 = rgb_from_nv12(&[y, y, y, y, u, v], 2, 2).unwrap();
            for pixel in yuyv.pixels().chain(nv12.pixels()) {
                assert!(is_near(pixel, expected), "{pixel:?} is not {expected:?}");
            }
        }
    }

    #[test]
    fn chroma_is_shared_by_its_neighbours_only() {
        // Left two columns red, right two blue.
        let nv12 = [65, 65, 35, 35, 65, 65, 35, 35, 100, 212, 212, 114];
        let picture = rgb_from_nv12(&nv12, 4, 2).unwrap();
        for (x, _, pixel) in picture.enumerate_pixels() {
            let expected = if x < 2 { [191, 0, 0] } else { [0, 0, 191] };
            assert!(is_near(pixel, expected));
        }
    }

    #[test]
    fn short_buffers_and_odd_sides_are_refused() {
        assert!(rgb_from_yuyv(&[0; 7], 2, 2).is_none());
        assert!(rgb_from_yuyv(&[0; 6], 3, 1).is_none());
        assert!(rgb_from_nv12(&[0; 5], 2, 2).is_none());
        assert!(rgb_from_nv12(&[0; 99], 3, 2).is_none());
        assert!(rgb_from_rgb24(&[0; 11], 2, 2).is_none());
        assert!(rgb_from_nv12(&[0; 9], u32::MAX - 1, u32::MAX - 1).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_convert_or_are_refused(
            bytes in proptest::collection::vec(any::<u8>(), 0..256), width in 0u32..12, height in 0u32..12,
        ) {
            for convert in [rgb_from_yuyv, rgb_from_nv12, rgb_from_rgb24] {
                if let Some(picture) = convert(&bytes, width, height) {
                    prop_assert_eq!(picture.dimensions(), (width, height));
                }
            }
        }
    }
}
