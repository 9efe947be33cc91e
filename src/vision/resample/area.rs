//! Shrinking by the mean of what lies under each output pixel.

use image::RgbImage;

use super::{Planes, Window};
use crate::vision::manifest::Normalisation;

/// Averages the picture over the area of each output pixel (`cv::resize`, `INTER_AREA`).
///
/// Keeps its tables and sums from one picture to the next.
#[derive(Debug, Default)]
pub struct AreaResampler {
    columns: Vec<Coverage>,
    /// The source rows of one output row.
    rows: Vec<Coverage>,
    /// Their weighted sum, by bytes of the picture; a black byte more, so that every pixel has four.
    sums: Vec<f32>,
}

/// How much of a source pixel falls into one output pixel.
#[derive(Debug, Clone, Copy)]
struct Coverage {
    target: usize,
    source: usize,
    weight: f32,
}

impl AreaResampler {
    /// Brings a window of the picture to `side` x `side`.
    pub fn resample(
        &mut self,
        image: &RgbImage,
        window: Window,
        side: usize,
        norm: Normalisation,
        out: &mut [f32],
    ) {
        let (width, height) = (image.width() as usize, image.height() as usize);
        self.columns.clear();
        coverage(window.x, window.width, width, side, |c| {
            self.columns.push(c)
        });
        self.rows.clear();
        coverage(window.y, window.height, height, side, |c| self.rows.push(c));
        self.sums.resize(width * 3 + 1, 0.0);
        out.fill(norm.apply(0.0));
        let mut planes = Planes { side, norm, out };
        for rows in self.rows.chunk_by(|a, b| a.target == b.target) {
            add_rows(image, rows, &mut self.sums);
            for columns in self.columns.chunk_by(|a, b| a.target == b.target) {
                let mut sum = [0.0; 4];
                for c in columns {
                    for (sum, value) in sum.iter_mut().zip(&self.sums[c.source * 3..][..4]) {
                        *sum += c.weight * value;
                    }
                }
                planes.put(columns[0].target, rows[0].target, sum);
            }
        }
    }
}

/// The weighted sum of rows of the picture, each `sums.len() - 1` bytes long.
fn add_rows(image: &RgbImage, rows: &[Coverage], sums: &mut [f32]) {
    /// Bytes whose sums stay in registers.
    const RUN: usize = 16;
    let length = sums.len() - 1;
    let row = |c: &Coverage| &image.as_raw()[c.source * length..][..length];
    let (runs, rest) = sums[..length].as_chunks_mut::<RUN>();
    let done = length - rest.len();
    for (i, run) in runs.iter_mut().enumerate() {
        let mut sum = [0.0; RUN];
        for c in rows {
            for (sum, &value) in sum.iter_mut().zip(&row(c)[i * RUN..][..RUN]) {
                *sum += c.weight * f32::from(value);
            }
        }
        *run = sum;
    }
    rest.fill(0.0);
    for c in rows {
        for (sum, &value) in rest.iter_mut().zip(&row(c)[done..]) {
            *sum += c.weight * f32::from(value);
        }
    }
}

/// The source pixels under each output pixel along one axis, in output order.
///
/// The window begins at `start` and is `length` source pixels long; the picture is `size` long.
fn coverage(start: i32, length: i32, size: usize, side: usize, mut each: impl FnMut(Coverage)) {
    let scale = f64::from(length) / side as f64;
    for target in 0..side {
        let from = f64::from(start) + target as f64 * scale;
        let to = from + scale;
        let mut source = from.floor() as i64;
        while (source as f64) < to {
            let overlap = (to.min(source as f64 + 1.0) - from.max(source as f64)) / scale;
            let inside = usize::try_from(source).ok().filter(|&s| s < size);
            // Below a thousandth of a source pixel it is rounding of the bounds, as in OpenCV.
            if let Some(source) = inside.filter(|_| overlap * scale > 1e-3) {
                each(Coverage {
                    target,
                    source,
                    weight: overlap as f32,
                });
            }
            source += 1;
        }
    }
}
