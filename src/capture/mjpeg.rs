//! Finds JPEGs in a stream of bytes by their markers (ITU-T T.81, annex B).
//!
//! A search for the bytes of the end marker alone would stop at the thumbnail in an EXIF segment, so
//! segments are skipped by their length and only entropy-coded data is searched.

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;

/// Where in a JPEG the scanner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Outside; `true` after a byte that may start SOI.
    Hunting(bool),
    /// At the first byte of a marker.
    Marker,
    /// After 0xFF, among segments.
    Code,
    /// At the first byte of the length of the segment `code`.
    LengthHigh(u8),
    LengthLow(u8, u8),
    /// Bytes left of the segment; `true` if entropy-coded data follow.
    Segment(u16, bool),
    Entropy,
    /// After 0xFF in entropy-coded data.
    EntropyCode,
}

/// What a byte did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    /// It belongs to no JPEG, and nothing before it does.
    Outside,
    /// It ends an SOI: a JPEG began one byte before it.
    Begun,
    Inside,
    /// It ends an EOI.
    Finished,
}

#[derive(Debug)]
struct Scanner {
    state: State,
}

impl Scanner {
    const fn new() -> Self {
        Self {
            state: State::Hunting(false),
        }
    }

    fn step(&mut self, byte: u8) -> Event {
        use State::{Code, Entropy, EntropyCode, Hunting, LengthHigh, LengthLow, Marker, Segment};
        let next = match (self.state, byte) {
            (Hunting(true), SOI) => return self.begin(),
            (Hunting(_), _) => Hunting(byte == 0xFF),
            (Marker, 0xFF) => Code,
            (Marker, _) => Hunting(false),
            // Fill bytes may stand before any marker (B.1.1.2).
            (Code, 0xFF) => Code,
            (EntropyCode, 0xFF) => EntropyCode,
            // A JPEG inside a JPEG: the first one was cut off.
            (Code | EntropyCode, SOI) => return self.begin(),
            (Code | EntropyCode, EOI) => {
                self.state = Hunting(false);
                return Event::Finished;
            }
            // Stuffing and restart markers belong to the data.
            (EntropyCode, 0x00 | 0xD0..=0xD7) => Entropy,
            (Code | EntropyCode, 0xC0..=0xFE) if !(0xD0..=0xD7).contains(&byte) => LengthHigh(byte),
            (Code | EntropyCode, _) => Hunting(false),
            (LengthHigh(code), high) => LengthLow(code, high),
            (LengthLow(code, high), low) => match (u16::from_be_bytes([high, low]), code == SOS) {
                (0 | 1, _) => Hunting(false),
                (2, false) => Marker,
                (2, true) => Entropy,
                (length, scan) => Segment(length - 2, scan),
            },
            (Segment(1, false), _) => Marker,
            (Segment(1, true), _) => Entropy,
            (Segment(left, scan), _) => Segment(left - 1, scan),
            (Entropy, 0xFF) => EntropyCode,
            (Entropy, _) => Entropy,
        };
        self.state = next;
        if matches!(next, Hunting(_)) {
            Event::Outside
        } else {
            Event::Inside
        }
    }

    /// Goes over what a segment or entropy-coded data begin with, up to a byte that may change the state; how many
    /// bytes that is.
    fn skip(&mut self, bytes: &[u8]) -> usize {
        match &mut self.state {
            State::Segment(left, _) => {
                // The last byte changes the state.
                let inside = bytes.len().min(usize::from(*left - 1));
                *left -= inside as u16;
                inside
            }
            State::Entropy => {
                let end = bytes.iter().position(|&byte| byte == 0xFF);
                end.unwrap_or(bytes.len())
            }
            _ => 0,
        }
    }

    fn begin(&mut self) -> Event {
        self.state = State::Marker;
        Event::Begun
    }
}

/// Whether the JPEG at the start of `bytes` has its end marker.
pub(super) fn is_complete(bytes: &[u8]) -> bool {
    let mut scanner = Scanner::new();
    bytes
        .iter()
        .any(|&byte| scanner.step(byte) == Event::Finished)
}

/// Cuts a byte stream into JPEGs, however the stream is chunked.
///
/// Garbage between JPEGs is skipped; a JPEG that breaks off is dropped when the next one begins.
/// Never holds more than its limit.
#[derive(Debug)]
pub(super) struct Splitter {
    scanner: Scanner,
    jpeg: Vec<u8>,
    max_bytes: usize,
}

