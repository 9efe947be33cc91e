//! How the components of a picture lie on each other (ITU-T T.81, A.1.1 and A.2).

use super::Fault;
use super::header::{COMPONENTS, Header};
use crate::capture::still::MAX_PIXELS;

/// An MCU has no more blocks (T.81, B.2.3).
const MAX_BLOCKS: usize = 10;

/// Sizes of a picture, reduced or not.
pub(super) struct Layout {
    /// In pixels.
    pub(super) width: usize,
    /// In pixels.
    pub(super) height: usize,
    /// MCUs to the right and down.
    pub(super) mcus: (usize, usize),
    /// Pixels of an MCU to the right and down.
    pub(super) mcu_size: (usize, usize),
    pub(super) is_grey: bool,
    pub(super) shapes: [Shape; COMPONENTS],
}

/// How a component is made of blocks.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    /// Blocks of an MCU to the right and down.
    pub(super) blocks: (usize, usize),
    /// Samples of a block in each direction: 8, or 4, 2 or 1 of a reduced picture.
    pub(super) side: usize,
    pub(super) ratio: Ratio,
}

/// How a component's samples lie on the pixels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Ratio {
    /// Pixels to the right that a sample stands for.
    pub(super) right: usize,
    /// Pixels down that a sample stands for.
    pub(super) down: usize,
    /// Whether there are two rows of samples for each of pixels.
    pub(super) is_tall: bool,
}

impl Ratio {
    const WHOLE: Self = Self {
        right: 1,
        down: 1,
        is_tall: false,
    };
}

impl Layout {
    /// That of a picture whose data take so many `bytes`, at the least size that has `least_width`.
    ///
    /// # Errors
    /// If it has too many pixels or can't be in so few bytes, or its samplings don't fit or are too rare.
    pub(super) fn new(
        header: &Header,
        bytes: usize,
        least_width: Option<u32>,
    ) -> Result<Self, Fault> {
        let &Header { width, height, .. } = header;
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(Fault::TooManyPixels { width, height });
        }
        let is_grey = header.components().len() == 1;
        let side = reduced_side(width, least_width);
        let mut shapes = [Shape {
            blocks: (0, 0),
            side,
            ratio: Ratio::WHOLE,
        }; COMPONENTS];
        let used = &mut shapes[..header.components().len()];
        for (shape, component) in used.iter_mut().zip(header.components()) {
            // A single component comes block by block, whatever its factors (A.2.2).
            shape.blocks = if is_grey { (1, 1) } else { component.sampling };
        }
        let most_of = |most: (usize, usize), shape: &Shape| {
            (most.0.max(shape.blocks.0), most.1.max(shape.blocks.1))
        };
        let most = used.iter().fold((1, 1), most_of);
        let mcus = (
            (width as usize).div_ceil(8 * most.0),
            (height as usize).div_ceil(8 * most.1),
        );
        let blocks: usize = used
            .iter()
            .map(|shape| shape.blocks.0 * shape.blocks.1)
            .sum();
        if blocks > MAX_BLOCKS {
            return Err(Fault::Corrupt("an MCU has too many blocks"));
        }
        // No block takes less than two bits.
        if mcus.0 * mcus.1 * blocks > bytes * 4 {
            return Err(Fault::Truncated);
        }
        for shape in used.iter_mut() {
            shape.fit(most)?;
        }
        if used[0].ratio != Ratio::WHOLE {
            return Err(Fault::Unsupported);
        }
        let reduced = |length: u32| (length as usize * side).div_ceil(8);
        Ok(Self {
            width: reduced(width),
            height: reduced(height),
            mcus,
            mcu_size: (most.0 * side, most.1 * side),
            is_grey,
            shapes,
        })
    }
}

impl Shape {
    /// Finds the ratio to the component that has the `most` blocks. What is reduced in the file already need not be
    /// reduced as much.
    fn fit(&mut self, most: (usize, usize)) -> Result<(), Fault> {
        if !most.0.is_multiple_of(self.blocks.0) || !most.1.is_multiple_of(self.blocks.1) {
            return Err(Fault::Unsupported);
        }
        let (mut right, mut down) = (most.0 / self.blocks.0, most.1 / self.blocks.1);
        while self.side < 8 && right.is_multiple_of(2) && down.is_multiple_of(2) {
            self.side *= 2;
            (right, down) = (right / 2, down / 2);
        }
        let is_tall = self.side < 8 && (right, down) == (2, 1);
        if is_tall {
            self.side *= 2;
            right = 1;
        }
        self.ratio = Ratio {
            right,
            down,
            is_tall,
        };
        Ok(())
    }
}

/// The side of a block, 8 at full size, that still makes a picture of at least this width.
fn reduced_side(width: u32, least_width: Option<u32>) -> usize {
    let least = u64::from(least_width.unwrap_or(u32::MAX));
    let sides = [1, 2, 4].into_iter();
    let kept = |side: u64| (u64::from(width) * side).div_ceil(8);
    sides
        .into_iter()
        .find(|&side| kept(side) >= least)
        .unwrap_or(8) as usize
}
