//! Whatever picture comes in is either decoded rightly or refused for a reason that helps.

use std::fs;
use std::io::Cursor;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use jpeg_encoder::{ColorType, Encoder};
use ostiary::capture::{CaptureError, MAX_FILE_BYTES, decode, open};
use proptest::prelude::*;

const RED: [u8; 3] = [220, 30, 40];
const BLUE: [u8; 3] = [20, 40, 210];

/// Left half red, right half blue, 32 x 16.
fn two_halves() -> RgbImage {
    RgbImage::from_fn(32, 16, |x, _| Rgb(if x < 16 { RED } else { BLUE }))
}

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[track_caller]
fn assert_near(pixel: &Rgb<u8>, expected: [u8; 3]) {
    let is_near = pixel
        .0
        .iter()
        .zip(expected)
        .all(|(a, b)| a.abs_diff(b) <= 6);
    assert!(is_near, "{pixel:?} is not near {expected:?}");
}

#[track_caller]
fn assert_two_halves(bytes: &[u8]) {
    let picture = decode(bytes, "halves").unwrap();
    assert_eq!(picture.dimensions(), (32, 16));
    assert_near(picture.get_pixel(4, 8), RED);
    assert_near(picture.get_pixel(28, 8), BLUE);
}

#[track_caller]
fn refusal(bytes: &[u8]) -> CaptureError {
    let error = decode(bytes, "probe.jpg").unwrap_err();
    assert!(error.to_string().contains("probe.jpg"), "{error}");
    error
}

#[test]
fn every_format_is_read() {
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Bmp,
        ImageFormat::Pnm,
    ] {
        assert_two_halves(&encoded(two_halves(), format));
    }
}

#[test]
fn deep_grey_and_indexed_pictures_become_8_bit_rgb() {
    let deep = DynamicImage::from(two_halves()).into_rgb16();
    assert_two_halves(&encoded(deep, ImageFormat::Png));

    let grey = image::GrayImage::from_pixel(4, 4, image::Luma([90]));
    let greys = [
        encoded(grey.clone(), ImageFormat::Png),
        encoded(grey.clone(), ImageFormat::Jpeg),
        encoded(grey.clone(), ImageFormat::Pnm),
        encoded(DynamicImage::from(grey).into_luma16(), ImageFormat::Png),
        b"P2 2 2 255 90 90 90 90 ".to_vec(),
    ];
    for bytes in greys {
        assert_near(decode(&bytes, "grey").unwrap().get_pixel(1, 1), [90; 3]);
    }
}

#[test]
fn alpha_is_composited_over_white() {
    let rgba = image::RgbaImage::from_fn(3, 1, |x, _| {
        image::Rgba([100, 0, 0, [255, 0, 127][x as usize]])
    });
    for picture in [
        DynamicImage::from(rgba.clone()),
        DynamicImage::from(DynamicImage::from(rgba).into_rgba16()),
    ] {
        let picture = decode(&encoded(picture, ImageFormat::Png), "alpha").unwrap();
        let pixels: Vec<_> = picture.pixels().map(|p| p.0).collect();
        assert_eq!(pixels, [[100, 0, 0], [255; 3], [178, 128, 128]]);
    }
    let grey = image::GrayAlphaImage::from_pixel(1, 1, image::LumaA([0, 127]));
    let picture = decode(&encoded(grey, ImageFormat::Png), "alpha").unwrap();
    assert_eq!(picture.get_pixel(0, 0).0, [128; 3]);
}

/// The inks of a colour as Adobe stores them: 255 is none.
fn adobe_inks([r, g, b]: [u8; 3]) -> [u8; 4] {
    let k = r.max(g).max(b);
    let ink = |channel: u8| (u32::from(channel) * 255 / u32::from(k.max(1))) as u8;
    [ink(r), ink(g), ink(b), k]
}

fn four_channels(color_type: ColorType) -> Vec<u8> {
    // The encoder inverts the inks, as Adobe does.
    let inks: Vec<u8> = two_halves()
        .pixels()
        .flat_map(|pixel| adobe_inks(pixel.0).map(|ink| 255 - ink))
        .collect();
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, 100)
        .encode(&inks, 32, 16, color_type)
        .unwrap();
    bytes
}

