//! Bytes as lower-case hexadecimal text.

use std::fmt::Write;

pub(super) fn encode(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String never fails.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// `None` unless `text` is exactly `N` bytes in lower-case hexadecimal: one value has one spelling.
pub(super) fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != N * 2 {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(digits[0])? << 4 | digit(digits[1])?;
    }
    Some(bytes)
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_decodes() {
        assert_eq!(encode(&[0, 0x9f, 0xff]), "009fff");
        assert_eq!(decode(b"009fff"), Some([0, 0x9f, 0xff]));
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in ["", "9F", "9", "9g", "9f0", " 9f"] {
            assert_eq!(decode::<1>(text.as_bytes()), None, "{text:?}");
        }
    }
}
