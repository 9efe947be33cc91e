//! A door at which too much was tried lets nobody in for a time, and for longer each time.

use std::time::Duration;

use crate::domain::Moment;

/// When and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockoutRules {
    /// Failed attempts in a row that lock the door; 0 to never lock it.
    pub attempts: u8,
    /// The first lock-out; each further one takes twice as long.
    pub first: Duration,
    /// The longest lock-out; without an attempt for so long all is forgotten.
    pub longest: Duration,
}

impl Default for LockoutRules {
    fn default() -> Self {
        Self {
            attempts: 5,
            first: Duration::from_secs(30),
            longest: Duration::from_secs(600),
        }
    }
}

/// The count of one door.
#[derive(Debug)]
pub struct Lockout {
    rules: LockoutRules,
    failures: u8,
    /// Lock-outs in a row.
    times: u32,
    /// The end of the last lock-out, or the last failure.
    last: Moment,
}

impl Lockout {
    /// Nothing was tried yet.
    #[must_use]
    pub fn new(rules: LockoutRules) -> Self {
        Self {
            rules,
            failures: 0,
            times: 0,
            last: Moment::default(),
        }
    }

    /// Counts a failed attempt; `Some` is how long the door is now to be locked.
    pub fn fail(&mut self, now: Moment) -> Option<Duration> {
        if self.rules.attempts == 0 {
            return None;
        }
        if now.since(self.last) >= self.rules.longest {
            self.succeed();
        }
        self.last = now;
        self.failures += 1;
        if self.failures < self.rules.attempts {
            return None;
        }
        let factor = 2_u32.saturating_pow(self.times);
        let span = self
            .rules
            .first
            .saturating_mul(factor)
            .min(self.rules.longest);
        self.failures = 0;
        self.times = self.times.saturating_add(1);
        self.last = now + span;
        Some(span)
    }

    /// Somebody was let in: what failed before was no attack.
    pub fn succeed(&mut self) {
        self.failures = 0;
        self.times = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> Moment {
        Moment::new(Duration::from_secs(s))
    }

    fn lock_outs(lockout: &mut Lockout, seconds: impl IntoIterator<Item = u64>) -> Vec<(u64, u64)> {
        let fail = |s| Some((s, lockout.fail(at(s))?.as_secs()));
        seconds.into_iter().filter_map(fail).collect()
    }

    #[test]
    fn each_lock_out_takes_twice_as_long_up_to_the_longest() {
        let mut lockout = Lockout::new(LockoutRules::default());
        let spans: Vec<u64> = lock_outs(&mut lockout, 0..40)
            .into_iter()
            .map(|(_, span)| span)
            .collect();
        assert_eq!(spans, [30, 60, 120, 240, 480, 600, 600, 600]);
    }

    #[test]
    fn a_grant_forgives_and_so_does_a_long_silence() {
        let mut lockout = Lockout::new(LockoutRules::default());
        assert_eq!(lock_outs(&mut lockout, 0..4), []);
        lockout.succeed();
        assert_eq!(lock_outs(&mut lockout, 4..9), [(8, 30)]);
        // The lock-out ends at 38.
        assert_eq!(lock_outs(&mut lockout, 700..705), [(704, 30)]);
        assert_eq!(lock_outs(&mut lockout, 734..739), [(738, 60)]);
    }

    #[test]
    fn it_can_be_switched_off() {
        let rules = LockoutRules {
            attempts: 0,
            ..LockoutRules::default()
        };
        assert_eq!(lock_outs(&mut Lockout::new(rules), 0..200), []);
    }
}
