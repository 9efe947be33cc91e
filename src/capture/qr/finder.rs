//! Whether a picture may hold a QR code: a quick look for its finder patterns that asks for no memory, because the
//! search itself takes long and asks for much, and nearly all frames hold no code.
//!
//! A line through the middle of a finder pattern, in whatever direction, crosses dark, light, dark, light and
//! dark in the ratio of 1:1:3:1:1 (ISO/IEC 18004, 6.3.3). A pattern counts if a row and the column
//! through its middle both say so. What looks alike by chance costs a search in vain.

use image::RgbImage;

/// Every second row is looked at: the middle of a legible pattern is more than two rows high.
const ROW_STEP: u32 = 2;
/// Pixels across the smallest pattern: in less nothing can be read.
const LEAST: u32 = 12;
/// Runs of a pattern that have come by, the last one dark.
type Runs = [u32; 5];

/// Whether one finder pattern at least seems to be there.
pub(super) fn may_hold_code(picture: &RgbImage) -> bool {
    let (width, height) = picture.dimensions();
    (0..height)
        .step_by(ROW_STEP as usize)
        .any(|y| row_crosses_pattern(picture, y, width))
}

fn row_crosses_pattern(picture: &RgbImage, y: u32, width: u32) -> bool {
    // Brightness is judged beside that of the neighbours, since light falls unevenly.
    let reach = (width / 16).max(8);
    let mut sum: u32 = (0..reach.min(width)).map(|x| luma(picture, x, y)).sum();
    let mut runs: Runs = [0; 5];
    let mut was_dark = false;
    for x in 0..width {
        if x + reach < width {
            sum += luma(picture, x + reach, y);
        }
        if x > reach {
            sum -= luma(picture, x - reach - 1, y);
        }
        let neighbours = (x + reach).min(width - 1) - x.saturating_sub(reach) + 1;
        let is_dark = is_dark(luma(picture, x, y), sum, neighbours);
        if is_dark == was_dark {
            runs[4] += 1;
            continue;
        }
        // A dark run has ended, and with it perhaps a pattern.
        if was_dark && is_pattern(&runs) {
            let middle = x - runs[4] - runs[3] - runs[2].div_ceil(2);
            let mean = Mean { sum, neighbours };
            if column_crosses_pattern(picture, middle, y, runs[2], &mean) {
                return true;
            }
        }
        runs.rotate_left(1);
        runs[4] = 1;
        was_dark = is_dark;
    }
    false
}

/// The brightness that tells dark from light near a place.
struct Mean {
    sum: u32,
    neighbours: u32,
}

/// Whether the column through the middle of what a row crossed crosses a pattern of about the same size.
fn column_crosses_pattern(picture: &RgbImage, x: u32, y: u32, core: u32, mean: &Mean) -> bool {
    let height = picture.height();
    let dark = |y: u32| is_dark(luma(picture, x, y), mean.sum, mean.neighbours);
    // No run is longer than the core twice over; the picture's edge ends a run.
    let run = |from: u32, step: i64, wanted: bool| {
        (0..2 * core)
            .take_while(|&n| {
                let at = i64::from(from) + step * i64::from(n);
                u32::try_from(at).is_ok_and(|at| at < height && dark(at) == wanted)
            })
            .count() as u32
    };
    let arm = |from: u32, step: i64| {
        let moved =
            |n: u32| u32::try_from(i64::from(from) + step * i64::from(n)).unwrap_or(u32::MAX);
        let core = run(from, step, true);
        let light = run(moved(core), step, false);
        (core, light, run(moved(core + light), step, true))
    };
    let (upper, above, top) = arm(y, -1);
    let (lower, below, bottom) = arm(y, 1);
    // The row itself is in both arms.
    let middle = (upper + lower).saturating_sub(1);
    is_pattern(&[top, above, middle, below, bottom]) && middle < 2 * core && core < 2 * middle
}

fn luma(picture: &RgbImage, x: u32, y: u32) -> u32 {
    let [r, g, b] = picture.get_pixel(x, y).0.map(u32::from);
    (r + 2 * g + b) / 4
}

/// An eighth darker than the neighbours, which noise is not.
fn is_dark(luma: u32, sum: u32, neighbours: u32) -> bool {
    8 * luma * neighbours < 7 * sum
}

/// 1:1:3:1:1, each run off by three quarters of its own length at most: blur and noise eat from one side.
fn is_pattern(runs: &Runs) -> bool {
    let total: u32 = runs.iter().sum();
    if runs.contains(&0) || total < LEAST {
        return false;
    }
    // In 28ths of the whole: a module has four.
    [1, 1, 3, 1, 1]
        .iter()
        .zip(runs)
        .all(|(modules, run)| (28 * run).abs_diff(4 * modules * total) <= modules * 3 * total)
}
