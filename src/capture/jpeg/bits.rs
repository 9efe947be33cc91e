//! Bits of entropy-coded data (ITU-T T.81, F.2.2.5), the highest of each byte first.

/// Reads bits up to the next marker, and zeros behind it.
///
/// A reader looks ahead, so it never fails on its own: what read too far asks [`is_overrun`](Self::is_overrun).
#[derive(Clone, Copy)]
pub(super) struct BitReader<'d> {
    data: &'d [u8],
    position: usize,
    /// The next bits, from the highest on; zeros behind them.
    reservoir: u64,
    /// How many of the reservoir's bits count.
    count: u32,
    /// How many of them, at the end, stand for what is not there.
    padding: u32,
}

impl<'d> BitReader<'d> {
    /// Bits that are there after [`refill`](Self::refill).
    pub(super) const ROOM: u32 = 32;

    pub(super) fn new(data: &'d [u8]) -> Self {
        Self {
            data,
            position: 0,
            reservoir: 0,
            count: 0,
            padding: 0,
        }
    }

    /// Has at least [`ROOM`](Self::ROOM) bits ready.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if self.count >= Self::ROOM {
            return;
        }
        let ahead = self.data.get(self.position..);
        let word = ahead.and_then(|ahead| ahead.first_chunk()).copied();
        match word.map(u64::from_be_bytes) {
            // As many whole bytes as there is room for; the rest of the word is read again.
            Some(word) if !has_stuffing(word) => {
                self.reservoir |= word >> self.count;
                let bytes = (63 - self.count) / 8;
                self.position += bytes as usize;
                self.count += bytes * 8;
                // Bits that are not counted have to be zero.
                self.reservoir &= !(u64::MAX >> self.count);
            }
            _ => self.refill_by_bytes(),
        }
    }

    #[cold]
    #[inline(never)]
    fn refill_by_bytes(&mut self) {
        while self.count <= 56 {
            let byte = match self.data.get(self.position..) {
                Some([0xFF, 0x00, ..]) => {
                    self.position += 2;
                    0xFF
                }
                Some([byte, ..]) if *byte != 0xFF => {
                    self.position += 1;
                    *byte
                }
                // A marker, or the end.
                _ => {
                    self.padding += 64 - self.count;
                    self.count = 64;
                    return;
                }
            };
            self.reservoir |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next `length` bits, 1 to [`ROOM`](Self::ROOM), which stay.
    #[inline(always)]
    pub(super) fn peek(&self, length: u32) -> usize {
        (self.reservoir >> (64 - length)) as usize
    }

    /// Goes over `length` bits that were looked at, fewer than 64.
    #[inline(always)]
    pub(super) fn skip(&mut self, length: u32) {
        self.reservoir <<= length;
        self.count = self.count.saturating_sub(length);
    }

    /// A number of `size` bits, 0 to 15, as differences and coefficients are written (T.81, F.2.2.1).
    #[inline(always)]
    pub(super) fn number(&mut self, size: u32) -> i32 {
        let bits = (self.reservoir >> 1 >> (63 - size)) as i32;
        self.skip(size);
        extend(bits, size)
    }

    /// Whether more was read than there is before the marker.
    pub(super) fn is_overrun(&self) -> bool {
        self.padding > self.count
    }

    /// Drops what is left before the next marker and goes behind it; its code, or `None` at the end of the data.
    pub(super) fn pass_marker(&mut self) -> Option<u8> {
        let rest = self.data.get(self.position..)?;
        let is_marker = |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xFF);
        let at = rest.windows(2).position(is_marker)?;
        let code = rest.get(at + 1).copied();
        *self = Self {
            position: self.position + at + 2,
            ..Self::new(self.data)
        };
        code
    }
}

/// The value of `bits`, a number of `size` bits, 0 to 15: those that begin with 0 are negative.
#[inline(always)]
pub(super) fn extend(bits: i32, size: u32) -> i32 {
    let is_negative = bits < (1 << size) >> 1;
    bits - if is_negative { (1 << size) - 1 } else { 0 }
}

/// Whether a byte of the word is 0xFF, and so begins a stuffed byte or a marker.
#[inline(always)]
fn has_stuffing(word: u64) -> bool {
    const ONES: u64 = u64::MAX / 255;
    (!word).wrapping_sub(ONES) & word & (ONES << 7) != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(reader: &mut BitReader<'_>, length: u32) -> usize {
        reader.refill();
        let bits = reader.peek(length);
        reader.skip(length);
        bits
    }

    #[test]
    fn stuffing_is_left_out_and_a_marker_ends_the_bits() {
        let data = b"\xA5\xFF\x00\x3C\xFF\xFF\xD0\x80\xFF\xD9";
        let mut reader = BitReader::new(data);
        assert_eq!(read(&mut reader, 24), 0xA5_FF3C);
        assert!(!reader.is_overrun());
        assert_eq!(read(&mut reader, 1), 0);
        assert!(reader.is_overrun());
        assert_eq!(reader.pass_marker(), Some(0xD0));
        assert!(!reader.is_overrun());
        assert_eq!(read(&mut reader, 8), 0x80);
        assert!(!reader.is_overrun());
        assert_eq!(reader.pass_marker(), Some(0xD9));
        assert_eq!(reader.pass_marker(), None);
    }

    #[test]
    fn numbers_are_those_of_table_f_1() {
        for (bits, size, number) in [
            (0, 0, 0),
            (0, 1, -1),
            (1, 1, 1),
            (0, 2, -3),
            (1, 2, -2),
            (2, 2, 2),
            (3, 2, 3),
        ] {
            assert_eq!(extend(bits, size), number);
        }
        assert_eq!((extend(0, 15), extend(32767, 15)), (-32767, 32767));
    }

    proptest! {
        #[test]
        fn bits_come_back_as_they_were_written(
            bytes in proptest::collection::vec(prop_oneof![Just(0xFFu8), any::<u8>()], 0..80),
            lengths in proptest::collection::vec(1u32..=24, 0..60),
        ) {
            let stuffed: Vec<u8> = bytes
                .iter()
                .flat_map(|&byte| [byte, 0].into_iter().take(1 + usize::from(byte == 0xFF)))
                .collect();
            let mut reader = BitReader::new(&stuffed);
            let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| usize::from(byte >> (7 - at % 8) & 1));
            let mut at = 0;
            for length in lengths {
                let end = at + length as usize;
                let expected = (at..end).fold(0, |bits, at| bits << 1 | bit(at));
                prop_assert_eq!(read(&mut reader, length), expected);
                at = end;
                prop_assert_eq!(reader.is_overrun(), at > bytes.len() * 8);
            }
        }
    }
}
