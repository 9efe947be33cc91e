//! Anti-passback by time: whoever was let in a moment ago is not let in again, so that a badge or a face
//! is not handed back for the next one.
//!
//! A kiosk at one door does not know who left, so there are no zones: it is the time that counts, from
//! the grant on.

use std::time::Duration;

use crate::domain::{Moment, SubjectId};

/// Who passed lately.
#[derive(Debug)]
pub struct Passback {
    span: Duration,
    /// In the order of time; nobody is in it longer than `span`.
    passed: Vec<(SubjectId, Moment)>,
}

impl Passback {
    /// Nobody passed yet. A `span` of zero lets everybody pass as often as they like.
    #[must_use]
    pub fn new(span: Duration) -> Self {
        Self {
            span,
            passed: Vec::new(),
        }
    }

    /// Whether `subject` may pass at `now`.
    #[must_use]
    pub fn admits(&mut self, now: Moment, subject: &SubjectId) -> bool {
        self.passed.retain(|(_, at)| now.since(*at) < self.span);
        self.passed.iter().all(|(passed, _)| passed != subject)
    }

    /// `subject` is let in.
    pub fn pass(&mut self, now: Moment, subject: &SubjectId) {
        if !self.span.is_zero() {
            self.passed.push((subject.clone(), now));
        }
    }

    /// The last one was not let in after all: the strike failed.
    pub fn take_back(&mut self) {
        self.passed.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> Moment {
        Moment::new(Duration::from_secs(s))
    }

    #[test]
    fn the_same_person_waits_and_others_do_not() {
        let ids = ["17", "18"].map(|id| id.parse::<SubjectId>().unwrap());
        let mut passback = Passback::new(Duration::from_secs(60));
        assert!(passback.admits(at(0), &ids[0]));
        passback.pass(at(0), &ids[0]);
        assert!(!passback.admits(at(59), &ids[0]));
        assert!(passback.admits(at(59), &ids[1]));
        assert!(passback.admits(at(60), &ids[0]));
        passback.pass(at(60), &ids[0]);
        passback.take_back();
        assert!(passback.admits(at(61), &ids[0]));
    }

    #[test]
    fn it_can_be_switched_off() {
        let id = "17".parse().unwrap();
        let mut passback = Passback::new(Duration::ZERO);
        passback.pass(at(0), &id);
        assert!(passback.admits(at(0), &id));
    }
}
