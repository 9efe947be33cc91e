//! A contact that bounces, made into one that does not.

use std::time::Duration;

use crate::domain::Moment;

/// Believes a level once it has held for a time.
#[derive(Debug, Clone)]
pub(super) struct Debounce {
    time: Duration,
    settled: Option<bool>,
    /// Another level than the settled one, and since when.
    pending: Option<(bool, Moment)>,
}

impl Debounce {
    pub(super) fn new(time: Duration) -> Self {
        Self {
            time,
            settled: None,
            pending: None,
        }
    }

    /// The level that the contact has now.
    pub(super) fn sense(&mut self, now: Moment, active: bool) {
        if self.settled == Some(active) {
            self.pending = None;
        } else if self.pending.is_none_or(|(level, _)| level != active) {
            self.pending = Some((active, now));
        }
    }

    /// A change that has held for long enough: the new level and when it began.
    pub(super) fn settle(&mut self, now: Moment) -> Option<Change> {
        let time = self.time;
        let (active, since) = self
            .pending
            .take_if(|(_, since)| now.since(*since) >= time)?;
        let is_first = self.settled.replace(active).is_none();
        Some(Change {
            active,
            since,
            is_first,
        })
    }
}

/// A level that is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) active: bool,
    pub(super) since: Moment,
    /// Nothing was known before.
    pub(super) is_first: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TIME: u64 = 50;

    fn at(ms: u64) -> Moment {
        Moment::new(Duration::from_millis(ms))
    }

    fn settled(contact: &mut Debounce, ms: u64) -> Option<(bool, Moment)> {
        contact
            .settle(at(ms))
            .map(|change| (change.active, change.since))
    }

    #[test]
    fn a_bounce_is_no_change_and_a_change_begins_with_its_last_bounce() {
        let mut contact = Debounce::new(Duration::from_millis(TIME));
        contact.sense(at(0), false);
        assert_eq!(settled(&mut contact, 49), None);
        assert_eq!(settled(&mut contact, 50), Some((false, at(0))));
        contact.sense(at(100), true);
        contact.sense(at(110), false);
        contact.sense(at(120), true);
        assert_eq!(settled(&mut contact, 169), None);
        assert_eq!(settled(&mut contact, 170), Some((true, at(120))));
        assert_eq!(settled(&mut contact, 500), None, "told once");
    }

    proptest! {
        /// Whatever the contact does, changes alternate, and each level held for the time.
        #[test]
        fn changes_alternate(steps in proptest::collection::vec((0u64..120, any::<bool>()), 0..80)) {
            let mut contact = Debounce::new(Duration::from_millis(TIME));
            let (mut now, mut last) = (0, None);
            for (wait, active) in steps {
                now += wait;
                if let Some(change) = contact.settle(at(now)) {
                    prop_assert_ne!(last, Some(change.active));
                    prop_assert_eq!(change.is_first, last.is_none());
                    prop_assert!(at(now).since(change.since) >= Duration::from_millis(TIME));
                    last = Some(change.active);
                }
                contact.sense(at(now), active);
            }
        }
    }
}
