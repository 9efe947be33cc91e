//! A QR code that a camera sees: its modules are the input's bits, round the patterns by which it is found.
#![no_main]

use image::{Rgb, RgbImage};
use libfuzzer_sys::fuzz_target;
use ostiary::capture::read_claim;
use ostiary_fuzz::assert_plain;

const PIXELS: u32 = 3;
const QUIET: u32 = 4;

/// Whether a module of the three finder patterns is dark, with the light one round them (ISO/IEC 18004, 6.3.3).
fn finder(side: u32, x: u32, y: u32) -> Option<bool> {
    [(0, 0), (side - 7, 0), (0, side - 7)]
        .into_iter()
        .find_map(|(left, top)| {
            let ring = (x.abs_diff(left + 3)).max(y.abs_diff(top + 3));
            (ring <= 4).then_some(ring != 2 && ring != 4)
        })
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&version, bits)) = bytes.split_first() else {
        return;
    };
    let side = 21 + 4 * u32::from(version % 6);
    let dark = |x, y| {
        let timing = (x == 6 || y == 6).then_some((x + y) % 2 == 0);
        finder(side, x, y).or(timing).unwrap_or_else(|| {
            let at = (y * side + x) as usize;
            bits.get(at / 8)
                .is_some_and(|byte| byte >> (at % 8) & 1 == 1)
        })
    };
    let picture = RgbImage::from_fn(
        PIXELS * (side + 2 * QUIET),
        PIXELS * (side + 2 * QUIET),
        |x, y| {
            let module = |at: u32| (at / PIXELS).checked_sub(QUIET).filter(|at| *at < side);
            let level = match (module(x), module(y)) {
                (Some(x), Some(y)) if dark(x, y) => 20,
                _ => 230,
            };
            Rgb([level; 3])
        },
    );
    if let Some(Err(error)) = read_claim(&picture) {
        assert_plain(&error.to_string());
    }
});
