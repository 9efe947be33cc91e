//! The Linux framebuffer device (fbdev), as `/dev/fb0`.
//!
//! Geometry and pixel format come from `/sys/class/graphics/fb0` (Linux, Documentation/ABI/testing/
//! sysfs-graphics). What a screen changes is written at once.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use embedded_graphics::geometry::Size;
use embedded_graphics::primitives::Rectangle;

use super::{Canvas, Drawing, Panel, PanelError, View};

/// How a pixel lies in the framebuffer's memory, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PixelFormat {
    /// 5 bits red, 6 green, 5 blue from the top bit down.
    Rgb565,
    /// 8 unused bits, then 8 each of red, green and blue from the top bit down.
    Xrgb8888,
}

/// A display behind an fbdev driver.
pub struct FramebufferPanel {
    device: PathBuf,
    file: File,
    format: PixelFormat,
    /// Bytes from one row to the next.
    stride: usize,
    drawing: Drawing,
    frame: Vec<u8>,
}

impl FramebufferPanel {
    /// Opens `device`, such as `/dev/fb0`.
    ///
    /// # Errors
    /// If the device is not there or has a pixel format that isn't supported.
    pub fn open(device: &Path) -> Result<Self, PanelError> {
        let name = device.file_name().unwrap_or_default();
        Self::with_attributes(device, &Path::new("/sys/class/graphics").join(name))
    }

    /// Opens `device` with the geometry found in the folder `attributes`.
    fn with_attributes(device: &Path, attributes: &Path) -> Result<Self, PanelError> {
        let size = read(
            attributes,
            "virtual_size",
            "width,height in pixels",
            |text| {
                let (width, height) = text.split_once(',')?;
                Some(Size::new(side(width)?, side(height)?))
            },
        )?;
        let bits = read(attributes, "bits_per_pixel", "a number of bits", number)?;
        let format = PixelFormat::of_bits(bits).ok_or_else(|| PanelError::PixelFormat {
            device: device.into(),
            bits,
        })?;
        let row = size.width * format.bytes();
        let stride = read(attributes, "stride", "bytes for at least one row", |text| {
            number(text).filter(|stride| (row..=MAX_STRIDE).contains(stride))
        })? as usize;
        let file = OpenOptions::new()
            .write(true)
            .open(device)
            .map_err(|source| PanelError::OpenFramebuffer {
                device: device.into(),
                source,
            })?;
        tracing::info!(device = %device.display(), %size, ?format, "framebuffer opened");
        Ok(Self {
            device: device.into(),
            file,
            format,
            stride,
            drawing: Drawing::new(size),
            frame: vec![0; stride * size.height as usize],
        })
    }
}

impl Panel for FramebufferPanel {
    fn size(&self) -> Size {
        self.drawing.canvas().area().size
    }

    fn show(&mut self, view: &View) -> Result<(), PanelError> {
        let Some(area) = self.drawing.show(view) else {
            return Ok(());
        };
        self.format
            .pack(self.drawing.canvas(), area, self.stride, &mut self.frame);
        // Whole rows: one call of the system.
        let first = self.stride * area.top_left.y.max(0) as usize;
        let rows = self.frame.get(first..).unwrap_or_default();
        let rows = rows.get(..self.stride * area.size.height as usize);
        self.file
            .write_all_at(rows.unwrap_or_default(), first as u64)
            .map_err(|source| {
                self.drawing.forget();
                PanelError::WriteFramebuffer {
                    device: self.device.clone(),
                    source,
                }
            })
    }
}

/// No display has longer sides, in pixels, or rows, in bytes.
const MAX_SIDE: u32 = 8_192;
const MAX_STRIDE: u32 = 65_536;

fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

fn side(text: &str) -> Option<u32> {
    number(text).filter(|side| (1..=MAX_SIDE).contains(side))
}

