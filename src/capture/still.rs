//! One picture from a file or from memory, as 8-bit sRGB, upright.

use std::fmt::Display;
use std::fs::File;
use std::io::{Cursor, ErrorKind, Read};
use std::path::Path;

use image::error::{ImageError, LimitErrorKind};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};

use super::CaptureError;
use super::mjpeg;

/// Files above this size are refused unread.
pub const MAX_FILE_BYTES: u64 = 32 << 20;
/// Pictures of more pixels are refused before the first one is decoded.
pub const MAX_PIXELS: u64 = 50_000_000;
/// What a decoder may allocate: 50 megapixels of 8-bit RGB with room to spare, no 16-bit RGBA of that size.
const MAX_DECODER_BYTES: u64 = 256 << 20;

/// Reads an image file: JPEG (also CMYK and YCCK), PNG, WebP, BMP or PNM, of any depth.
///
/// # Errors
/// See [`decode`]; and if there is no such regular file, or it is too large or may not be read.
pub fn open(path: &Path) -> Result<RgbImage, CaptureError> {
    let mut bytes = Vec::new();
    read(path, &mut bytes)?;
    decode(&bytes, &path.display().to_string())
}

/// Reads a whole file in place of what is in `bytes`.
///
/// # Errors
/// If there is no such regular file, or it is too large or may not be read.
pub(super) fn read(path: &Path, bytes: &mut Vec<u8>) -> Result<(), CaptureError> {
    let reading = |source| CaptureError::reading(path, source);
    // Looked at before it is opened: opening a pipe would wait for its writer.
    let metadata = std::fs::metadata(path).map_err(reading)?;
    if metadata.is_dir() {
        return Err(CaptureError::Directory(path.to_owned()));
    }
    if !metadata.is_file() {
        return Err(CaptureError::NotAFile(path.to_owned()));
    }
    check_file_size(&path.display(), metadata.len())?;

    bytes.clear();
    // The file may have grown since.
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(bytes))
        .map_err(reading)?;
    check_file_size(&path.display(), bytes.len() as u64)
}

/// Decodes a picture in memory; `name` is what error messages call it.
///
/// 16-bit channels are reduced to 8, grey becomes RGB, and the EXIF orientation is applied. Alpha is
/// composited over white, the background of ID portraits (ISO/IEC 39794-5). A JPEG of four channels is
/// read as Adobe writes it, with inverted inks, whether or not it says so; other decoders do the same.
///
/// # Errors
/// If the picture is empty, too large, of an unknown or unsupported format, damaged or cut off.
pub fn decode(bytes: &[u8], name: &str) -> Result<RgbImage, CaptureError> {
    if bytes.is_empty() {
        return Err(CaptureError::Empty(name.to_owned()));
    }
    check_file_size(&name, bytes.len() as u64)?;
    let format =
        image::guess_format(bytes).map_err(|_| CaptureError::NotAnImage(name.to_owned()))?;
    if !format.reading_enabled() {
        return Err(CaptureError::UnsupportedFormat {
            name: name.to_owned(),
            format: format!("{format:?}"),
        });
    }
    match decode_pixels(bytes, format, name) {
        // The JPEG decoder fills what is missing with grey and calls it a success; others blame the data.
        Ok(_) | Err(CaptureError::Corrupt { .. }) if is_cut_off(bytes, format) => {
            Err(CaptureError::Truncated(name.to_owned()))
        }
        decoded => decoded,
    }
}

fn is_cut_off(bytes: &[u8], format: ImageFormat) -> bool {
    match format {
        ImageFormat::Jpeg => !mjpeg::is_complete(bytes),
        // RIFF: the length of what follows the first eight bytes.
        ImageFormat::WebP => match bytes.split_first_chunk::<8>() {
            Some(([_, _, _, _, length @ ..], rest)) => {
                u32::from_le_bytes(*length) as usize > rest.len()
            }
            None => true,
        },
        _ => false,
    }
}

fn check_file_size(name: &dyn Display, bytes: u64) -> Result<(), CaptureError> {
    if bytes > MAX_FILE_BYTES {
        return Err(CaptureError::FileTooLarge {
            name: name.to_string(),
            bytes,
        });
    }
    Ok(())
}

fn decode_pixels(bytes: &[u8], format: ImageFormat, name: &str) -> Result<RgbImage, CaptureError> {
    let failed = |error| explain(error, name);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());

    let mut decoder = reader.into_decoder().map_err(failed)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(CaptureError::TooManyPixels {
            name: name.to_owned(),
            width,
            height,
        });
    }
    limits.reserve(decoder.total_bytes()).map_err(failed)?;
    let orientation = decoder.orientation().map_err(failed)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(failed)?;
    picture.apply_orientation(orientation);
    Ok(flatten(picture))
}

fn flatten(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [r, g, b, alpha] = picture.get_pixel(x, y).0;
        let over_white = |channel: u8| {
            let (channel, alpha) = (u32::from(channel), u32::from(alpha));
            ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        };
        image::Rgb([over_white(r), over_white(g), over_white(b)])
    })
}

fn explain(error: ImageError, name: &str) -> CaptureError {
    let name = name.to_owned();
    match error {
        ImageError::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => {
            CaptureError::Truncated(name)
        }
        ImageError::Limits(e) if e.kind() == LimitErrorKind::InsufficientMemory => {
            CaptureError::TooMuchMemory(name)
        }
        ImageError::Unsupported(e) => CaptureError::UnsupportedFeature {
            name,
            feature: e.to_string(),
        },
        other => CaptureError::Corrupt {
            name,
            reason: other.to_string(),
        },
    }
}
