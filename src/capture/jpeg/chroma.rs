//! Chrominance at the size of the picture. Twice the size is blended and more is repeated, as the library does it.

use super::layout::{Layout, Ratio};
use super::plane::Plane;

/// The chrominance of the picture's row `y`, at its width, in `wide` or where it is.
pub(super) fn enlarged<'r>(
    plane: &'r Plane,
    Ratio {
        right,
        down,
        is_tall,
    }: Ratio,
    (y, first): (usize, usize),
    layout: &Layout,
    blended: &mut [u8],
    wide: &'r mut [u8],
) -> &'r [u8] {
    if is_tall {
        let row = Plane::ABOVE + 2 * y - 2 * first;
        mean(plane.row(row), plane.row(row + 1), wide);
        return wide;
    }
    let row = |row: usize| plane.row(Plane::ABOVE + row - first / down);
    let near = y / down;
    let far = match (right, down, y % 2) {
        (1 | 2, 2, 0) => near.saturating_sub(1),
        (1 | 2, 2, _) => (near + 1).min((layout.height - 1) / 2),
        _ => near,
    };
    let length = layout.width.div_ceil(right);
    let narrow = match (near == far, right) {
        (true, 1) => return row(near),
        (true, _) => &row(near)[..length],
        (false, 1) => {
            blend(row(near), row(far), wide);
            return wide;
        }
        (false, _) => {
            blend(row(near), row(far), blended);
            &blended[..length]
        }
    };
    match right {
        2 => widen(narrow, wide),
        factor => repeat(narrow, factor, wide),
    }
    wide
}

/// A row of twice as many: `near` is the row it lies in, and counts for three quarters, `far` the next nearest.
fn blend(near: &[u8], far: &[u8], blended: &mut [u8]) {
    for ((to, &near), &far) in blended.iter_mut().zip(near).zip(far) {
        *to = weighted(near, far);
    }
}

/// A row of half as many, the mean of two.
fn mean(above: &[u8], below: &[u8], mean: &mut [u8]) {
    for ((to, &above), &below) in mean.iter_mut().zip(above).zip(below) {
        *to = (u16::from(above) + u16::from(below)).div_ceil(2) as u8;
    }
}

/// A row at twice its width, blended in the same way.
fn widen(row: &[u8], wide: &mut [u8]) {
    let (&[first, ..], &[.., last]) = (row, row) else {
        return;
    };
    let wide = &mut wide[..row.len() * 2];
    let end = wide.len() - 1;
    (wide[0], wide[end]) = (first, last);
    let between = wide[1..end].as_chunks_mut::<2>().0;
    for ((pair, &left), &right) in between.iter_mut().zip(row).zip(&row[1..]) {
        *pair = [weighted(left, right), weighted(right, left)];
    }
}

/// A row at `factor` times its width, by repeating its samples.
fn repeat(row: &[u8], factor: usize, wide: &mut [u8]) {
    for (to, &sample) in wide.chunks_mut(factor).zip(row) {
        to.fill(sample);
    }
}

#[inline(always)]
fn weighted(near: u8, far: u8) -> u8 {
    ((3 * u16::from(near) + u16::from(far) + 2) >> 2) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_of_a_row_are_kept_and_neighbours_blend() {
        let mut wide = [0; 8];
        widen(&[100, 200, 0], &mut wide);
        assert_eq!(wide, [100, 125, 175, 150, 50, 0, 0, 0]);
        widen(&[9], &mut wide);
        assert_eq!(wide[..3], [9, 9, 175]);
        widen(&[], &mut wide);
        let mut blended = [0; 2];
        blend(&[100, 200], &[200, 0], &mut blended);
        assert_eq!(blended, [125, 150]);
        mean(&[100, 255], &[103, 255], &mut blended);
        assert_eq!(blended, [102, 255]);
        repeat(&[1, 2, 3], 4, &mut wide);
        assert_eq!(wide, [1, 1, 1, 1, 2, 2, 2, 2]);
    }
}