/// Reads and parses one attribute of the device.
fn read<T>(
    attributes: &Path,
    name: &str,
    expected: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, PanelError> {
    let path = attributes.join(name);
    match fs::read_to_string(&path) {
        Ok(text) => parse(text.trim()).ok_or_else(|| PanelError::Geometry {
            path,
            found: text.trim().chars().take(40).collect(),
            expected,
        }),
        Err(source) => Err(PanelError::ReadGeometry { path, source }),
    }
}

impl PixelFormat {
    fn of_bits(bits: u32) -> Option<Self> {
        match bits {
            16 => Some(Self::Rgb565),
            32 => Some(Self::Xrgb8888),
            _ => None,
        }
    }

    fn bytes(self) -> u32 {
        match self {
            Self::Rgb565 => 2,
            Self::Xrgb8888 => 4,
        }
    }

    /// Packs a part of a canvas into a frame of rows `stride` bytes apart; all else stays as it is.
    fn pack(self, canvas: &Canvas, area: Rectangle, stride: usize, frame: &mut [u8]) {
        let bytes = self.bytes() as usize;
        let [left, top] = [area.top_left.x, area.top_left.y].map(|at| at.max(0) as usize);
        let frame = frame.chunks_mut(stride).skip(top);
        for (row, frame) in canvas.rows(area).zip(frame) {
            let packed = frame.get_mut(bytes * left..).unwrap_or_default();
            for (&pixel, packed) in row.iter().zip(packed.chunks_exact_mut(bytes)) {
                match self {
                    Self::Rgb565 => packed.copy_from_slice(&rgb565(pixel).to_le_bytes()),
                    Self::Xrgb8888 => packed.copy_from_slice(&xrgb8888(pixel).to_le_bytes()),
                }
            }
        }
    }
}

fn rgb565([r, g, b]: [u8; 3]) -> u16 {
    (u16::from(r >> 3) << 11) | (u16::from(g >> 2) << 5) | u16::from(b >> 3)
}

fn xrgb8888([r, g, b]: [u8; 3]) -> u32 {
    u32::from_be_bytes([0, r, g, b])
}

#[cfg(test)]
mod tests {
    use embedded_graphics::geometry::Point;
    use image::{Rgb, RgbImage};
    use proptest::prelude::*;

    use super::super::Language;
    use super::*;
    use crate::domain::Screen;

    /// A device and its attributes as plain files.
    fn fake(virtual_size: &str, bits: &str, stride: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in [
            ("fb0", ""),
            ("virtual_size", virtual_size),
            ("bits_per_pixel", bits),
            ("stride", stride),
        ] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        folder
    }

    fn open(folder: &tempfile::TempDir) -> Result<FramebufferPanel, PanelError> {
        FramebufferPanel::with_attributes(&folder.path().join("fb0"), folder.path())
    }

    #[test]
    fn pixels_are_packed_as_the_formats_say() {
        assert_eq!(rgb565([255, 0, 0]), 0xf800);
        assert_eq!(rgb565([0, 255, 0]), 0x07e0);
        assert_eq!(rgb565([0, 0, 255]), 0x001f);
        assert_eq!(xrgb8888([0x12, 0x34, 0x56]), 0x0012_3456);
    }

    #[test]
    fn a_part_is_packed_where_it_belongs() {
        let mut canvas = Canvas::new(Size::new(2, 2));
        canvas.pixels = RgbImage::from_fn(2, 2, |x, y| Rgb([10 * x as u8 + y as u8, 2, 3]));
        let packed = |area| {
            let mut frame = [9; 20];
            PixelFormat::Xrgb8888.pack(&canvas, area, 10, &mut frame);
            frame
        };
        let (a, b) = (
            [3, 2, 0, 0, 3, 2, 10, 0, 9, 9],
            [3, 2, 1, 0, 3, 2, 11, 0, 9, 9],
        );
        assert_eq!(packed(canvas.area()), [a, b].concat()[..]);
        let part = Rectangle::new(Point::new(1, 1), Size::new(1, 1));
        let row = [9, 9, 9, 9, 3, 2, 11, 0, 9, 9];
        assert_eq!(packed(part), [[9; 10], row].concat()[..]);
    }

    #[test]
    fn a_screen_is_written_as_one_frame() {
        let folder = fake("320,240\n", "16\n", "704\n");
        let mut panel = open(&folder).unwrap();
        assert_eq!(panel.size(), Size::new(320, 240));
        let screen = Screen::OutOfService;
        let view = View {
            screen: &screen,
            name: None,
            camera: None,
            face: None,
            language: Language::English,
        };
        panel.show(&view).unwrap();
        let frame = fs::read(folder.path().join("fb0")).unwrap();
        assert_eq!(frame.len(), 704 * 240);
        let corner = rgb565(panel.drawing.canvas().pixels.get_pixel(0, 0).0);
        assert_eq!(frame[..2], corner.to_le_bytes());
        assert_eq!(frame[640..704], [0; 64]);
    }

    #[test]
    fn a_screen_is_written_again_only_after_a_fault() {
        let folder = fake("320,240\n", "16\n", "640\n");
        let file = folder.path().join("fb0");
        let mut panel = open(&folder).unwrap();
        let view = View {
            screen: &Screen::Idle,
            name: None,
            camera: None,
            face: None,
            language: Language::English,
        };
        panel.show(&view).unwrap();
        let shown = fs::read(&file).unwrap();
        fs::write(&file, "").unwrap();
        panel.show(&view).unwrap();
        assert!(fs::read(&file).unwrap().is_empty());
        let screen = Screen::OutOfService;
        let broken = View {
            screen: &screen,
            ..view
        };
        let writable = std::mem::replace(&mut panel.file, File::open(&file).unwrap());
        assert!(panel.show(&broken).is_err());
        assert!(panel.show(&broken).is_err(), "it was not shown yet");
        panel.file = writable;
        panel.show(&broken).unwrap();
        assert!(fs::read(&file).unwrap().len() == shown.len());
        panel.show(&view).unwrap();
        assert!(fs::read(&file).unwrap() == shown);
    }

    #[test]
    fn what_can_not_be_shown_is_refused_by_name() {
        let refused = |size, bits, stride| match open(&fake(size, bits, stride)) {
            Err(error) => error.to_string(),
            Ok(_) => String::new(),
        };
        assert!(refused("320,240", "24", "960").contains("24 bits a pixel"));
        assert!(refused("320x240", "16", "640").contains("virtual_size holds \"320x240\""));
        assert!(refused("0,240", "16", "640").contains("virtual_size"));
        assert!(refused("99999,240", "16", "640").contains("virtual_size"));
        assert!(refused("320,240", "16", "639").contains("stride holds \"639\""));
        assert!(refused("320,240", "sixteen", "640").contains("bits_per_pixel"));
        let missing = FramebufferPanel::open(Path::new("/dev/no-such-framebuffer"));
        let missing = missing.err().unwrap().to_string();
        assert!(missing.contains("/sys/class/graphics/no-such-framebuffer/virtual_size"));
    }

    proptest! {
        #[test]
        fn rgb565_loses_no_more_than_its_low_bits(rgb: [u8; 3]) {
            let packed = rgb565(rgb);
            prop_assert_eq!(packed >> 11, u16::from(rgb[0] / 8));
            prop_assert_eq!((packed >> 5) & 63, u16::from(rgb[1] / 4));
            prop_assert_eq!(packed & 31, u16::from(rgb[2] / 8));
        }
    }
}