impl Splitter {
    /// `max_bytes` is the size above which a frame is dropped.
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            scanner: Scanner::new(),
            jpeg: Vec::new(),
            max_bytes,
        }
    }

    /// Takes bytes up to the end of the next JPEG; returns how many it took, and whether a JPEG is whole.
    ///
    /// Without one, all of `bytes` was taken.
    pub(super) fn push(&mut self, bytes: &[u8]) -> (usize, bool) {
        let mut taken = 0;
        while let Some(ahead) = bytes.get(taken..)
            && let Some(&byte) = ahead.first()
        {
            let room = self.max_bytes.saturating_sub(self.jpeg.len());
            let inside = self.scanner.skip(&ahead[..ahead.len().min(room)]);
            if inside > 0 {
                self.jpeg.extend_from_slice(&ahead[..inside]);
                taken += inside;
            } else {
                taken += 1;
                match self.scanner.step(byte) {
                    Event::Outside => self.jpeg.clear(),
                    Event::Begun => {
                        self.jpeg.clear();
                        self.jpeg.extend([0xFF, SOI]);
                    }
                    Event::Inside => self.jpeg.push(byte),
                    Event::Finished => {
                        self.jpeg.push(byte);
                        return (taken, true);
                    }
                }
            }
            if self.jpeg.len() >= self.max_bytes {
                self.restart();
            }
        }
        (bytes.len(), false)
    }

    /// The JPEG that was whole after the last [`push`](Self::push).
    pub(super) fn jpeg(&self) -> &[u8] {
        &self.jpeg
    }

    /// Drops what was begun: another stream follows.
    pub(super) fn restart(&mut self) {
        self.jpeg.clear();
        self.scanner = Scanner::new();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, Rgb, RgbImage};
    use proptest::prelude::*;

    use super::*;

    fn jpeg(level: u8) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        RgbImage::from_pixel(24, 16, Rgb([level; 3]))
            .write_to(&mut bytes, ImageFormat::Jpeg)
            .unwrap();
        bytes.into_inner()
    }

    /// All JPEGs of a stream that comes in chunks of these lengths, then all at once.
    fn split(stream: &[u8], chunks: &[usize], max_bytes: usize) -> Vec<Vec<u8>> {
        let mut splitter = Splitter::new(max_bytes);
        let mut jpegs = Vec::new();
        let mut rest = stream;
        for &length in chunks.iter().chain([&usize::MAX]) {
            let (mut chunk, behind) = rest.split_at(length.min(rest.len()));
            while !chunk.is_empty() {
                let (taken, is_whole) = splitter.push(chunk);
                assert!(taken > 0);
                chunk = &chunk[taken..];
                jpegs.extend(is_whole.then(|| splitter.jpeg().to_vec()));
            }
            rest = behind;
        }
        jpegs
    }

    #[test]
    fn garbage_and_broken_frames_are_skipped() {
        let (a, b) = (jpeg(10), jpeg(20));
        let stream = [
            b"\xFF\xD8\xFF\xD9noise\xFF".as_slice(),
            &a,
            // Cut off in the data, the next frame is found at once; within a segment, the one after it.
            &a[..a.len() - 6],
            &b,
            &a[..a.len() / 2],
            &b,
            &a,
            b"\xFF\xFF\xD8\xFF\xE0\x00",
        ]
        .concat();
        let jpegs = split(&stream, &[], 1 << 20);
        assert!(jpegs == [b"\xFF\xD8\xFF\xD9".to_vec(), a.clone(), b, a]);
    }

    #[test]
    fn a_thumbnail_within_a_segment_does_not_end_the_frame() {
        let plain = jpeg(10);
        let thumbnail = b"\xFF\xE1\x00\x06\xFF\xD8\xFF\xD9";
        let frame = [&plain[..2], thumbnail, &plain[2..]].concat();
        assert!(split(&frame, &[3, 3, 1], 1 << 20) == std::slice::from_ref(&frame));
    }

    #[test]
    fn a_frame_above_the_limit_is_dropped_and_the_next_one_found() {
        let (small, large) = (jpeg(10), [&jpeg(20)[..300], &[0; 5000]].concat());
        let stream = [large, small.clone()].concat();
        assert_eq!(split(&stream, &[], 2000), [small]);
    }

    proptest! {
        #[test]
        fn how_the_stream_is_chunked_changes_nothing(
            pieces in proptest::collection::vec(
                prop_oneof![
                    (0u8..20).prop_map(jpeg),
                    proptest::collection::vec(any::<u8>(), 0..40),
                    proptest::collection::vec(prop_oneof![Just(0xFFu8), 0xC0u8..=0xFF, 0u8..4], 0..40),
                ],
                0..8,
            ),
            chunks in proptest::collection::vec(0usize..700, 0..20),
        ) {
            let stream = pieces.concat();
            let whole = split(&stream, &[], 1 << 20);
            prop_assert_eq!(split(&stream, &chunks, 1 << 20), whole.clone());
            for jpeg in whole {
                prop_assert!(jpeg.starts_with(&[0xFF, 0xD8]) && jpeg.ends_with(&[0xFF, 0xD9]));
            }
        }

        #[test]
        fn frames_never_outgrow_the_limit(
            stream in proptest::collection::vec(prop_oneof![Just(0xFFu8), any::<u8>()], 0..4000), max_bytes in 4usize..200,
        ) {
            for jpeg in split(&stream, &[], max_bytes) {
                prop_assert!(jpeg.len() <= max_bytes);
            }
        }
    }
}
