//! Enrolment at the door, in the middle of its other business.

use super::*;
use crate::domain::onboarding::tests::{Shown, frame, order};
use crate::domain::{EnrolmentEnd, EnrolmentStage};

impl Door {
    /// Frames of somebody enrolled, as the analysis would bring them, one each 100 ms.
    fn shows(&mut self, millis: u64, yaw: f32) {
        for _ in 0..millis / 100 {
            self.clock += 100;
            let mut analysis = frame(
                at(self.clock),
                Shown {
                    yaw,
                    ..Shown::default()
                },
            );
            // If the door compared, this would be who is let in.
            if let Some(sighting) = &mut analysis.sighting
                && self.transaction.demand().comparison.is_some()
            {
                let known = candidate("17", 0.95);
                let candidates = std::iter::once(known).collect();
                sighting.comparison = Some(Comparison::Identification(candidates));
            }
            self.step(Input::Analysed(analysis));
        }
    }

    fn stages(&self) -> Vec<&'static str> {
        let updates = self.log.iter().filter_map(|effect| match effect {
            Effect::Enrolment(update) => Some(update.stage.code()),
            _ => None,
        });
        updates.collect()
    }

    fn agrees(&mut self) {
        self.step(Input::Enrol(order(1)));
        self.shows(1_500, 0.0);
        self.shows(1_000, -25.0);
        self.shows(200, 0.0);
    }

    fn is_at_rest(&self) -> bool {
        matches!(self.transaction.state, State::Idle)
    }
}

#[test]
fn the_one_being_enrolled_is_not_let_in_and_the_door_then_goes_on() {
    let mut door = Door::new();
    door.frames(2, &candidate("17", 0.9), LIVE);
    door.agrees();
    assert!(door.transaction.demand().covers && door.transaction.demand().liveness);
    door.shows(2_000, 0.0);
    let kept = door.log.iter().filter(|e| matches!(e, Effect::Enrol(_)));
    assert_eq!(kept.count(), 1);
    assert!(!door.transaction.admits_enrolment());
    let end = EnrolmentEnd::Enrolled;
    door.step(Input::EnrolmentSaved { id: 2, end });
    assert!(!door.stages().contains(&"enrolled"), "of another order");
    door.step(Input::EnrolmentSaved { id: 1, end });
    door.step(Input::Claimed("17".parse().unwrap()));
    door.shows(2_000, 0.0);
    let expected = [
        "asking",
        "capturing",
        "capturing",
        "capturing",
        "capturing",
        "capturing",
        "saving",
        "enrolled",
    ];
    assert_eq!(door.stages(), expected);
    assert_eq!((door.releases(), door.verdicts().len()), (0, 0));
    door.shows(4_000, 0.0);
    assert_eq!(door.releases(), 1, "as anybody else, once it is over");
}

#[test]
fn every_end_brings_the_door_back() {
    type End = fn(&mut Door);
    let ends: [(&str, End); 5] = [
        ("cancelled", |d| d.step(Input::EnrolmentCancelled(1))),
        ("left", |d| {
            (0..20).for_each(|_| d.nobody());
        }),
        ("failed", |d| d.step(Input::Fault(Fault::AnalysisFailed))),
        ("failed", |d| d.step(Input::Fault(Fault::AuditUnavailable))),
        ("failed", |d| d.wait(6_000)),
    ];
    for (code, end) in ends {
        let mut door = Door::new();
        door.agrees();
        end(&mut door);
        assert_eq!(door.stages().last(), Some(&code));
        assert_eq!(door.releases(), 0);
        // Out of service until a frame comes, or on show.
        (0..35).for_each(|_| door.nobody());
        assert!(door.is_at_rest(), "{code}: {:?}", door.transaction.state);
        assert!(door.transaction.admits_enrolment());
    }
}

#[test]
fn a_second_order_waits_and_a_foreign_cancellation_does_nothing() {
    let mut door = Door::new();
    door.agrees();
    door.step(Input::Enrol(order(2)));
    door.step(Input::EnrolmentCancelled(2));
    let capturing = matches!(
        &door.transaction.state,
        State::Enrolling(onboarding) if onboarding.is(1)
            && matches!(onboarding.stage(), EnrolmentStage::Capturing { .. })
    );
    assert!(capturing);
}

#[test]
fn out_of_service_nobody_is_enrolled() {
    let mut door = Door::new();
    door.step(Input::Fault(Fault::CameraLost));
    assert!(!door.transaction.admits_enrolment());
    door.step(Input::Enrol(order(1)));
    assert!(door.stages().is_empty());
}
