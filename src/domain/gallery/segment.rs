//! Templates in memory, laid out for the scan.

use zeroize::Zeroize;

use super::scan::{BLOCK, Chunk, Kernel, Tile};
use crate::domain::template::dot;

/// Templates in a segment. Small enough to copy while a door is served, large enough to read at full speed.
const SEGMENT: usize = 1024;
/// Templates between two looks at the sums.
const BATCH: usize = 64;
/// Chunks of a template that are scanned in int8. A longer template is still compared exactly, only later:
/// what its int8 form lacks counts as error.
const MAX_CHUNKS: usize = 256;
/// More than the rounding of f32 arithmetic ever takes from a sum of products of unit vectors.
const ROUNDING: f32 = 1e-5;

/// A template in int8: `values[i] ≈ scale * chunks[i / 4][i % 4]`.
struct Quantized {
    chunks: [Chunk; MAX_CHUNKS],
    scale: f32,
    /// Length of the difference between the template and its int8 form.
    error: f32,
    /// Length of the int8 form.
    length: f32,
}

impl Quantized {
    fn new(values: &[f32]) -> Self {
        let peak = values.iter().fold(0.0_f32, |peak, v| peak.max(v.abs()));
        let scale = peak / 127.0;
        let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        let mut chunks = [[0; 4]; MAX_CHUNKS];
        let (mut error, mut length) = (0.0_f32, 0.0_f32);
        let mut quantized = chunks.as_flattened_mut().iter_mut();
        for &value in values {
            let approximate = match quantized.next() {
                Some(place) => {
                    let scaled = value * inverse;
                    // Rounds to the nearest; `as` cuts the fraction off and saturates.
                    *place = ((scaled + 0.5_f32.copysign(scaled)) as i8).max(-127);
                    scale * f32::from(*place)
                }
                None => 0.0,
            };
            error += (value - approximate) * (value - approximate);
            length += approximate * approximate;
        }
        Self {
            chunks,
            scale,
            error: error.sqrt(),
            length: length.sqrt(),
        }
    }
}

impl Drop for Quantized {
    fn drop(&mut self) {
        self.chunks.as_flattened_mut().zeroize();
    }
}

/// Chunks that templates of this dimension are scanned in.
fn chunks_of(dimension: usize) -> usize {
    dimension.div_ceil(4).min(MAX_CHUNKS)
}

/// A probe, ready to be compared with many templates.
pub(super) struct Probe<'p> {
    values: &'p [f32],
    quantized: Quantized,
    kernel: Kernel,
}

impl<'p> Probe<'p> {
    /// A unit vector.
    pub(super) fn new(values: &'p [f32]) -> Self {
        Self {
            values,
            quantized: Quantized::new(values),
            kernel: Kernel::best(),
        }
    }

    /// The probe's inner product with a unit vector.
    pub(super) fn dot(&self, values: &[f32]) -> f32 {
        dot(self.values, values)
    }
}

/// Up to [`SEGMENT`] templates (unit vectors) with their owners, in f32 and in int8; wiped when dropped.
///
/// All memory is taken at the start, so that growing leaves no copies of templates behind.
pub(super) struct Segment {
    dimension: usize,
    values: Vec<f32>,
    tiles: Vec<Tile>,
    /// Of each template, and of the places that fill up the last block.
    scales: Vec<f32>,
    errors: Vec<f32>,
    owners: Vec<u32>,
}

impl Segment {
    pub(super) fn new(dimension: usize) -> Self {
        Self {
            dimension,
            values: Vec::with_capacity(SEGMENT * dimension),
            tiles: Vec::with_capacity(SEGMENT / BLOCK * chunks_of(dimension)),
            scales: Vec::with_capacity(SEGMENT),
            errors: Vec::with_capacity(SEGMENT),
            owners: Vec::with_capacity(SEGMENT),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.owners.len() == SEGMENT
    }

    pub(super) fn len(&self) -> usize {
        self.owners.len()
    }

    /// Adds a template; the segment must not be full.
    pub(super) fn push(&mut self, owner: u32, values: &[f32]) {
        let place = self.owners.len();
        if place.is_multiple_of(BLOCK) {
            let tiles = self.tiles.len() + chunks_of(self.dimension);
            self.tiles.resize(tiles, Tile::ZERO);
            self.scales.resize(place + BLOCK, 0.0);
            self.errors.resize(place + BLOCK, 0.0);
        }
        self.owners.push(owner);
        self.values.extend_from_slice(values);
        self.quantize(place);
    }

    /// Writes the int8 form of the template at `place`.
    fn quantize(&mut self, place: usize) {
        let chunks = chunks_of(self.dimension);
        let quantized = Quantized::new(&self.values[place * self.dimension..][..self.dimension]);
        let block = &mut self.tiles[place / BLOCK * chunks..][..chunks];
        for (tile, chunk) in block.iter_mut().zip(&quantized.chunks) {
            tile.0[place % BLOCK] = *chunk;
        }
        self.scales[place] = quantized.scale;
        self.errors[place] = quantized.error;
    }

    /// Owner and values of every template.
    pub(super) fn templates(&self) -> impl Iterator<Item = (u32, &[f32])> {
        let values = self.values.chunks_exact(self.dimension.max(1));
        self.owners.iter().copied().zip(values)
    }

    /// Hands owner and inner product of every template whose product with `probe` may be `floor` or more to
    /// `rank`, which returns the new floor. The product is exact, as if there were no int8.
    ///
    /// With p, t for probe and template, p', t' for their int8 forms: p·t = p'·t' + p'·(t - t') + (p - p')·t, so
    /// by Cauchy and Schwarz, p·t is no more than p'·t' + |p'| |t - t'| + |p - p'|.
    pub(super) fn scan(
        &self,
        probe: &Probe,
        mut floor: f32,
        mut rank: impl FnMut(u32, f32) -> f32,
    ) -> f32 {
        let Quantized {
            scale,
            error,
            length,
            ..
        } = probe.quantized;
        let chunks = &probe.quantized.chunks[..chunks_of(self.dimension)];
        let batches = self.tiles.chunks(BATCH / BLOCK * chunks.len().max(1));
        for (batch, tiles) in batches.enumerate() {
            let mut sums = [0; BATCH];
            probe.kernel.run(chunks, tiles, &mut sums);
            let first = batch * BATCH;
            let (scales, errors) = (&self.scales[first..], &self.errors[first..]);
            let bound = |place: usize| {
                sums[place] as f32 * (scale * scales[place])
                    + (length * errors[place] + (error + ROUNDING))
            };
            let here = scales.len().min(BATCH);
            // Without a branch for each: nearly always there is none.
            let mut any = false;
            for place in 0..here {
                any |= bound(place) >= floor;
            }
            if !any {
                continue;
            }
            for place in 0..here.min(self.owners.len() - first) {
                if bound(place) >= floor {
                    let values = &self.values[(first + place) * self.dimension..];
                    let product = probe.dot(&values[..self.dimension]);
                    floor = rank(self.owners[first + place], product);
                }
            }
        }
        floor
    }
}

impl Clone for Segment {
    fn clone(&self) -> Self {
        // Not `Vec::clone`, which would leave no room to grow.
        let mut copy = Self::new(self.dimension);
        copy.values.extend_from_slice(&self.values);
        copy.tiles.extend_from_slice(&self.tiles);
        copy.scales.extend_from_slice(&self.scales);
        copy.errors.extend_from_slice(&self.errors);
        copy.owners.extend_from_slice(&self.owners);
        copy
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        self.values.zeroize();
        for tile in &mut self.tiles {
            tile.0.as_flattened_mut().zeroize();
        }
    }
}
