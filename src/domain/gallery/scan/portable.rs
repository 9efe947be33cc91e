//! The reference that all other kernels are held to; also what other processors run.

use super::{BLOCK, Chunk, Tile, blocks};

pub(super) fn run(probe: &[Chunk], tiles: &[Tile], sums: &mut [i32]) {
    for (block, sums) in blocks(probe, tiles, sums) {
        let mut totals = [0_i32; BLOCK];
        for (p, Tile(tile)) in probe.iter().zip(block) {
            for (total, values) in totals.iter_mut().zip(tile) {
                for (a, b) in p.iter().zip(values) {
                    *total += i32::from(*a) * i32::from(*b);
                }
            }
        }
        *sums = totals;
    }
}
