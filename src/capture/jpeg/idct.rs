//! The inverse discrete cosine transform of a block (ITU-T T.81, A.3.3), whole or reduced.
//!
//! Coefficients come in columns: that of the horizontal frequency u and the vertical v is at 8 u + v. So both of the
//! transform's passes go over rows of lanes, which compilers turn into vectors, and the block is turned once, between.

/// Coefficients of a block, in columns, dequantised.
pub(super) type Block = [i16; 64];

/// Square roots of 2 times the cosines of k pi / 16, with 13 bits behind the point: k is 1, 2, 3, 5, 6, 7.
const C1: i16 = 11363;
const C2: i16 = 10703;
const C3: i16 = 9633;
const C5: i16 = 6436;
const C6: i16 = 4433;
const C7: i16 = 2260;
const BITS: u32 = 13;
/// Bits behind the point that are kept between the passes.
const KEPT: u32 = 2;
/// The first pass leaves [`KEPT`] bits.
const FIRST: u32 = BITS - KEPT;
/// The second leaves none, and divides by 8, which both passes left out.
const SECOND: u32 = BITS + KEPT + 3;
/// Samples are coded as differences to this.
const LEVEL: i32 = 128;

/// Writes a block of 8 x 8 samples to the top left of `samples`, whose rows are `stride` apart.
///
/// `touched` is all places of `block` that may not be zero, or-ed together: most blocks have few coefficients.
pub(super) fn whole(block: &Block, touched: u8, samples: &mut [u8], stride: usize) {
    // Neither u nor v is over 3.
    if touched & 0o44 == 0 {
        two_passes::<4>(block, samples, stride);
    } else {
        two_passes::<8>(block, samples, stride);
    }
}

/// Writes `side` x `side` samples, all as the mean of the block.
pub(super) fn flat(block: &Block, samples: &mut [u8], stride: usize, side: usize) {
    let sample = sample(i32::from(block[0]), 3);
    for row in samples.chunks_mut(stride).take(side) {
        row.iter_mut().take(side).for_each(|to| *to = sample);
    }
}

/// Writes 4 x 4 samples: the block at half its size.
pub(super) fn half(block: &Block, samples: &mut [u8], stride: usize) {
    let mut turned = [[0; 4]; 4];
    for v in 0..4 {
        let column = four([block[v], block[8 + v], block[16 + v], block[24 + v]]);
        turned[v] = column.map(between);
    }
    let mut lanes = [[0; 4]; 4];
    for x in 0..4 {
        lanes[x] = four([turned[0][x], turned[1][x], turned[2][x], turned[3][x]]);
    }
    for (y, row) in samples.chunks_mut(stride).take(4).enumerate() {
        for (to, lane) in row.iter_mut().zip(lanes) {
            *to = sample(lane[y], SECOND);
        }
    }
}

/// Writes 2 x 2 samples: the block at a quarter of its size.
pub(super) fn quarter(block: &Block, samples: &mut [u8], stride: usize) {
    let [mean, down, right, both] = [0, 1, 8, 9].map(|at: usize| i32::from(block[at]));
    let rows = [
        [mean + right + down + both, mean - right + down - both],
        [mean + right - down - both, mean - right - down + both],
    ];
    for (row, sums) in samples.chunks_mut(stride).zip(rows) {
        for (to, sum) in row.iter_mut().zip(sums) {
            *to = sample(sum, 3);
        }
    }
}

/// The whole transform of a block whose first `SIDE` x `SIDE` coefficients alone aren't zero.
#[inline(always)]
fn two_passes<const SIDE: usize>(block: &Block, samples: &mut [u8], stride: usize) {
    let mut columns = [[0; SIDE]; 8];
    for v in 0..SIDE {
        let sums = eight::<SIDE>(std::array::from_fn(|u| block[8 * u + v]));
        for x in 0..8 {
            columns[x][v] = between(sums[x]);
        }
    }
    let mut turned = [[0; 8]; SIDE];
    for v in 0..SIDE {
        for x in 0..8 {
            turned[v][x] = columns[x][v];
        }
    }
    let mut rows = [[0; 8]; 8];
    for x in 0..8 {
        let sums = eight::<SIDE>(std::array::from_fn(|v| turned[v][x]));
        for y in 0..8 {
            rows[y][x] = sample(sums[y], SECOND);
        }
    }
    for (to, row) in samples.chunks_mut(stride).zip(rows) {
        if let Some(to) = to.first_chunk_mut() {
            *to = row;
        }
    }
}

