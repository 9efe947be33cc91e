//! NEON, which every AArch64 processor has, and SDOT (Cortex-A76 and newer).

use std::arch::aarch64::{
    int8x16_t, int16x8_t, int32x4_t, vdupq_n_s32, vget_low_s8, vld1q_s8, vmlal_high_s8, vmlal_s8,
    vmull_high_s8, vmull_s8, vpadalq_s16, vpaddq_s32, vreinterpretq_s8_s32, vst1q_s32,
};
use std::arch::{asm, is_aarch64_feature_detected};

use super::{BLOCK, Chunk, Kernel, Tile, blocks};

pub(super) fn kernels() -> [(bool, Kernel); 2] {
    let kernel = |name, run| Kernel { name, run };
    [
        (
            is_aarch64_feature_detected!("dotprod"),
            kernel("neon-sdot", sdot),
        ),
        (
            is_aarch64_feature_detected!("neon"),
            kernel("neon", self::neon),
        ),
    ]
}

/// How far ahead memory is asked for, in tiles.
const AHEAD: usize = 16;

fn prefetch(tile: &Tile) {
    let ahead = std::ptr::from_ref(tile).wrapping_add(AHEAD);
    // SAFETY: a hint; no address is wrong for it.
    unsafe {
        asm!("prfm pldl1strm, [{}]", in(reg) ahead, options(nostack, readonly, preserves_flags));
    }
}

/// The same four values four times.
#[target_feature(enable = "neon")]
fn spread(chunk: Chunk) -> int8x16_t {
    let bytes = chunk.map(i8::cast_unsigned);
    vreinterpretq_s8_s32(vdupq_n_s32(i32::from_ne_bytes(bytes)))
}

/// A tile as four registers of four templates each.
#[target_feature(enable = "neon")]
fn load(tile: &Tile) -> [int8x16_t; 4] {
    let values = tile.0.as_flattened().as_ptr();
    // SAFETY: a tile is four times sixteen bytes.
    unsafe { [0, 16, 32, 48].map(|offset| vld1q_s8(values.add(offset))) }
}

#[target_feature(enable = "neon")]
fn store(totals: [int32x4_t; 4], sums: &mut [i32; BLOCK]) {
    let (places, _) = sums.as_chunks_mut::<4>();
    for (total, place) in totals.into_iter().zip(places) {
        // SAFETY: four numbers of 32 bits each.
        unsafe { vst1q_s32(place.as_mut_ptr(), total) }
    }
}

#[target_feature(enable = "neon,dotprod")]
fn sdot(probe: &[Chunk], tiles: &[Tile], sums: &mut [i32]) {
    for (block, sums) in blocks(probe, tiles, sums) {
        let mut totals = [vdupq_n_s32(0); 4];
        for (p, tile) in probe.iter().zip(block) {
            prefetch(tile);
            let p = spread(*p);
            for (total, values) in totals.iter_mut().zip(load(tile)) {
                // The intrinsic, `vdotq_s32`, is not in stable Rust.
                // SAFETY: only registers are touched, and this function runs where there is SDOT.
                unsafe {
                    asm!(
                        "sdot {total:v}.4s, {values:v}.16b, {p:v}.16b",
                        total = inout(vreg) *total,
                        values = in(vreg) values,
                        p = in(vreg) p,
                        options(pure, nomem, nostack, preserves_flags),
                    );
                }
            }
        }
        store(totals, sums);
    }
}

/// Products of eight values each: of the lower and of the upper half of a register.
type Products = [int16x8_t; 2];

#[target_feature(enable = "neon")]
fn neon(probe: &[Chunk], tiles: &[Tile], sums: &mut [i32]) {
    let (pairs, rest) = probe.as_chunks::<2>();
    for (block, sums) in blocks(probe, tiles, sums) {
        let (tile_pairs, tile_rest) = block.as_chunks::<2>();
        let mut totals = [[vdupq_n_s32(0); 2]; 4];
        for ([p, q], [first, second]) in pairs.iter().zip(tile_pairs) {
            prefetch(first);
            prefetch(second);
            let (p, q) = (spread(*p), spread(*q));
            let values = load(first).into_iter().zip(load(second));
            for (total, (a, b)) in totals.iter_mut().zip(values) {
                // Two products are at most 2 · 127², which 16 bits hold.
                let [low, high] = multiply(a, p);
                let low = vmlal_s8(low, vget_low_s8(b), vget_low_s8(q));
                add(total, [low, vmlal_high_s8(high, b, q)]);
            }
        }
        for (p, tile) in rest.iter().zip(tile_rest) {
            let p = spread(*p);
            for (total, values) in totals.iter_mut().zip(load(tile)) {
                add(total, multiply(values, p));
            }
        }
        store(totals.map(|[low, high]| vpaddq_s32(low, high)), sums);
    }
}

#[target_feature(enable = "neon")]
fn multiply(values: int8x16_t, p: int8x16_t) -> Products {
    [
        vmull_s8(vget_low_s8(values), vget_low_s8(p)),
        vmull_high_s8(values, p),
    ]
}

/// Adds products to sums of half a template each.
#[target_feature(enable = "neon")]
fn add(total: &mut [int32x4_t; 2], products: Products) {
    for (total, products) in total.iter_mut().zip(products) {
        *total = vpadalq_s16(*total, products);
    }
}
