//! How long to wait before the next try to connect.

use std::time::Duration;

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// The wait after `failures` tries in a row (0 for the first): 1 s, doubled each time up to 60 s, plus up
/// to a quarter by `jitter` (0 to 255), so that the doors of a building don't all come back at once.
pub(super) fn back_off(failures: u32, jitter: u8) -> Duration {
    let doubled = SHORTEST.saturating_mul(2_u32.saturating_pow(failures));
    let wait = doubled.min(LONGEST);
    wait + wait * u32::from(jitter) / (4 * 255)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_doubles_from_one_second_to_sixty() {
        let seconds: Vec<u64> = (0..8).map(|n| back_off(n, 0).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);
    }

    proptest! {
        #[test]
        fn it_never_leaves_its_bounds(failures: u32, jitter: u8) {
            let wait = back_off(failures, jitter);
            prop_assert!(wait >= SHORTEST && wait <= LONGEST + LONGEST / 4);
            prop_assert!(wait <= back_off(failures.saturating_add(1), 255));
        }
    }
}
