//! The active challenge before a grant.

use super::*;
use crate::domain::challenge::tests::{Who, doing, face};
use crate::domain::challenge::{Instruction, Observation, Occasion};

/// What the person in front of the door does about instructions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Manner {
    Follows,
    LooksAhead,
    /// Follows, and somebody else takes the place at the first movement.
    GivesWay,
}

impl Door {
    /// What the camera shows of the movements, if they are demanded.
    pub(super) fn movement(&mut self, captured: Moment) -> Option<Observation> {
        let shown = self.log.iter().rev().find_map(|effect| match effect {
            Effect::Show(Screen::Challenge(instruction)) => Some(*instruction),
            _ => None,
        });
        let instruction = shown.filter(|_| self.transaction.demand().movement)?;
        if self.read.is_none_or(|(read, _)| read != instruction) {
            self.read = Some((instruction, self.clock));
        }
        // Nobody reacts at once.
        let is_read = self
            .read
            .is_some_and(|(_, since)| self.clock >= since + 400);
        let acts = is_read && self.manner != Manner::LooksAhead;
        let pose = if acts {
            instruction
        } else {
            Instruction::LookHere
        };
        let replaced = self.manner == Manner::GivesWay && instruction != Instruction::LookHere;
        let who = if replaced { Who::Somebody } else { Who::Asha };
        Some(Observation {
            captured,
            faces: 1,
            face: Some(face(doing(pose).mesh(), who)),
        })
    }
}

fn door(occasions: &[Occasion], manner: Manner) -> Door {
    let mut door = Door::new();
    let policy = Policy {
        challenge: occasions.iter().copied().collect(),
        ..Policy::default()
    };
    let mut state = 9_u32;
    let random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some(state >> 8)
    };
    door.transaction = Transaction::new(policy, at(0), random);
    door.manner = manner;
    door
}

fn instructions(door: &Door) -> usize {
    let is_instruction = |e: &&Effect| matches!(e, Effect::Show(Screen::Challenge(_)));
    door.log.iter().filter(is_instruction).count()
}

#[test]
fn who_follows_the_instructions_is_let_in_after_the_last_of_them() {
    let mut door = door(&[Occasion::EveryGrant], Manner::Follows);
    let person = candidate("17", 0.9);
    door.frames(5, &person, LIVE);
    assert_eq!((door.releases(), instructions(&door)), (0, 1));
    assert!(door.transaction.demand().movement);
    door.frames(250, &person, LIVE);
    assert_eq!(door.verdicts(), ["mated"]);
    assert!(
        instructions(&door) >= 7,
        "three actions, a look before each and after"
    );
}

#[test]
fn who_only_looks_is_not_let_in() {
    let mut door = door(&[Occasion::EveryGrant], Manner::LooksAhead);
    door.frames(120, &candidate("17", 0.9), LIVE);
    assert_eq!(
        (door.releases(), door.verdicts()[0]),
        (0, "challenge_failed")
    );
}

#[test]
fn nobody_takes_the_place_of_who_was_recognised() {
    let mut door = door(&[Occasion::EveryGrant], Manner::GivesWay);
    door.frames(60, &candidate("17", 0.9), LIVE);
    assert_eq!(
        (door.releases(), door.verdicts()[0]),
        (0, "presentation_attack")
    );

    let mut door = self::door(&[Occasion::EveryGrant], Manner::Follows);
    door.frames(5, &candidate("17", 0.9), LIVE);
    door.frames(250, &candidate("18", 0.9), LIVE);
    assert_eq!(door.verdicts()[0], "inconsistent_frames");

    let mut door = self::door(&[Occasion::EveryGrant], Manner::Follows);
    door.frames(3, &candidate("17", 0.9), LIVE);
    (0..250).for_each(|_| door.frame_of_age(50, None, LIVE));
    assert_eq!(
        (door.releases(), door.verdicts()[0]),
        (0, "inconsistent_frames")
    );
}

#[test]
fn it_is_asked_for_when_the_policy_says_so_and_not_otherwise() {
    let asked = |occasion, pad, off_hours| {
        let mut door = door(&[occasion], Manner::LooksAhead);
        door.off_hours = off_hours;
        door.frames(5, &candidate("17", 0.9), pad);
        instructions(&door) > 0
    };
    assert!(asked(Occasion::Doubt, 0.6, false));
    assert!(!asked(Occasion::Doubt, 0.75, false));
    assert!(asked(Occasion::OffHours, 0.9, true));
    assert!(!asked(Occasion::OffHours, 0.9, false));
    assert!(!asked(Occasion::AfterLockout, 0.6, true));
}

#[test]
fn after_a_lock_out_it_is_asked_for_until_somebody_was_let_in() {
    let mut door = door(&[Occasion::AfterLockout], Manner::Follows);
    for _ in 0..5 {
        door.track += 1;
        door.frames(6, &candidate("17", 0.9), SPOOF);
        (0..40).for_each(|_| door.nobody());
    }
    (0..400).for_each(|_| door.nobody());
    let person = candidate("17", 0.9);
    for expected in [true, false] {
        door.log.clear();
        door.track += 1;
        door.frames(200, &person, LIVE);
        assert_eq!(door.verdicts(), ["mated"]);
        assert_eq!(instructions(&door) > 0, expected);
        (0..40).for_each(|_| door.nobody());
    }
}

#[test]
fn a_face_that_is_gone_and_a_fault_end_it() {
    let mut door = door(&[Occasion::EveryGrant], Manner::Follows);
    door.frames(8, &candidate("17", 0.9), LIVE);
    (0..40).for_each(|_| door.nobody());
    assert_eq!(door.verdicts(), ["face_lost"]);

    let mut door = self::door(&[Occasion::EveryGrant], Manner::Follows);
    door.frames(8, &candidate("17", 0.9), LIVE);
    door.step(Input::Fault(Fault::CameraLost));
    assert_eq!((door.releases(), door.verdicts()[0]), (0, "camera_lost"));

    let mut door = self::door(&[Occasion::EveryGrant], Manner::Follows);
    door.frames(8, &candidate("17", 0.9), LIVE);
    door.step(Input::GalleryChanged);
    assert!(
        !door.transaction.demand().movement,
        "comparisons start afresh"
    );
}

#[test]
fn without_random_numbers_nobody_is_let_in() {
    let mut door = door(&[Occasion::EveryGrant], Manner::Follows);
    let policy = *door.transaction.policy();
    door.transaction = Transaction::new(policy, at(0), || None);
    door.frames(5, &candidate("17", 0.9), LIVE);
    assert_eq!(
        (door.releases(), door.verdicts()[0]),
        (0, "analysis_failed")
    );
}
