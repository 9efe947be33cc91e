//! AVX2, AVX-VNNI and AVX-512 VNNI.

use std::arch::x86_64::{
    __m256i, __m512i, _MM_HINT_T0, _mm_prefetch, _mm256_abs_epi8, _mm256_add_epi32,
    _mm256_dpbusd_avx_epi32, _mm256_load_si256, _mm256_madd_epi16, _mm256_maddubs_epi16,
    _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_sign_epi8,
    _mm256_storeu_si256, _mm256_sub_epi32, _mm256_xor_si256, _mm512_add_epi32, _mm512_dpbusd_epi32,
    _mm512_load_si512, _mm512_set1_epi8, _mm512_set1_epi32, _mm512_setzero_si512,
    _mm512_storeu_si512, _mm512_sub_epi32, _mm512_xor_si512,
};

use super::{BLOCK, Chunk, Kernel, Tile, blocks};

pub(super) fn kernels() -> [(bool, Kernel); 3] {
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vnni");
    let avx2 = is_x86_feature_detected!("avx2");
    let kernel = |name, run| Kernel { name, run };
    [
        (avx512, kernel("avx512-vnni", avx512_vnni)),
        (
            avx2 && is_x86_feature_detected!("avxvnni"),
            kernel("avx-vnni", avx_vnni),
        ),
        (avx2, kernel("avx2", self::avx2)),
    ]
}

/// How far ahead memory is asked for, in tiles: the processor's own prefetching stops at every page.
const AHEAD: usize = 48;

fn prefetch(tile: &Tile) {
    let ahead = std::ptr::from_ref(tile).wrapping_add(AHEAD);
    // SAFETY: a hint; no address is wrong for it.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(ahead.cast()) }
}

/// Four values as the 32-bit number that is spread over a register.
fn spread(chunk: Chunk) -> i32 {
    i32::from_ne_bytes(chunk.map(i8::cast_unsigned))
}

/// What `dpbusd` adds too much: it takes templates as unsigned, so they are shifted up by 128.
fn excess(probe: &[Chunk]) -> i32 {
    128 * probe.iter().flatten().map(|&v| i32::from(v)).sum::<i32>()
}

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn avx512_vnni(probe: &[Chunk], tiles: &[Tile], sums: &mut [i32]) {
    let shift = _mm512_set1_epi8(-128);
    let excess = _mm512_set1_epi32(excess(probe));
    let add = |total, p: Chunk, tile: &Tile| {
        prefetch(tile);
        _mm512_dpbusd_epi32(
            total,
            _mm512_xor_si512(load512(tile), shift),
            _mm512_set1_epi32(spread(p)),
        )
    };
    let (fours, rest) = probe.as_chunks::<4>();
    for (block, sums) in blocks(probe, tiles, sums) {
        let (tile_fours, tile_rest) = block.as_chunks::<4>();
        // Four sums, so that none waits for the other.
        let mut totals = [_mm512_setzero_si512(); 4];
        for (p, tile) in fours.iter().zip(tile_fours) {
            for k in 0..4 {
                totals[k] = add(totals[k], p[k], &tile[k]);
            }
        }
        for (p, tile) in rest.iter().zip(tile_rest) {
            totals[0] = add(totals[0], *p, tile);
        }
        let [a, b, c, d] = totals;
        let total = _mm512_add_epi32(_mm512_add_epi32(a, b), _mm512_add_epi32(c, d));
        // SAFETY: sixteen 32-bit numbers are 512 bits, and this store needs no alignment.
        unsafe {
            _mm512_storeu_si512(sums.as_mut_ptr().cast(), _mm512_sub_epi32(total, excess));
        }
    }
}

#[target_feature(enable = "avx512f")]
fn load512(tile: &Tile) -> __m512i {
    // SAFETY: a tile is 512 bits and aligned to as many.
    unsafe { _mm512_load_si512(std::ptr::from_ref(tile).cast()) }
}

#[target_feature(enable = "avx2,avxvnni")]
fn avx_vnni(probe: &[Chunk], tiles: &[Tile], sums: &mut [i32]) {
    let shift = _mm256_set1_epi8(-128);
    let excess = _mm256_set1_epi32(excess(probe));
    for (block, sums) in blocks(probe, tiles, sums) {
        let mut totals = [[_mm256_setzero_si256(); 2]; 2];
        for (k, (p, tile)) in probe.iter().zip(block).enumerate() {
            prefetch(tile);
            let p = _mm256_set1_epi32(spread(*p));
            for (total, values) in totals[k % 2].iter_mut().zip(load256(tile)) {
                *total = _mm256_dpbusd_avx_epi32(*total, _mm256_xor_si256(values, shift), p);
            }
        }
        let [even, odd] = totals;
        let half = |h: usize| _mm256_sub_epi32(_mm256_add_epi32(even[h], odd[h]), excess);
        store256([half(0), half(1)], sums);
    }
}

#[target_feature(enable = "avx2")]
fn avx2(probe: &[Chunk], tiles: &[Tile], sums: &mut [i32]) {
    let ones = _mm256_set1_epi16(1);
    for (block, sums) in blocks(probe, tiles, sums) {
        let mut totals = [_mm256_setzero_si256(); 2];
        for (p, tile) in probe.iter().zip(block) {
            prefetch(tile);
            let p = _mm256_set1_epi32(spread(*p));
            for (total, values) in totals.iter_mut().zip(load256(tile)) {
                // |p| · (sign of p) v. Two such products are at most 2 · 127², which 16 bits hold.
                let signed = _mm256_sign_epi8(values, p);
                let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(p), signed);
                *total = _mm256_add_epi32(*total, _mm256_madd_epi16(pairs, ones));
            }
        }
        store256(totals, sums);
    }
}

#[target_feature(enable = "avx2")]
fn load256(tile: &Tile) -> [__m256i; 2] {
    let half: *const __m256i = std::ptr::from_ref(tile).cast();
    // SAFETY: a tile is two halves of 256 bits and aligned to both.
    unsafe { [_mm256_load_si256(half), _mm256_load_si256(half.add(1))] }
}

#[target_feature(enable = "avx2")]
fn store256(halves: [__m256i; 2], sums: &mut [i32; BLOCK]) {
    let place: *mut __m256i = sums.as_mut_ptr().cast();
    // SAFETY: sixteen 32-bit numbers are two halves of 256 bits, and this store needs no alignment.
    unsafe {
        _mm256_storeu_si256(place, halves[0]);
        _mm256_storeu_si256(place.add(1), halves[1]);
    }
}
