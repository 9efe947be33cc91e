//! JPEGs of flat blocks, for what the encoder does not make.

use super::*;

/// DC codes of at most 7 bits for sizes 0 to 7, and one AC code that ends a block: `0`.
const TABLES: &[u8] = b"\xFF\xC4\x00\x2C\
    \x00\x01\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04\x05\x06\
    \x10\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";

/// A frame of three components with these sampling factors, whose blocks are flat and of different levels.
fn flat_blocks(sampling: [(u8, u8); 3], width: u16, height: u16) -> Vec<u8> {
    let mut jpeg = b"\xFF\xD8\xFF\xDB\x00\x43\x00".to_vec();
    jpeg.extend([16; 64]);
    jpeg.extend(TABLES);
    jpeg.extend(b"\xFF\xC0\x00\x11\x08");
    jpeg.extend(height.to_be_bytes());
    jpeg.extend(width.to_be_bytes());
    jpeg.push(3);
    for (id, (h, v)) in (1..).zip(sampling) {
        jpeg.extend([id, h << 4 | v, 0]);
    }
    jpeg.extend(b"\xFF\xDA\x00\x0C\x03\x01\x00\x02\x00\x03\x00\x00\x3F\x00");
    let most = |side: fn((u8, u8)) -> u8| sampling.into_iter().map(side).max().unwrap();
    let columns = usize::from(width).div_ceil(8 * usize::from(most(|(h, _)| h)));
    let rows = usize::from(height).div_ceil(8 * usize::from(most(|(_, v)| v)));
    let mut bits = Vec::new();
    let mut level = 7_u32;
    for _ in 0..columns * rows {
        for (h, v) in sampling {
            for _ in 0..h * v {
                level = level * 5 % 61;
                write_difference(level as i32 % 31 - 15, &mut bits);
                bits.push(false);
            }
        }
    }
    bits.resize(bits.len().next_multiple_of(8), true);
    for byte in bits.chunks(8) {
        let byte = byte.iter().fold(0, |byte, &bit| byte << 1 | u8::from(bit));
        jpeg.push(byte);
        jpeg.extend((byte == 0xFF).then_some(0));
    }
    jpeg.extend(b"\xFF\xD9");
    jpeg
}

/// As many ones as the number has bits, a zero, and the bits.
fn write_difference(difference: i32, bits: &mut Vec<bool>) {
    let size = 32 - difference.unsigned_abs().leading_zeros();
    bits.extend((0..size).map(|_| true).chain([false]));
    let written = if difference < 0 {
        difference + (1 << size) - 1
    } else {
        difference
    };
    bits.extend((0..size).rev().map(|bit| written >> bit & 1 == 1));
}

pub(super) fn with_tables_of_its_own() -> Vec<u8> {
    flat_blocks([(1, 1); 3], 20, 20)
}

#[test]
fn rare_samplings_are_as_the_library_has_them() {
    for (sampling, width, height) in [
        ([(1, 1), (1, 1), (1, 1)], 31, 17),
        ([(4, 1), (1, 1), (1, 1)], 75, 30),
        ([(4, 2), (1, 1), (1, 1)], 75, 40),
        ([(2, 2), (2, 1), (2, 1)], 40, 40),
        ([(2, 2), (1, 2), (1, 2)], 40, 40),
        ([(1, 4), (1, 1), (1, 1)], 20, 70),
    ] {
        let jpeg = flat_blocks(sampling, width, height);
        let (most, mean) = difference(&decoded(&jpeg).unwrap(), &by_library(&jpeg));
        assert!(most <= 6 && mean < 1.0, "{sampling:?}: {most}, {mean}");
    }
}

#[test]
fn components_of_differing_samplings_are_decoded_or_left_to_the_library() {
    for sampling in [
        [(2, 2), (1, 1), (2, 1)],
        [(3, 1), (1, 1), (1, 1)],
        [(4, 1), (2, 1), (1, 1)],
    ] {
        for least in [None, Some(0), Some(20)] {
            let jpeg = flat_blocks(sampling, 50, 35);
            let picture = JpegDecoder::new().decode(&jpeg, least, &mut PicturePool::default());
            assert!(picture.is_ok(), "{sampling:?}");
        }
    }
    for sampling in [[(1, 1), (2, 1), (1, 1)], [(3, 1), (2, 1), (1, 1)]] {
        let jpeg = flat_blocks(sampling, 50, 35);
        assert_eq!(decoded(&jpeg), Err(Fault::Unsupported));
    }
}
