//! The power spectrum of a small square of brightness.

/// Side of the square, a power of two.
pub const SIDE: usize = 128;

/// Power at each frequency, `SIDE` x `SIDE`, the zero frequency first. The square is windowed, so that its
/// borders leave no cross.
#[must_use]
pub fn power(brightness: &[f32; SIDE * SIDE]) -> Vec<f32> {
    let mean = brightness.iter().sum::<f32>() / brightness.len() as f32;
    let window: [f32; SIDE] = std::array::from_fn(|i| {
        let phase = std::f32::consts::TAU * (i as f32 + 0.5) / SIDE as f32;
        0.5 - 0.5 * phase.cos()
    });
    let mut values: Vec<(f32, f32)> = brightness
        .iter()
        .enumerate()
        .map(|(i, v)| ((v - mean) * window[i / SIDE] * window[i % SIDE], 0.0))
        .collect();
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
    values.iter().map(|(re, im)| re * re + im * im).collect()
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
        let mut wave = [0.0; SIDE * SIDE];
        for (i, value) in wave.iter_mut().enumerate() {
            let (x, y) = ((i % SIDE) as f32, (i / SIDE) as f32);
            *value = (std::f32::consts::TAU * (20.0 * x + 9.0 * y) / SIDE as f32).cos();
        }
        let power = power(&wave);
        let strongest = (0..power.len()).max_by(|&a, &b| power[a].total_cmp(&power[b]));
        let at = strongest.map(|i| (i % SIDE, i / SIDE)).unwrap();
        assert!(at == (20, 9) || at == (SIDE - 20, SIDE - 9), "{at:?}");
    }
}
