//! The cues pixel by pixel, to hold the quick ones against.

use std::f64::consts::TAU;

use image::RgbImage;

use crate::domain::BoundingBox;
use crate::domain::liveness::{FramePrint, ImageCues};

/// ITU-R BT.601.
pub fn luma(image: &RgbImage, x: u32, y: u32) -> u8 {
    let [r, g, b] = image.get_pixel(x, y).0.map(u32::from);
    ((299 * r + 587 * g + 114 * b) / 1000) as u8
}

pub fn frame_print(image: &RgbImage) -> FramePrint {
    let (columns, rows) = (FramePrint::COLUMNS, FramePrint::ROWS);
    let mut sums = vec![(0u32, 0u32); columns * rows];
    for (x, y, _) in image.enumerate_pixels() {
        let row = y as usize * rows / image.height() as usize;
        let column = x as usize * columns / image.width() as usize;
        let (sum, count) = &mut sums[row * columns + column];
        *sum += u32::from(luma(image, x, y));
        *count += 1;
    }
    let means = sums
        .into_iter()
        .map(|(sum, count)| sum as f32 / count.max(1) as f32);
    FramePrint::new(means)
}

pub fn read(image: &RgbImage, bounds: &BoundingBox) -> ImageCues {
    ImageCues {
        moire: moire(image, bounds),
        bezel: bezel(image, bounds),
        screen_frame: screen_frame(image, bounds),
    }
}

pub fn bezel(image: &RgbImage, bounds: &BoundingBox) -> f32 {
    let centre = bounds.centre();
    let half = bounds.width.max(bounds.height) / 2.0;
    let brightness = |horizontal: bool, across: i64, along: i64| {
        let (x, y) = if horizontal {
            (along, across)
        } else {
            (across, along)
        };
        let inside = (0..i64::from(image.width())).contains(&x)
            && (0..i64::from(image.height())).contains(&y);
        inside.then(|| i32::from(luma(image, x as u32, y as u32)))
    };
    let has_edge = |horizontal: bool, direction: f32| {
        let (across, along) = if horizontal {
            (centre.y, centre.x)
        } else {
            (centre.x, centre.y)
        };
        let longest = i64::from(image.width().max(image.height()));
        let at = |distance: f32| ((across + direction * distance * half) as i64).clamp(-3, longest);
        let (a, b) = (at(1.15), at(2.6));
        let from = ((along - half) as i64).clamp(0, longest);
        let to = ((along + half) as i64).clamp(0, longest);
        let steps = |position: i64| {
            let step = |along: i64| {
                let before = brightness(horizontal, position - 3, along)?;
                let after = brightness(horizontal, position + 3, along)?;
                Some((before - after).abs() >= 24)
            };
            (from..to).filter(|&t| step(t) == Some(true)).count()
        };
        to - from >= 16
            && (a.min(b)..=a.max(b)).any(|p| steps(p) as f32 >= 0.85 * (to - from) as f32)
    };
    let sides = [(false, -1.0), (false, 1.0), (true, -1.0), (true, 1.0)];
    let sides = sides.into_iter().filter(|&(h, d)| has_edge(h, d)).count();
    [0.0, 0.0, 0.0, 0.5, 1.0][sides]
}

