//! Too many failed attempts.

use super::*;
use crate::domain::onboarding::tests::order;
use crate::domain::{Alarm, DoorEvent};

const RAISED: Effect = Effect::Report(DoorEvent::Raised(Alarm::LockedOut));
const CLEARED: Effect = Effect::Report(DoorEvent::Cleared(Alarm::LockedOut));

/// One attempt with a picture, by somebody new, and the cool-down after it.
fn attack(door: &mut Door) {
    door.track += 1;
    door.frames(6, &candidate("17", 0.9), SPOOF);
    let end = door.clock + 4_000;
    served_until(door, end);
}

fn locked() -> Door {
    let mut door = Door::new();
    (0..5).for_each(|_| attack(&mut door));
    assert_eq!(door.verdicts(), ["presentation_attack"; 5]);
    assert!(door.log.contains(&RAISED));
    door
}

fn served_until(door: &mut Door, clock: u64) {
    while door.clock < clock {
        door.nobody();
    }
}

#[test]
fn nobody_is_compared_or_let_in_while_the_door_is_locked_and_all_are_afterwards() {
    let mut door = locked();
    assert_eq!(door.log.last(), Some(&Effect::Show(Screen::LockedOut)));
    let person = candidate("17", 0.9);
    door.track += 1;
    assert_eq!(door.transaction.demand().comparison, None);
    door.frames(20, &person, LIVE);
    door.step(Input::Claimed("17".parse().unwrap()));
    door.frames(20, &person, LIVE);
    assert_eq!(door.releases(), 0);

    let end = door.clock + 30_000;
    served_until(&mut door, end);
    assert!(door.log.ends_with(&[CLEARED, Effect::Show(Screen::Idle)]));
    door.frames(6, &person, LIVE);
    assert_eq!(door.releases(), 1);
}

#[test]
fn a_fault_does_not_unlock_the_door() {
    let mut door = locked();
    door.step(Input::Fault(Fault::CameraLost));
    assert_eq!(door.log.last(), Some(&Effect::Show(Screen::OutOfService)));
    door.nobody();
    assert_eq!(door.log.last(), Some(&Effect::Show(Screen::LockedOut)));
    door.frames(6, &candidate("17", 0.9), LIVE);
    assert_eq!(door.releases(), 0);
}

#[test]
fn an_enrolment_does_not_unlock_the_door() {
    let mut door = locked();
    door.step(Input::Enrol(order(1)));
    assert!(matches!(door.transaction.state, State::Enrolling(_)));
    door.step(Input::EnrolmentCancelled(1));
    let end = door.clock + 5_000;
    served_until(&mut door, end);
    assert_eq!(door.log.last(), Some(&Effect::Show(Screen::LockedOut)));
    door.track += 1;
    door.frames(20, &candidate("17", 0.9), LIVE);
    assert_eq!(door.releases(), 0);
}

#[test]
fn a_stranger_who_stays_is_one_attempt() {
    let mut door = Door::new();
    door.frames(400, &candidate("17", 0.2), LIVE);
    assert!(door.verdicts().len() > 5);
    assert!(!door.log.contains(&RAISED));
}

#[test]
fn a_grant_forgives() {
    let mut door = Door::new();
    for _ in 0..3 {
        (0..4).for_each(|_| attack(&mut door));
        door.track += 1;
        door.frames(6, &candidate("17", 0.9), LIVE);
        let end = door.clock + 4_000;
        served_until(&mut door, end);
    }
    assert_eq!(door.releases(), 3);
    assert!(!door.log.contains(&RAISED));
}