#[test]
fn cmyk_and_ycck_jpegs_are_read_as_adobe_writes_them() {
    let (cmyk, ycck) = (
        four_channels(ColorType::Cmyk),
        four_channels(ColorType::CmykAsYcck),
    );
    for bytes in [&cmyk, &ycck] {
        assert!(bytes.windows(5).any(|w| w == b"Adobe"));
        assert_two_halves(bytes);
    }
    // Without its Adobe segment the same data means the same.
    let adobe = cmyk.windows(5).position(|w| w == b"Adobe").unwrap();
    let unmarked = [&cmyk[..adobe - 4], &cmyk[adobe + 12..]].concat();
    assert_two_halves(&unmarked);
}

#[test]
fn progressive_subsampled_and_restarting_jpegs_are_read() {
    let pixels = two_halves().into_raw();
    for (progressive, restart) in [(true, None), (false, Some(1)), (true, Some(2))] {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 95);
        encoder.set_progressive(progressive);
        encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
        if let Some(interval) = restart {
            encoder.set_restart_interval(interval);
        }
        encoder.encode(&pixels, 32, 16, ColorType::Rgb).unwrap();
        assert_two_halves(&bytes);
    }
}

/// A JPEG of `two_halves` with an EXIF segment that holds the orientation, and a decoy thumbnail.
fn with_orientation(orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"\xFF\xD8 thumbnail \xFF\xD9");
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 95);
    encoder.add_app_segment(1, exif).unwrap();
    encoder
        .encode(&two_halves().into_raw(), 32, 16, ColorType::Rgb)
        .unwrap();
    bytes
}

#[test]
fn exif_orientation_is_applied() {
    // Where the left, red half ends up (EXIF 2.3, tag 0x0112).
    for (orientation, red_at) in [
        (1, (4, 8)),
        (2, (28, 8)),
        (3, (28, 8)),
        (4, (4, 8)),
        (5, (8, 4)),
        (6, (8, 4)),
        (7, (8, 28)),
        (8, (8, 28)),
    ] {
        let picture = decode(&with_orientation(orientation), "exif").unwrap();
        let expected = if orientation < 5 { (32, 16) } else { (16, 32) };
        assert_eq!(picture.dimensions(), expected);
        assert_near(picture.get_pixel(red_at.0, red_at.1), RED);
    }
    // Nonsense turns nothing.
    assert_two_halves(&with_orientation(77));
}

#[test]
fn empty_and_alien_files_are_named_as_such() {
    assert!(matches!(refusal(b""), CaptureError::Empty(_)));
    for alien in [
        b"ID,name\n17,Ada\n".as_slice(),
        b"%PDF-1.7",
        &[0; 4096],
        b"\xFF",
    ] {
        assert!(matches!(refusal(alien), CaptureError::NotAnImage(_)));
    }
    let gif = refusal(b"GIF89a\x01\0\x01\0\0\0\0;");
    assert!(matches!(gif, CaptureError::UnsupportedFormat { .. }));
    assert!(gif.to_string().contains("Gif"), "{gif}");
}

#[test]
fn a_picture_cut_off_anywhere_is_never_half_a_picture() {
    let noisy = RgbImage::from_fn(40, 40, |x, y| {
        Rgb([x as u8 * 6, y as u8 * 6, (x * y % 251) as u8])
    });
    for format in [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Bmp,
        ImageFormat::Pnm,
    ] {
        let whole = encoded(noisy.clone(), format);
        let decoded = decode(&whole, "whole").unwrap();
        for length in 0..whole.len() {
            // What follows the pixels (checksums, end marks) may be missing.
            if let Ok(picture) = decode(&whole[..length], "cut") {
                assert!(picture == decoded, "{format:?} cut at {length}");
                assert_ne!(format, ImageFormat::Jpeg, "cut at {length}");
            }
        }
        let half = decode(&whole[..whole.len() / 2], "cut").unwrap_err();
        assert!(
            matches!(half, CaptureError::Truncated(_)),
            "{format:?}: {half}"
        );
    }
    let mut progressive = Vec::new();
    let mut encoder = Encoder::new(&mut progressive, 90);
    encoder.set_progressive(true);
    encoder
        .encode(noisy.as_raw(), 40, 40, ColorType::Rgb)
        .unwrap();
    for length in 3..progressive.len() {
        assert!(matches!(
            refusal(&progressive[..length]),
            CaptureError::Truncated(_)
        ));
    }
}

