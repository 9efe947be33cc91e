//! How often somebody may ask, and how often somebody may guess.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::keys::ClientId;
use crate::domain::Moment;

/// Requests a minute of each key; a burst of as many is fine.
pub(super) struct RateLimit {
    limiter: DefaultKeyedRateLimiter<ClientId>,
    clock: DefaultClock,
}

impl RateLimit {
    pub fn new(per_minute: NonZeroU32) -> Self {
        Self {
            limiter: RateLimiter::keyed(Quota::per_minute(per_minute)),
            clock: DefaultClock::default(),
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// How long to wait, if there were too many.
    pub fn check(&self, client: &ClientId) -> Result<(), Duration> {
        self.limiter
            .check_key(client)
            .map_err(|until| until.wait_time_from(self.clock.now()))
    }
}

/// Who showed wrong credentials lately, by address and the id that was shown.
#[derive(Default)]
pub(super) struct LockOut(Mutex<HashMap<Guesser, Guesses>>);

/// The id if it is a key's, so that one client's mistakes don't lock out others behind the same address.
type Guesser = (IpAddr, Option<ClientId>);

struct Guesses {
    wrong: u32,
    last: Moment,
}

impl LockOut {
    /// The wrong try that locks.
    const LIMIT: u32 = 5;
    /// After the first try too many; each further one doubles it.
    const FIRST: Duration = Duration::from_secs(10);
    const LONGEST: Duration = Duration::from_secs(15 * 60);
    /// When all is forgiven.
    const MEMORY: Duration = Duration::from_secs(60 * 60);
    /// Guessers that are remembered; beyond it those who are quiet longest are forgotten.
    const GUESSERS: usize = 4096;

    /// How long this guesser is locked out still.
    pub fn remaining(&self, guesser: &Guesser, now: Moment) -> Option<Duration> {
        let guesses = self.guesses();
        let guesses = guesses.get(guesser)?;
        let over = guesses.wrong.checked_sub(Self::LIMIT)?;
        let span = Self::FIRST
            .saturating_mul(1_u32.checked_shl(over).unwrap_or(u32::MAX))
            .min(Self::LONGEST);
        span.checked_sub(now.since(guesses.last))
            .filter(|left| !left.is_zero())
    }

    /// Notes wrong credentials.
    pub fn failed(&self, guesser: Guesser, now: Moment) {
        let mut guesses = self.guesses();
        guesses.retain(|_, guesses| now.since(guesses.last) < Self::MEMORY);
        if guesses.len() >= Self::GUESSERS
            && let Some(oldest) = guesses
                .iter()
                .min_by_key(|(_, guesses)| guesses.last)
                .map(|(guesser, _)| guesser.clone())
        {
            guesses.remove(&oldest);
        }
        let entry = guesses.entry(guesser).or_insert(Guesses {
            wrong: 0,
            last: now,
        });
        entry.wrong = entry.wrong.saturating_add(1);
        entry.last = now;
    }

    /// Notes right credentials.
    pub fn succeeded(&self, guesser: &Guesser) {
        self.guesses().remove(guesser);
    }

    fn guesses(&self) -> MutexGuard<'_, HashMap<Guesser, Guesses>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Guesser = (IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), None);

    fn at(seconds: u64) -> Moment {
        Moment::new(Duration::from_secs(seconds))
    }

    fn guess(lock_out: &LockOut, times: u32, now: Moment) {
        for _ in 0..times {
            lock_out.failed(HERE, now);
        }
    }

    #[test]
    fn the_fifth_wrong_try_locks_and_each_further_one_longer() {
        let lock_out = LockOut::default();
        guess(&lock_out, 4, at(0));
        assert_eq!(lock_out.remaining(&HERE, at(0)), None);
        guess(&lock_out, 1, at(0));
        assert_eq!(
            lock_out.remaining(&HERE, at(3)),
            Some(Duration::from_secs(7))
        );
        assert_eq!(lock_out.remaining(&HERE, at(10)), None);
        guess(&lock_out, 1, at(10));
        assert_eq!(
            lock_out.remaining(&HERE, at(10)),
            Some(Duration::from_secs(20))
        );
        guess(&lock_out, 1000, at(10));
        assert_eq!(lock_out.remaining(&HERE, at(10)), Some(LockOut::LONGEST));
    }

    #[test]
    fn the_right_secret_and_time_forgive() {
        let lock_out = LockOut::default();
        guess(&lock_out, 9, at(0));
        lock_out.succeeded(&HERE);
        assert_eq!(lock_out.remaining(&HERE, at(0)), None);
        guess(&lock_out, 9, at(0));
        guess(&lock_out, 1, at(2 * 60 * 60));
        assert_eq!(lock_out.remaining(&HERE, at(2 * 60 * 60)), None);
    }

    #[test]
    fn guessers_are_bounded() {
        let lock_out = LockOut::default();
        for number in 0..LockOut::GUESSERS as u32 + 100 {
            let address = IpAddr::from(number.to_be_bytes());
            lock_out.failed((address, None), at(u64::from(number)));
        }
        assert!(lock_out.guesses().len() <= LockOut::GUESSERS);
    }

    #[test]
    fn a_burst_is_free_and_then_it_takes_time() {
        let limit = RateLimit::new(NonZeroU32::new(3).unwrap());
        let client: ClientId = serde_json::from_str("\"c\"").unwrap();
        let other: ClientId = serde_json::from_str("\"d\"").unwrap();
        for _ in 0..3 {
            assert!(limit.check(&client).is_ok());
        }
        let wait = limit.check(&client).unwrap_err();
        assert!(wait <= Duration::from_secs(20), "{wait:?}");
        assert!(limit.check(&other).is_ok());
    }
}
