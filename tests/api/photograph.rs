//! Pictures and videos as a telephone writes them.

use std::io::Cursor;
use std::process::Command;

use exif::experimental::Writer;
use exif::{Field, In, Tag, Value};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};

use crate::server::root;

/// The picture as a JPEG file, 800 pixels wide, with the EXIF tags Make, DateTime and FileSource.
pub fn with_exif(picture: &[u8]) -> Vec<u8> {
    let picture = image::load_from_memory(picture).unwrap().into_rgb8();
    let height = picture.height() * 800 / picture.width();
    let picture = imageops::resize(&picture, 800, height, FilterType::Triangle);
    let mut file = Cursor::new(Vec::new());
    // Small enough, in base64, for an argument of a command.
    let encoder = JpegEncoder::new_with_quality(&mut file, 50);
    picture.write_with_encoder(encoder).unwrap();
    let file = file.into_inner();
    let exif = exif();
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    // Right after the start of the image.
    [&file[..2], b"\xFF\xE1", &length, &exif, &file[2..]].concat()
}

/// The content of an APP1 segment (CIPA DC-008).
fn exif() -> Vec<u8> {
    let field = |tag, value| Field {
        tag,
        ifd_num: In::PRIMARY,
        value,
    };
    let ascii = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
    let fields = [
        field(Tag::Make, ascii("Camera")),
        field(Tag::DateTime, ascii("2026:01:31 12:00:00")),
        field(Tag::FileSource, Value::Undefined(vec![3], 0)),
    ];
    let mut tiff = Cursor::new(Vec::new());
    let mut writer = Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    writer.write(&mut tiff, false).unwrap();
    [b"Exif\0\0", tiff.into_inner().as_slice()].concat()
}

/// A video of a still face: `size` as `width:height`. Nothing if ffmpeg is not installed.
pub fn video(kind: &str, size: &str, seconds: u32) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("video").with_extension(kind);
    let run = Command::new("ffmpeg")
        .args(["-loglevel", "error", "-loop", "1", "-framerate", "5", "-i"])
        .arg(root("tests/samples/obama.jpg"))
        .args(["-t", &seconds.to_string(), "-vf", &format!("scale={size}")])
        .args(["-pix_fmt", "yuv420p"])
        .arg(&path)
        .status();
    match run {
        Ok(status) if status.success() => Some(std::fs::read(path).unwrap()),
        _ => {
            eprintln!("skipped: ffmpeg is not installed");
            None
        }
    }
}
