//! Whether an image file says that a camera took it.

use std::io::Cursor;

use exif::{In, Reader, Tag};

/// The tags that the document wants, with its names.
const WANTED: [(&str, Tag); 3] = [
    ("FileSource", Tag::FileSource),
    ("Make", Tag::Make),
    ("DateTime", Tag::DateTime),
];

/// The wanted tags that a JPEG or PNG file lacks; all of them if it has no readable EXIF data.
///
/// Anybody can write these tags, so they tell careless callers, not attackers.
#[must_use]
pub fn missing_tags(file: &[u8]) -> Vec<&'static str> {
    let exif = Reader::new().read_from_container(&mut Cursor::new(file));
    let has = |tag| {
        exif.as_ref()
            .is_ok_and(|exif| exif.get_field(tag, In::PRIMARY).is_some())
    };
    WANTED
        .into_iter()
        .filter(|(_, tag)| !has(*tag))
        .map(|(name, _)| name)
        .collect()
}

#[cfg(test)]
mod tests {
    use exif::experimental::Writer;
    use exif::{Field, Value};

    use super::*;

    /// A JPEG file with nothing in it but EXIF data.
    fn jpeg(fields: &[Field]) -> Vec<u8> {
        let mut tiff = Cursor::new(Vec::new());
        let mut writer = Writer::new();
        fields.iter().for_each(|field| writer.push_field(field));
        writer.write(&mut tiff, false).unwrap();
        let tiff = tiff.into_inner();
        let length = u16::try_from(2 + 6 + tiff.len()).unwrap().to_be_bytes();
        [
            &b"\xFF\xD8\xFF\xE1"[..],
            &length,
            b"Exif\0\0",
            &tiff,
            b"\xFF\xD9",
        ]
        .concat()
    }

    fn field(tag: Tag, value: Value) -> Field {
        Field {
            tag,
            ifd_num: In::PRIMARY,
            value,
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let make = field(Tag::Make, Value::Ascii(vec![b"Camera".to_vec()]));
        let date = field(
            Tag::DateTime,
            Value::Ascii(vec![b"2026:01:02 03:04:05".to_vec()]),
        );
        let source = field(Tag::FileSource, Value::Undefined(vec![3], 0));
        let whole = jpeg(&[make.clone(), date.clone(), source]);
        assert_eq!(missing_tags(&whole), [""; 0]);
        assert_eq!(missing_tags(&jpeg(&[make, date])), ["FileSource"]);
    }

    #[test]
    fn a_file_without_exif_lacks_everything() {
        for file in [&b""[..], b"\xFF\xD8\xFF\xD9", b"\x89PNG\r\n\x1a\n", b"Exif"] {
            assert_eq!(missing_tags(file), ["FileSource", "Make", "DateTime"]);
        }
    }
}