/// The transform of one row of 8, of which the first `SIDE`, 4 or 8, aren't zero; with [`BITS`] bits behind the point,
/// and times the square root of 8.
///
/// Each product is one of 16-bit numbers, and whatever they are, no sum is over 31 bits.
#[inline(always)]
fn eight<const SIDE: usize>(row: [i16; SIDE]) -> [i32; 8] {
    let at = |k: usize| if k < SIDE { row[k] } else { 0 };
    let (x0, x4) = (i32::from(at(0)), i32::from(at(4)));
    let (sum, difference) = ((x0 + x4) << BITS, (x0 - x4) << BITS);
    let turned = [
        times(at(2), C2) + times(at(6), C6),
        times(at(2), C6) - times(at(6), C2),
    ];
    let even = [
        sum + turned[0],
        difference + turned[1],
        difference - turned[1],
        sum - turned[0],
    ];
    let (x1, x3, x5, x7) = (at(1), at(3), at(5), at(7));
    let odd = [
        times(x1, C1) + times(x3, C3) + times(x5, C5) + times(x7, C7),
        times(x1, C3) - times(x3, C7) - times(x5, C1) - times(x7, C5),
        times(x1, C5) - times(x3, C1) + times(x5, C7) + times(x7, C3),
        times(x1, C7) - times(x3, C5) + times(x5, C3) - times(x7, C1),
    ];
    std::array::from_fn(|k| {
        if k < 4 {
            even[k] + odd[k]
        } else {
            even[7 - k] - odd[7 - k]
        }
    })
}

/// As [`eight`], but of 4.
#[inline(always)]
fn four([x0, x1, x2, x3]: [i16; 4]) -> [i32; 4] {
    let (x0, x2) = (i32::from(x0), i32::from(x2));
    let even = [(x0 + x2) << BITS, (x0 - x2) << BITS];
    let odd = [times(x1, C2) + times(x3, C6), times(x1, C6) - times(x3, C2)];
    [
        even[0] + odd[0],
        even[1] + odd[1],
        even[1] - odd[1],
        even[0] - odd[0],
    ]
}

#[inline(always)]
fn times(a: i16, b: i16) -> i32 {
    i32::from(a) * i32::from(b)
}

/// What goes from the first pass to the second; only a damaged block has more than fits.
#[inline(always)]
fn between(sum: i32) -> i16 {
    let rounded = (sum + (1 << (FIRST - 1))) >> FIRST;
    rounded.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

/// A sample of `sum`, which has so many bits behind the point.
#[inline(always)]
fn sample(sum: i32, bits: u32) -> u8 {
    let rounded = (sum + (1 << (bits - 1))) >> bits;
    (rounded + LEVEL).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::{FRAC_1_SQRT_2, PI};

    /// Of a side of `side` samples, by the formula: the first `side` frequencies alone count.
    fn reference(block: &Block, side: usize) -> Vec<f64> {
        let scale = |k: usize| if k == 0 { FRAC_1_SQRT_2 } else { 1.0 };
        let wave = |at: usize, k: usize| {
            let angle = (2 * at + 1) as f64 * k as f64 * PI / (2 * side) as f64;
            scale(k) * angle.cos() / 2.0
        };
        let places = (0..side * side).map(|at| (at % side, at / side));
        places
            .map(|(x, y)| {
                let terms = (0..side * side).map(|at| (at % side, at / side));
                let sum: f64 = terms
                    .map(|(u, v)| f64::from(block[8 * u + v]) * wave(x, u) * wave(y, v))
                    .sum();
                (sum + 128.0).clamp(0.0, 255.0)
            })
            .collect()
    }

    fn transformed(block: &Block, side: usize) -> Vec<u8> {
        let mut samples = vec![7; 12 * side];
        let touched = (0..64)
            .filter(|&at| block[usize::from(at)] != 0)
            .fold(0, |all, at| all | at);
        match side {
            8 => whole(block, touched, &mut samples, 12),
            4 => half(block, &mut samples, 12),
            2 => quarter(block, &mut samples, 12),
            _ => flat(block, &mut samples, 12, side),
        }
        assert!(
            samples
                .chunks(12)
                .all(|row| row[side..].iter().all(|&beside| beside == 7))
        );
        samples
            .chunks(12)
            .flat_map(|row| &row[..side])
            .copied()
            .collect()
    }

    #[test]
    fn a_block_of_one_level_is_flat_at_all_sizes() {
        for (mean, level) in [
            (0, 128),
            (-1024, 0),
            (1016, 255),
            (8, 129),
            (4, 129),
            (3, 128),
            (32767, 255),
        ] {
            let mut block = [0; 64];
            block[0] = mean;
            for side in [1, 2, 4, 8] {
                assert_eq!(transformed(&block, side), vec![level; side * side]);
            }
        }
    }

    proptest! {
        #[test]
        fn samples_are_those_of_the_formula(
            coefficients in proptest::collection::vec((0usize..64, -300i16..300), 0..20), low in any::<bool>(),
        ) {
            let mut block = [0; 64];
            for (at, value) in coefficients {
                block[if low { at & 0o33 } else { at }] = value;
            }
            for side in [1, 2, 4, 8] {
                for (sample, exact) in transformed(&block, side).into_iter().zip(reference(&block, side)) {
                    prop_assert!((f64::from(sample) - exact).abs() < 0.75, "{} is not {}", sample, exact);
                }
            }
        }

        #[test]
        fn no_block_is_too_large(block in proptest::collection::vec(prop_oneof![Just(i16::MIN), Just(i16::MAX)], 64)) {
            let block: Block = block.try_into().unwrap();
            for side in [1, 2, 4, 8] {
                transformed(&block, side);
            }
        }
    }
}
