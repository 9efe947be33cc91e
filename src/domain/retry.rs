//! How long to wait before a lost device is tried again.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// The wait before the next attempt after `failures` in a row: 100 ms, doubled each time, at most 5 s.
#[must_use]
pub fn retry_delay(failures: u32) -> Duration {
    let factor = 2u32.saturating_pow(failures.saturating_sub(1));
    FIRST.saturating_mul(factor).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_its_ceiling() {
        let waits: Vec<_> = (0..8).map(|n| retry_delay(n).as_millis()).collect();
        assert_eq!(waits, [100, 100, 200, 400, 800, 1600, 3200, 5000]);
        assert_eq!(retry_delay(u32::MAX), LONGEST);
    }
}
