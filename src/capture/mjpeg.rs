//! Finds JPEGs in a stream of bytes by their markers (ITU-T T.81, annex B).
//!
//! A search for the bytes of the end marker alone would stop at the thumbnail in an EXIF segment, so
//! segments are skipped by their length and only entropy-coded data is searched.

use std::borrow::Cow;

use image::RgbImage;

use super::{CaptureError, still};

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const DHT: u8 = 0xC4;

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
    seen_huffman_table: bool,
}

impl Scanner {
    const fn new() -> Self {
        Self {
            state: State::Hunting(false),
            seen_huffman_table: false,
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
            (Code | EntropyCode, 0xC0..=0xFE) if !(0xD0..=0xD7).contains(&byte) => {
                self.seen_huffman_table |= byte == DHT;
                LengthHigh(byte)
            }
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

    fn begin(&mut self) -> Event {
        self.state = State::Marker;
        self.seen_huffman_table = false;
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

    /// Takes bytes up to the end of the next JPEG; returns how many it took, and the JPEG if it is whole.
    ///
    /// Without a JPEG, all of `bytes` was taken.
    pub(super) fn push(&mut self, bytes: &[u8]) -> (usize, Option<Vec<u8>>) {
        for (index, &byte) in bytes.iter().enumerate() {
            match self.scanner.step(byte) {
                Event::Outside => self.jpeg.clear(),
                Event::Begun => {
                    self.jpeg.clear();
                    self.jpeg.extend([0xFF, SOI]);
                }
                Event::Inside => self.jpeg.push(byte),
                Event::Finished => {
                    self.jpeg.push(byte);
                    return (index + 1, Some(std::mem::take(&mut self.jpeg)));
                }
            }
            if self.jpeg.len() >= self.max_bytes {
                self.jpeg.clear();
                self.scanner = Scanner::new();
            }
        }
        (bytes.len(), None)
    }
}

/// Decodes one frame of a stream; see [`still::decode`].
///
/// Many USB cameras leave out the Huffman tables, which are always the ones of ITU-T T.81, K.3. The
/// decoder supplies them if an APP0 segment marks the frame as AVI's MJPEG, so that is put in.
pub(super) fn decode_frame(jpeg: &[u8], name: &str) -> Result<RgbImage, CaptureError> {
    const AVI1: [u8; 9] = *b"\xFF\xE0\x00\x07AVI1\x00";
    let mut headers = Scanner::new();
    for &byte in jpeg {
        headers.step(byte);
        if headers.state == State::Entropy {
            break;
        }
    }
    let jpeg = match jpeg.split_at_checked(2) {
        Some((soi, rest)) if !headers.seen_huffman_table => Cow::Owned([soi, &AVI1, rest].concat()),
        _ => Cow::Borrowed(jpeg),
    };
    still::decode(&jpeg, name)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, Rgb};
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
                let (taken, jpeg) = splitter.push(chunk);
                assert!(taken > 0);
                chunk = &chunk[taken..];
                jpegs.extend(jpeg);
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
