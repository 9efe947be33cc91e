//! The door's latest decisions, as the broker gets them.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// A bounded number of decisions, the latest first. The audit log has all of them.
#[derive(Debug, Default)]
pub struct RecentDecisions(Mutex<VecDeque<Value>>);

impl RecentDecisions {
    /// How many are kept.
    pub const KEPT: usize = 100;

    /// Takes one in, in place of the oldest if there are too many.
    pub fn push(&self, decision: Value) {
        let mut decisions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        decisions.truncate(Self::KEPT - 1);
        decisions.push_front(decision);
    }

    /// The latest, at most `limit`.
    #[must_use]
    pub fn latest(&self, limit: usize) -> Vec<Value> {
        let decisions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        decisions.iter().take(limit).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_kept() {
        let decisions = RecentDecisions::default();
        (0..RecentDecisions::KEPT + 7).for_each(|number| decisions.push(number.into()));
        assert_eq!(decisions.latest(2), [106, 105]);
        assert_eq!(decisions.latest(usize::MAX).len(), RecentDecisions::KEPT);
    }
}
