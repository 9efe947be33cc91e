//! Whether the broker has been away for long enough to say so at the door.

use std::time::Duration;

use super::Moment;

/// Watches the connection to the broker. The door decides without it; only the panel tells.
#[derive(Debug, Default)]
pub struct BrokerWatch {
    /// Since when it has been away.
    lost: Option<Moment>,
    is_offline: bool,
}

impl BrokerWatch {
    /// An absence that is shorter concerns nobody at the door.
    pub const PATIENCE: Duration = Duration::from_secs(5);

    /// Takes in whether the broker is there, or `None` if the door has none.
    pub fn see(&mut self, now: Moment, is_there: Option<bool>) {
        self.lost = match is_there {
            Some(false) => self.lost.or(Some(now)),
            Some(true) | None => None,
        };
        self.is_offline = self
            .lost
            .is_some_and(|lost| now.since(lost) >= Self::PATIENCE);
    }

    /// Whether it has been away for [`Self::PATIENCE`].
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.is_offline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is seen at which second, and whether the last of it makes the door offline.
    type Case<'c> = (&'c [(u64, Option<bool>)], bool);

    #[test]
    fn truth_table() {
        let (away, there) = (Some(false), Some(true));
        let cases: [Case<'_>; 8] = [
            (&[], false),
            (&[(0, None), (60, None)], false),
            (&[(0, there), (60, there)], false),
            (&[(0, away)], false),
            (&[(0, away), (4, away)], false),
            (&[(0, away), (5, away)], true),
            (&[(0, away), (5, away), (6, there)], false),
            // A short return begins the wait anew.
            (&[(0, away), (4, there), (5, away), (9, away)], false),
        ];
        for (seen, expected) in cases {
            let mut watch = BrokerWatch::default();
            for &(second, is_there) in seen {
                watch.see(Moment::new(Duration::from_secs(second)), is_there);
            }
            assert_eq!(watch.is_offline(), expected, "{seen:?}");
        }
    }
}
