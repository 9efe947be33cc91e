//! The power spectrum of a small square of brightness.

/// Side of the square, a power of two.
pub const SIDE: usize = 128;

/// Makes spectra in memory that it keeps.
pub struct Spectrum {
    values: Vec<(f32, f32)>,
    window: [f32; SIDE],
}

impl Spectrum {
    pub fn new() -> Self {
        Self {
            values: vec![(0.0, 0.0); SIDE * SIDE],
            window: std::array::from_fn(|i| {
                let phase = std::f32::consts::TAU * (i as f32 + 0.5) / SIDE as f32;
                0.5 - 0.5 * phase.cos()
            }),
        }
    }

    /// Power at each frequency, `SIDE` x `SIDE`, the zero frequency first, of a square whose brightness is asked for by
    /// column and row. The square is windowed, so that its borders leave no cross.
    pub fn power(&mut self, brightness: impl Fn(usize, usize) -> f32) -> impl Iterator<Item = f32> {
        let values = &mut self.values;
        for (i, value) in values.iter_mut().enumerate() {
            *value = (brightness(i % SIDE, i / SIDE), 0.0);
        }
        let mean = values.iter().map(|v| v.0).sum::<f32>() / values.len() as f32;
        for (i, value) in values.iter_mut().enumerate() {
            value.0 = (value.0 - mean) * self.window[i / SIDE] * self.window[i % SIDE];
        }
        // Rows, then columns as the rows of the transpose; the transposed result has the same power.
        for _ in 0..2 {
            for row in values.chunks_exact_mut(SIDE) {
                transform(row);
            }
            for y in 0..SIDE {
                for x in 0..y {
                    values.swap(y * SIDE + x, x * SIDE + y);
                }
            }
        }
        values.iter().map(|(re, im)| re * re + im * im)
    }
}

/// The discrete Fourier transform in place (Cooley and Tukey, 1965); the length is a power of two.
fn transform(values: &mut [(f32, f32)]) {
    let bits = values.len().trailing_zeros();
    for i in 0..values.len() {
        let reversed = i.reverse_bits() >> (usize::BITS - bits);
        if i < reversed {
            values.swap(i, reversed);
        }
    }
    let mut half = 1;
    while half < values.len() {
        for block in values.chunks_exact_mut(2 * half) {
            let (even, odd) = block.split_at_mut(half);
            for (k, (a, b)) in even.iter_mut().zip(odd).enumerate() {
                let (sin, cos) = (-std::f32::consts::PI * k as f32 / half as f32).sin_cos();
                let turned = (b.0 * cos - b.1 * sin, b.0 * sin + b.1 * cos);
                *b = (a.0 - turned.0, a.1 - turned.1);
                *a = (a.0 + turned.0, a.1 + turned.1);
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_has_its_power_at_its_frequency() {
        let mut spectrum = Spectrum::new();
        let power = spectrum.power(|x, y| {
            (std::f32::consts::TAU * (20.0 * x as f32 + 9.0 * y as f32) / SIDE as f32).cos()
        });
        let power: Vec<f32> = power.collect();
        let strongest = (0..power.len()).max_by(|&a, &b| power[a].total_cmp(&power[b]));
        let at = strongest.map(|i| (i % SIDE, i / SIDE)).unwrap();
        assert!(at == (20, 9) || at == (SIDE - 20, SIDE - 9), "{at:?}");
    }
}