/// By the definition of the transform, in f64.
pub fn moire(image: &RgbImage, bounds: &BoundingBox) -> f32 {
    const SIDE: usize = 128;
    let centre = bounds.centre();
    let (left, top) = (centre.x as i64 - 64, centre.y as i64 - 64);
    let fits = centre.x.abs() < 1e6
        && centre.y.abs() < 1e6
        && bounds.width.min(bounds.height) >= SIDE as f32
        && left.min(top) >= 0
        && left + 128 <= i64::from(image.width())
        && top + 128 <= i64::from(image.height());
    if !fits {
        return 0.0;
    }
    let window = |i: usize| 0.5 - 0.5 * (TAU * (i as f64 + 0.5) / SIDE as f64).cos();
    let value =
        |x: usize, y: usize| f64::from(luma(image, left as u32 + x as u32, top as u32 + y as u32));
    let places = || (0..SIDE * SIDE).map(|i| (i % SIDE, i / SIDE));
    let mean = places().map(|(x, y)| value(x, y)).sum::<f64>() / (SIDE * SIDE) as f64;
    let square = places().map(|(x, y)| ((value(x, y) - mean) * window(x) * window(y), 0.0));
    let turns: Vec<(f64, f64)> = (0..SIDE)
        .map(|i| (-TAU * i as f64 / SIDE as f64).sin_cos())
        .collect();
    // Each row to its transform, and rows to columns.
    let rows_to_columns = |square: Vec<(f64, f64)>| {
        let transformed = places().map(|(y, u)| {
            let row = square[y * SIDE..].iter().take(SIDE).enumerate();
            row.fold((0.0, 0.0), |(re, im), (x, value)| {
                let (sin, cos) = turns[u * x % SIDE];
                (
                    re + value.0 * cos - value.1 * sin,
                    im + value.0 * sin + value.1 * cos,
                )
            })
        });
        transformed.collect::<Vec<_>>()
    };
    let spectrum = rows_to_columns(rows_to_columns(square.collect()));
    let signed = |i: usize| i as f64 - if i < 64 { 0.0 } else { 128.0 };
    let mut rings = vec![Vec::new(); 61];
    for ((u, v), (re, im)) in places().zip(spectrum) {
        let (u, v) = (signed(u), signed(v));
        let radius = u.hypot(v);
        if (16.0..60.0).contains(&radius) && u.abs() >= 3.0 && v.abs() >= 3.0 {
            rings[radius as usize].push(re * re + im * im);
        }
    }
    let peaks = rings.iter_mut().filter(|ring| ring.len() > 8).map(|ring| {
        ring.sort_by(f64::total_cmp);
        ring[ring.len() - 1] / ring[ring.len() / 2].max(5_000.0)
    });
    let peak = peaks.fold(1.0, f64::max).log10();
    ((peak - 2.3) / 0.9).clamp(0.0, 1.0) as f32
}

pub fn screen_frame(image: &RgbImage, bounds: &BoundingBox) -> f32 {
    let side = bounds.width.max(bounds.height);
    let centre = bounds.centre();
    if !((16.0..1e5).contains(&side) && centre.x.abs() < 1e6 && centre.y.abs() < 1e6) {
        return 0.0;
    }
    let clip = |value: f32, end: u32| (value.max(0.0) as u32).min(end);
    let (reach, height) = ((1.75 + 0.2) * side, 0.6 * side);
    let left = clip(centre.x - reach, image.width());
    let right = clip(centre.x + reach, image.width());
    let top = clip(centre.y - height, image.height());
    let bottom = clip(centre.y + height, image.height());
    let scale = 64.0 / side;
    let width = (right.saturating_sub(left) as f32 * scale) as u32;
    let rows = (bottom.saturating_sub(top) as f32 * scale) as u32;
    if rows < 51 || width < 8 {
        return 0.0;
    }
    let part = |i: u32, count: u32, first: u32, end: u32| {
        let at = |i: u32| first + i * (end - first) / count;
        at(i)..at(i + 1).max(at(i) + 1)
    };
    let mean = |x: u32, y: u32| {
        let (across, down) = (part(x, width, left, right), part(y, rows, top, bottom));
        let count = (across.len() * down.len()) as u32;
        let sum: u32 = down
            .flat_map(|y| across.clone().map(move |x| u32::from(luma(image, x, y))))
            .sum();
        (sum / count) as u8
    };
    let reduced: Vec<Vec<u8>> = (0..rows)
        .map(|y| (0..width).map(|x| mean(x, y)).collect())
        .collect();
    let has_frame = |line: &[u8], first: i32, width: i32| {
        let (before, after) = (first - 2, first + width + 1);
        if before < 0 || after >= line.len() as i32 {
            return false;
        }
        let frame = &line[first as usize..(first + width) as usize];
        let brightest = *frame.iter().max().unwrap();
        brightest <= 72
            && line[before as usize] > brightest + 14
            && line[after as usize] > brightest + 14
    };
    let (column, row) = (
        (centre.x - left as f32) * scale,
        (centre.y - top as f32) * scale,
    );
    let band = |direction: f32| {
        let mut best = 0;
        for tilt in super::screen_frame::TILTS {
            for (step, width) in (0..76).flat_map(|step| [2, 4, 7].map(|width| (step, width))) {
                let column = column + direction * (0.55 * 64.0 + step as f32);
                let lines = reduced.iter().enumerate().filter(|(y, line)| {
                    let middle = (column + tilt * (*y as f32 - row)).round() as i32;
                    has_frame(line, middle - width / 2, width)
                });
                best = lines.count().max(best);
            }
        }
        best as f32 / rows as f32
    };
    let (left, right) = (band(-1.0), band(1.0));
    if left.min(right) < 0.45 {
        return 0.0;
    }
    (((left + right) / 2.0 - 0.45) / (0.7 - 0.45)).clamp(0.0, 1.0)
}
