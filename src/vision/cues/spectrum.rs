//! The power spectrum of a small square of brightness.

use std::array;

/// Side of the square, a power of two.
pub const SIDE: usize = 128;
/// Frequencies along the rows, from zero up: those below zero are the others turned by half, with the same power.
pub const ACROSS: usize = SIDE / 2;

/// Makes spectra in memory that it keeps.
pub struct Spectrum {
    rows: Transforms,
    columns: Transforms,
    window: [f32; SIDE],
    /// Cosine and sine of the first half of a turn backwards, in `SIDE`ths of the turn.
    turns: [(f32, f32); SIDE / 2],
    power: Vec<f32>,
}

/// `ACROSS` transforms side by side: a row holds the same value of all of them, so that each step is done on whole rows.
struct Transforms {
    real: Vec<[f32; ACROSS]>,
    imaginary: Vec<[f32; ACROSS]>,
}

impl Spectrum {
    pub fn new() -> Self {
        Self {
            rows: Transforms::new(),
            columns: Transforms::new(),
            window: array::from_fn(|i| {
                let phase = std::f32::consts::TAU * (i as f32 + 0.5) / SIDE as f32;
                0.5 - 0.5 * phase.cos()
            }),
            turns: array::from_fn(|i| {
                let (sin, cos) = (-std::f32::consts::TAU * i as f32 / SIDE as f32).sin_cos();
                (cos, sin)
            }),
            power: vec![0.0; SIDE * ACROSS],
        }
    }

    /// Power at each frequency, in `SIDE` rows of `ACROSS`, the zero frequency first, of a square whose brightness is
    /// asked for by rows. The square is windowed, so that its borders leave no cross.
    pub fn power<R: Iterator<Item = f32>>(&mut self, row: impl Fn(usize) -> R) -> &[f32] {
        // Two rows are transformed as one, as real and imaginary part.
        let mut sum = 0.0;
        for y in 0..ACROSS {
            for (x, (upper, lower)) in row(y).zip(row(y + ACROSS)).take(SIDE).enumerate() {
                let at = reversed(x);
                self.rows.real[at][y] = upper;
                self.rows.imaginary[at][y] = lower;
                sum += upper + lower;
            }
        }
        self.take_window(sum / (SIDE * SIDE) as f32);
        self.rows.transform(&self.turns);
        self.part_rows();
        self.columns.transform(&self.turns);
        let values = self.columns.real.iter().zip(&self.columns.imaginary);
        for (power, (real, imaginary)) in self.power.chunks_exact_mut(ACROSS).zip(values) {
            for ((power, re), im) in power.iter_mut().zip(real).zip(imaginary) {
                *power = re * re + im * im;
            }
        }
        &self.power
    }

    fn take_window(&mut self, mean: f32) {
        let (upper, lower) = self.window.split_at(ACROSS);
        for x in 0..SIDE {
            let at = reversed(x);
            for (values, rows) in [
                (&mut self.rows.real[at], upper),
                (&mut self.rows.imaginary[at], lower),
            ] {
                for (value, row) in values.iter_mut().zip(rows) {
                    *value = (*value - mean) * row * self.window[x];
                }
            }
        }
    }

    /// The two rows that were transformed as one: the even part of a transform is that of its real part.
    fn part_rows(&mut self) {
        for u in 0..ACROSS {
            let (at, mirrored) = (u, (SIDE - u) % SIDE);
            let (re, im) = (&self.rows.real[at], &self.rows.imaginary[at]);
            let (other_re, other_im) = (&self.rows.real[mirrored], &self.rows.imaginary[mirrored]);
            for y in 0..ACROSS {
                let (upper, lower) = (reversed(y), reversed(y + ACROSS));
                self.columns.real[upper][u] = (re[y] + other_re[y]) / 2.0;
                self.columns.imaginary[upper][u] = (im[y] - other_im[y]) / 2.0;
                self.columns.real[lower][u] = (im[y] + other_im[y]) / 2.0;
                self.columns.imaginary[lower][u] = (other_re[y] - re[y]) / 2.0;
            }
        }
    }
}

/// The place of a value before the transform: its bits from the last to the first.
fn reversed(i: usize) -> usize {
    i.reverse_bits() >> (usize::BITS - SIDE.trailing_zeros())
}

impl Transforms {
    fn new() -> Self {
        Self {
            real: vec![[0.0; ACROSS]; SIDE],
            imaginary: vec![[0.0; ACROSS]; SIDE],
        }
    }

    /// The discrete Fourier transform of values in reversed places (Cooley and Tukey, 1965).
    fn transform(&mut self, turns: &[(f32, f32); SIDE / 2]) {
        let mut half = 1;
        while half < SIDE {
            let blocks = self.real.chunks_exact_mut(2 * half);
            for (real, imaginary) in blocks.zip(self.imaginary.chunks_exact_mut(2 * half)) {
                let (real, odd_real) = real.split_at_mut(half);
                let (imaginary, odd_imaginary) = imaginary.split_at_mut(half);
                let turns = turns.iter().step_by(SIDE / 2 / half);
                let even = real.iter_mut().zip(imaginary);
                let odd = odd_real.iter_mut().zip(odd_imaginary);
                for ((even, odd), &turn) in even.zip(odd).zip(turns) {
                    butterflies(even, odd, turn);
                }
            }
            half *= 2;
        }
    }
}

/// One step of all transforms: `(a, b)` becomes `(a + t b, a - t b)`.
fn butterflies(
    (a_re, a_im): (&mut [f32; ACROSS], &mut [f32; ACROSS]),
    (b_re, b_im): (&mut [f32; ACROSS], &mut [f32; ACROSS]),
    (cos, sin): (f32, f32),
) {
    for i in 0..ACROSS {
        let (re, im) = (b_re[i] * cos - b_im[i] * sin, b_re[i] * sin + b_im[i] * cos);
        (b_re[i], b_im[i]) = (a_re[i] - re, a_im[i] - im);
        (a_re[i], a_im[i]) = (a_re[i] + re, a_im[i] + im);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_has_its_power_at_its_frequency() {
        let mut spectrum = Spectrum::new();
        for (across, down) in [(20, 9), (5, 120), (63, 64)] {
            let power = spectrum.power(|y| {
                (0..SIDE).map(move |x| {
                    let turns = (across * x + down * y) as f32 / SIDE as f32;
                    (std::f32::consts::TAU * turns).cos()
                })
            });
            let strongest = (0..power.len()).max_by(|&a, &b| power[a].total_cmp(&power[b]));
            let at = strongest.map(|i| (i % ACROSS, i / ACROSS));
            assert_eq!(at, Some((across, down)));
        }
    }
}
