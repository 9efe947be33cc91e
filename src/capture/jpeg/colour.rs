//! From rows of samples to rows of RGB, in 16 bits, so that compilers turn the loops into vectors.

/// Bits behind the point of what is added up.
const BITS: u32 = 6;
/// Factors of ITU-T T.871 (JFIF), 7, with 14 bits behind the point.
const RED_OF_CR: i16 = 22970;
const GREEN_OF_CB: i16 = -5638;
const GREEN_OF_CR: i16 = -11700;
const BLUE_OF_CB: i16 = 29032;

/// A row of RGB from rows of Y, Cb and Cr; as long as the shortest of them.
pub(super) fn rgb_row(luma: &[u8], cb: &[u8], cr: &[u8], rgb: &mut [u8]) {
    let (pixels, _) = rgb.as_chunks_mut::<3>();
    for (((to, &y), &cb), &cr) in pixels.iter_mut().zip(luma).zip(cb).zip(cr) {
        let y = (i16::from(y) << BITS) + (1 << (BITS - 1));
        // 8 bits behind the point: the high half of a product has BITS of them.
        let (cb, cr) = ((i16::from(cb) - 128) << 8, (i16::from(cr) - 128) << 8);
        *to = [
            level(y + high(cr, RED_OF_CR)),
            level(y + high(cb, GREEN_OF_CB) + high(cr, GREEN_OF_CR)),
            level(y + high(cb, BLUE_OF_CB)),
        ];
    }
}

/// A row of RGB from a row of luminance alone.
pub(super) fn grey_row(luma: &[u8], rgb: &mut [u8]) {
    for (to, &y) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(luma) {
        *to = [y; 3];
    }
}

#[inline(always)]
fn high(a: i16, b: i16) -> i16 {
    ((i32::from(a) * i32::from(b)) >> 16) as i16
}

#[inline(always)]
fn level(sum: i16) -> u8 {
    (sum >> BITS).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_the_formula() {
        for at in (0..1 << 24).step_by(37) {
            let [_, y, cb, cr] = u32::to_be_bytes(at);
            let mut rgb = [0; 3];
            rgb_row(&[y], &[cb], &[cr], &mut rgb);
            let (y, cb, cr) = (f64::from(y), f64::from(cb) - 128.0, f64::from(cr) - 128.0);
            let exact = [
                y + 1.402 * cr,
                y - 0.344_136 * cb - 0.714_136 * cr,
                y + 1.772 * cb,
            ];
            for (level, exact) in rgb.into_iter().zip(exact) {
                let error = f64::from(level) - exact.clamp(0.0, 255.0);
                assert!(error.abs() < 0.55, "{level} is not {exact}");
            }
        }
    }
}
