//! Packed RGB from pixels in lanes of 32 bits, which is how compilers make them in vectors.

/// The bytes of four pixels, each with red in its lowest byte, blue in the third and nothing above.
#[inline(always)]
pub(super) fn packed([a, b, c, d]: [u32; 4]) -> [u8; 12] {
    let words = [a | b << 24, b >> 8 | c << 16, c >> 16 | d << 8];
    let mut bytes = [0; 12];
    for (to, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
        *to = word.to_le_bytes();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_in_the_order_of_the_pixels() {
        let bytes = packed([0x03_02_01, 0x06_05_04, 0x09_08_07, 0x0C_0B_0A]);
        assert_eq!(bytes, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    }
}