/// A PNG of the given size and nothing of its pixels: a decoder that believes it runs out of memory.
fn png_header(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([depth, colour, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    bytes.extend(&header);
    bytes.extend(crc32(&header).to_be_bytes());
    let data = b"IDAT\x78\x9c\x63\x60\x00\x00\x00\x02\x00\x01";
    bytes.extend([0, 0, 0, 10]);
    bytes.extend(data);
    bytes.extend(crc32(data).to_be_bytes());
    bytes
}

/// PNG's checksum (ISO/IEC 15948, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[test]
fn bombs_are_refused_before_their_pixels_are_decoded() {
    let large = refusal(&png_header(10_000, 5_001, 1, 0));
    assert!(
        matches!(large, CaptureError::TooManyPixels { height: 5_001, .. }),
        "{large}"
    );
    for (width, height) in [(60_000, 60_000), (2_000_000_000, 1), (1, 2_000_000_000)] {
        let bomb = refusal(&png_header(width, height, 1, 0));
        assert!(
            matches!(
                bomb,
                CaptureError::TooManyPixels { .. } | CaptureError::TooMuchMemory(_)
            ),
            "{bomb}"
        );
    }
    let deep = refusal(&png_header(7_000, 7_000, 16, 6));
    assert!(matches!(deep, CaptureError::TooMuchMemory(_)), "{deep}");

    // A JPEG whose frame header claims 65,500 x 65,500.
    let mut jpeg = encoded(two_halves(), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xFF, 0xDC, 0xFF, 0xDC]);
    assert!(matches!(
        refusal(&jpeg),
        CaptureError::TooManyPixels { width: 65_500, .. }
    ));
    let pnm = b"P6 100000 100000 255 ";
    assert!(matches!(refusal(pnm), CaptureError::TooManyPixels { .. }));

    let huge = vec![0xFF; MAX_FILE_BYTES as usize + 1];
    assert!(matches!(refusal(&huge), CaptureError::FileTooLarge { .. }));
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let opening = |path: &Path| {
        let error = open(path).unwrap_err();
        let name = path.display().to_string();
        assert!(error.to_string().contains(&name), "{error}");
        error
    };

    let missing = opening(&path("missing.jpg"));
    assert!(matches!(missing, CaptureError::NotFound(_)));
    assert!(matches!(opening(folder.path()), CaptureError::Directory(_)));
    assert!(matches!(
        opening(Path::new("/dev/zero")),
        CaptureError::NotAFile(_)
    ));

    fs::write(path("empty.png"), "").unwrap();
    assert!(matches!(
        opening(&path("empty.png")),
        CaptureError::Empty(_)
    ));

    // Sparse: nothing of it may be read.
    let huge = fs::File::create(path("huge.jpg")).unwrap();
    huge.set_len(1 << 40).unwrap();
    assert!(matches!(
        opening(&path("huge.jpg")),
        CaptureError::FileTooLarge { .. }
    ));

    let secret = path("secret.png");
    fs::write(&secret, encoded(two_halves(), ImageFormat::Png)).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read everything.
    if fs::read(&secret).is_err() {
        let denied = opening(&secret);
        assert!(matches!(denied, CaptureError::PermissionDenied(_)));
    }

    // The name tells nothing, the content does.
    fs::write(
        path("really-png.jpg"),
        encoded(two_halves(), ImageFormat::Png),
    )
    .unwrap();
    assert_eq!(open(&path("really-png.jpg")).unwrap(), two_halves());
}

fn real_pictures() -> Vec<Vec<u8>> {
    [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Bmp,
        ImageFormat::Pnm,
    ]
    .into_iter()
    .map(|format| encoded(two_halves(), format))
    .chain([
        with_orientation(6),
        four_channels(ColorType::Cmyk),
        four_channels(ColorType::CmykAsYcck),
    ])
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let _ = decode(&bytes, "noise");
    }

    #[test]
    fn damaged_pictures_do_not_panic(
        which in 0usize..8, flips in proptest::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..12),
        keep in any::<prop::sample::Index>(), cut: bool,
    ) {
        let mut bytes = real_pictures().swap_remove(which);
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        if cut {
            bytes.truncate(keep.index(bytes.len()));
        }
        let _ = decode(&bytes, "damaged");
    }
}
