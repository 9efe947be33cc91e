//! The same person a moment later.

use super::*;

/// Somebody new to the camera stands there until the outcome, and leaves.
fn visit(door: &mut Door, subject: &str) {
    door.track += 1;
    door.frames(6, &candidate(subject, 0.9), LIVE);
    (0..40).for_each(|_| door.nobody());
}

fn door() -> Door {
    let mut door = Door::new();
    let policy = Policy {
        anti_passback: Duration::from_secs(60),
        ..Policy::default()
    };
    door.transaction = Transaction::new(policy, at(0), || Some(7));
    door
}

#[test]
fn nobody_is_let_in_twice_within_the_time_and_others_are() {
    let mut door = door();
    for subject in ["17", "17", "18"] {
        visit(&mut door, subject);
    }
    assert_eq!(door.verdicts(), ["mated", "already_passed", "mated"]);
    assert_eq!(door.releases(), 2);
    (0..600).for_each(|_| door.nobody());
    visit(&mut door, "17");
    assert_eq!(door.releases(), 3);
}

#[test]
fn a_strike_that_failed_let_nobody_in() {
    let mut door = door();
    door.frames(3, &candidate("17", 0.9), LIVE);
    assert_eq!(door.releases(), 1);
    door.step(Input::Fault(Fault::StrikeFailed));
    visit(&mut door, "17");
    assert_eq!(door.verdicts(), ["mated", "mated"]);
}
