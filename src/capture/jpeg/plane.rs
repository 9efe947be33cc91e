//! A component's samples: those of one row of MCUs, and the row above them.

use super::Fault;
use super::bits::BitReader;
use super::header::{Component, Tables};
use super::idct::{self, Block};
use super::layout::Shape;

/// Where the coefficients, in the order of the file, belong in a [`Block`], which has them in columns (T.81, figure 5).
const PLACES: [u8; 64] = [
    0o00, 0o10, 0o01, 0o02, 0o11, 0o20, 0o30, 0o21, 0o12, 0o03, 0o04, 0o13, 0o22, 0o31, 0o40,
    0o50, //
    0o41, 0o32, 0o23, 0o14, 0o05, 0o06, 0o15, 0o24, 0o33, 0o42, 0o51, 0o60, 0o70, 0o61, 0o52,
    0o43, //
    0o34, 0o25, 0o16, 0o07, 0o17, 0o26, 0o35, 0o44, 0o53, 0o62, 0o71, 0o72, 0o63, 0o54, 0o45,
    0o36, //
    0o27, 0o37, 0o46, 0o55, 0o64, 0o73, 0o74, 0o65, 0o56, 0o47, 0o57, 0o66, 0o75, 0o76, 0o67, 0o77,
];

/// The samples of a component as far as they are decoded.
#[derive(Default)]
pub(super) struct Plane {
    component: Component,
    /// Blocks of an MCU to the right and down.
    blocks: (usize, usize),
    /// Samples of a block in each direction: 8, or fewer of a reduced picture.
    side: usize,
    /// Samples from a row to the next.
    stride: usize,
    /// The last [`ABOVE`](Plane::ABOVE) rows of the row of MCUs before, then the rows of this one.
    samples: Vec<u8>,
    /// The mean of the last block, as coded.
    last_mean: i32,
}

impl Plane {
    /// Rows that are kept of the row of MCUs before.
    pub(super) const ABOVE: usize = 2;

    /// Makes room for a picture of so many `columns` of MCUs.
    pub(super) fn begin(&mut self, component: Component, shape: &Shape, columns: usize) {
        self.component = component;
        self.blocks = shape.blocks;
        self.side = shape.side;
        self.stride = columns * self.blocks.0 * self.side;
        let rows = Self::ABOVE + self.rows();
        self.samples.resize(rows * self.stride, 0);
        self.last_mean = 0;
    }

    /// Coding starts anew behind a restart marker.
    pub(super) fn restart(&mut self) {
        self.last_mean = 0;
    }

    /// Keeps the last rows for the picture's rows between them and the next row of MCUs.
    pub(super) fn keep_last_rows(&mut self) {
        let last = self.rows() * self.stride;
        self.samples.copy_within(last.., 0);
    }

    /// How many rows a row of MCUs has.
    fn rows(&self) -> usize {
        self.blocks.1 * self.side
    }

    /// The row of samples, [`ABOVE`](Self::ABOVE) being the first of this row of MCUs.
    pub(super) fn row(&self, row: usize) -> &[u8] {
        let start = row * self.stride;
        self.samples
            .get(start..start + self.stride)
            .unwrap_or_default()
    }

    /// Decodes what the MCU in this column has of the component.
    ///
    /// # Errors
    /// If the bits are no coefficients.
    #[inline]
    pub(super) fn decode(
        &mut self,
        column: usize,
        tables: &Tables,
        reader: &mut BitReader<'_>,
    ) -> Result<(), Fault> {
        for down in 0..self.blocks.1 {
            for right in 0..self.blocks.0 {
                let mut block = [0; 64];
                let touched = self.read_block(tables, reader, &mut block)?;
                let row = Self::ABOVE + down * self.side;
                let left = (column * self.blocks.0 + right) * self.side;
                let Some(samples) = self.samples.get_mut(row * self.stride + left..) else {
                    continue;
                };
                match self.side {
                    side if touched == 0 => idct::flat(&block, samples, self.stride, side),
                    8 => idct::whole(&block, touched, samples, self.stride),
                    4 => idct::half(&block, samples, self.stride),
                    2 => idct::quarter(&block, samples, self.stride),
                    side => idct::flat(&block, samples, self.stride, side),
                }
            }
        }
        Ok(())
    }

    /// Reads and dequantises a block (T.81, F.2.2); all places that were written but the first, or-ed together.
    #[inline]
    fn read_block(
        &mut self,
        tables: &Tables,
        reader: &mut BitReader<'_>,
        block: &mut Block,
    ) -> Result<u8, Fault> {
        const PAST_END: Fault = Fault::Corrupt("a block has too many coefficients");
        let Component {
            quantisation,
            dc,
            ac,
            ..
        } = self.component;
        let (quantisation, ac) = (&tables.quantisation[quantisation], &tables.ac[ac]);
        // A copy stays in registers.
        let mut bits = *reader;
        bits.refill();
        let difference = tables.dc[dc].coded(&mut bits)?.value;
        self.last_mean = self.last_mean.wrapping_add(difference);
        block[0] = self.last_mean.wrapping_mul(quantisation[0]) as i16;
        let (mut at, mut touched) = (1, 0);
        while at < 64 {
            bits.refill();
            let coded = ac.coded(&mut bits)?;
            at += coded.run;
            if coded.value == 0 {
                match coded.run {
                    0 => break,
                    15 => at += 1,
                    _ => return Err(Fault::Corrupt("the data hold an unknown code")),
                }
                continue;
            }
            let (Some(&place), Some(factor)) = (PLACES.get(at), quantisation.get(at)) else {
                return Err(PAST_END);
            };
            block[usize::from(place & 63)] = coded.value.wrapping_mul(*factor) as i16;
            touched |= place;
            at += 1;
        }
        if at > 64 {
            return Err(PAST_END);
        }
        *reader = bits;
        Ok(touched)
    }
}
