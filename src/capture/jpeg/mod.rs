//! A JPEG decoder that keeps its buffers from frame to frame (ITU-T T.81 | ISO/IEC 10918-1, and T.871, JFIF).
//!
//! It reads what cameras send: baseline and extended sequential frames with Huffman coding, 8 bits a sample, grey or
//! YCbCr in one scan, whatever its sampling. A picture can be reduced while it is decoded. Anything else is left to the
//! library. Rows of MCUs are decoded one by one, so that samples stay in the cache until they are pixels.

mod bits;
mod chroma;
mod colour;
mod header;
mod huffman;
mod idct;
mod layout;
mod plane;
mod restart;
mod standard;

use std::sync::Arc;

use image::RgbImage;

use super::PicturePool;
use bits::BitReader;
use header::{COMPONENTS, Header, Tables};
use layout::Layout;
use plane::Plane;
use restart::Restarts;

const EOI: u8 = 0xD9;

/// Why there is no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is no JPEG, or one that is not decoded here.
    Unsupported,
    /// The data end too early.
    Truncated,
    Corrupt(&'static str),
    TooManyPixels {
        width: u32,
        height: u32,
    },
}

/// A decoder with its buffers.
pub(super) struct JpegDecoder {
    tables: Box<Tables>,
    planes: [Plane; COMPONENTS],
    /// Rows of chrominance at the size of the picture.
    wide: [Vec<u8>; 2],
    /// A row of chrominance between two.
    blended: Vec<u8>,
}

impl JpegDecoder {
    pub(super) fn new() -> Self {
        Self {
            tables: Tables::new(),
            planes: Default::default(),
            wide: Default::default(),
            blended: Vec::new(),
        }
    }

    /// Decodes a JPEG into a picture of `pictures`: a half, a quarter or an eighth as wide and high if it stays at least
    /// `least_width` pixels wide.
    ///
    /// # Errors
    /// See [`Fault`].
    pub(super) fn decode(
        &mut self,
        jpeg: &[u8],
        least_width: Option<u32>,
        pictures: &mut PicturePool,
    ) -> Result<Arc<RgbImage>, Fault> {
        let header = self.tables.read(jpeg)?;
        let data = jpeg.get(header.data..).unwrap_or_default();
        let layout = Layout::new(&header, data.len(), least_width)?;
        self.make_room(&header, &layout);
        let (width, height) = (layout.width as u32, layout.height as u32);
        pictures.picture(width, height, |picture| {
            self.decode_into(picture, data, &header, &layout)
        })
    }

    fn make_room(&mut self, header: &Header, layout: &Layout) {
        let planes = self.planes.iter_mut().zip(header.components());
        for ((plane, component), shape) in planes.zip(&layout.shapes) {
            plane.begin(*component, shape, layout.mcus.0);
        }
        let row = layout.mcus.0 * layout.mcu_size.0;
        self.wide.iter_mut().for_each(|wide| wide.resize(row, 0));
        self.blended.resize(row, 0);
    }

    fn decode_into(
        &mut self,
        picture: &mut RgbImage,
        data: &[u8],
        header: &Header,
        layout: &Layout,
    ) -> Result<(), Fault> {
        let count = header.components().len();
        let mut reader = BitReader::new(data);
        let mut restarts = Restarts::new(header.restart_interval);
        let mut rows = picture.chunks_exact_mut(layout.width * 3).enumerate();
        let mut written = 0;
        for mcu_row in 0..layout.mcus.1 {
            for plane in &mut self.planes[..count] {
                plane.keep_last_rows();
            }
            for column in 0..layout.mcus.0 {
                if restarts.is_due() {
                    restarts.pass(&mut reader)?;
                    self.planes.iter_mut().for_each(Plane::restart);
                }
                for plane in &mut self.planes[..count] {
                    plane.decode(column, &self.tables, &mut reader)?;
                }
            }
            if reader.is_overrun() {
                return Err(Fault::Truncated);
            }
            // The last row of pixels may want samples of the next row of MCUs.
            let is_last = mcu_row + 1 == layout.mcus.1;
            let ready = (mcu_row + 1) * layout.mcu_size.1 - usize::from(!is_last);
            let first = mcu_row * layout.mcu_size.1;
            for (y, row) in rows.by_ref().take(ready - written) {
                self.write_row(row, y, first, layout);
            }
            written = ready;
        }
        while let Some(code) = reader.pass_marker() {
            if code == EOI {
                return Ok(());
            }
        }
        Err(Fault::Truncated)
    }

    /// Writes the picture's row `y`; `first` is the first row of the last decoded MCUs, at most one further down.
    fn write_row(&mut self, rgb: &mut [u8], y: usize, first: usize, layout: &Layout) {
        let [luma, cb, cr] = &self.planes;
        let luma = luma.row(Plane::ABOVE + y - first);
        if layout.is_grey {
            return colour::grey_row(luma, rgb);
        }
        let [_, cb_shape, cr_shape] = &layout.shapes;
        let [cb_row, cr_row] = &mut self.wide;
        let cb = chroma::enlarged(
            cb,
            cb_shape.ratio,
            (y, first),
            layout,
            &mut self.blended,
            cb_row,
        );
        let cr = chroma::enlarged(
            cr,
            cr_shape.ratio,
            (y, first),
            layout,
            &mut self.blended,
            cr_row,
        );
        colour::rgb_row(luma, cb, cr, rgb);
    }
}

#[cfg(test)]
mod tests;
