//! People who are asked, as scripts.

mod person;
mod random;

use super::*;
use crate::domain::challenge::tests::{Who, face, sheet};
use person::{FRAME, LEFT, Person, RIGHT};
pub(in crate::domain) use person::{Shown, frame, order};

#[test]
fn who_agrees_and_looks_ahead_is_handed_to_the_store() {
    let mut person = Person::asked();
    assert_eq!(person.onboarding.screen(), Screen::Consent);
    person.agrees();
    let capturing = |done| EnrolmentStage::Capturing { done, wanted: 5 };
    assert_eq!(person.stage(), capturing(0));
    assert!(person.capture.is_none());
    person.looks(100, 0.0);
    assert_eq!(person.stage(), capturing(1));
    person.looks(2_000, 0.0);
    assert_eq!(person.stage(), EnrolmentStage::Saving);
    let capture = person.capture.take().unwrap();
    assert_eq!(capture.samples.len(), 5);
    assert_eq!(
        Some(capture.consented),
        person.onboarding.update().consented
    );
    let now = person.now();
    person.onboarding.end(now, EnrolmentEnd::Enrolled);
    assert_eq!(
        person.onboarding.screen(),
        Screen::EnrolmentEnded(EnrolmentEnd::Enrolled)
    );
}

/// What the person does, and what it comes to.
type Story = (&'static str, fn(&mut Person), &'static str);

#[test]
fn truth_table() {
    let stories: [Story; 21] = [
        (
            "turns slowly",
            |p| {
                p.looks(1_500, 0.0)
                    .looks(300, -6.0)
                    .looks(300, -11.0)
                    .looks(1_000, -20.0)
                    .looks(100, 0.0);
            },
            "capturing",
        ),
        (
            "nobody comes",
            |p| {
                p.is_gone(61_000);
            },
            "timed_out",
        ),
        (
            "looks and does nothing",
            |p| {
                p.looks(50_000, 0.0);
            },
            "asking",
        ),
        (
            "looks for too long",
            |p| {
                p.looks(61_000, 0.0);
            },
            "timed_out",
        ),
        (
            "says no",
            |p| {
                p.looks(1_500, 0.0).looks(1_000, LEFT);
            },
            "declined",
        ),
        (
            "walks away",
            |p| {
                p.looks(1_500, 0.0).is_gone(1_600);
            },
            "left",
        ),
        (
            "turns before it can be read",
            |p| {
                p.looks(500, 0.0).looks(1_000, RIGHT).looks(500, 0.0);
            },
            "asking",
        ),
        (
            "turns for a moment only",
            |p| {
                p.looks(1_500, 0.0).looks(400, RIGHT).looks(500, 0.0);
            },
            "asking",
        ),
        (
            "does not look back",
            |p| {
                p.looks(1_500, 0.0).looks(9_000, RIGHT);
            },
            "asking",
        ),
        (
            "turns twice for a moment",
            |p| {
                p.looks(1_500, 0.0)
                    .looks(400, RIGHT)
                    .looks(100, 0.0)
                    .looks(400, RIGHT)
                    .looks(100, 0.0);
            },
            "asking",
        ),
        (
            "turns while somebody else is there",
            |p| {
                p.looks(1_500, 0.0)
                    .shows(
                        1_000,
                        Shown {
                            yaw: RIGHT,
                            faces: 2,
                            ..Shown::default()
                        },
                    )
                    .looks(500, 0.0);
            },
            "asking",
        ),
        (
            "turns far away",
            |p| {
                let far = Shown {
                    is_near: false,
                    ..Shown::default()
                };
                p.shows(1_500, far)
                    .shows(1_000, Shown { yaw: RIGHT, ..far })
                    .shows(500, far);
            },
            "asking",
        ),
        (
            "tries again",
            |p| {
                p.looks(1_500, 0.0).looks(400, RIGHT).agrees();
            },
            "capturing",
        ),
        (
            "agrees and gives way to somebody",
            |p| {
                p.agrees().shows(
                    100,
                    Shown {
                        who: Who::Somebody,
                        ..Shown::default()
                    },
                );
            },
            "another_person",
        ),
        (
            "agrees and leaves",
            |p| {
                p.agrees().is_gone(1_600);
            },
            "left",
        ),
        (
            "agrees and takes too long",
            |p| {
                p.agrees().shows(
                    61_000,
                    Shown {
                        quality: 10,
                        ..Shown::default()
                    },
                );
            },
            "timed_out",
        ),
        (
            "agrees and does not live",
            |p| {
                p.agrees().shows(
                    3_000,
                    Shown {
                        pad: Some(0.1),
                        ..Shown::default()
                    },
                );
            },
            "presentation_attack",
        ),
        (
            "agrees and is covered",
            |p| {
                p.agrees().shows(
                    9_000,
                    Shown {
                        is_covered: true,
                        ..Shown::default()
                    },
                );
            },
            "capturing",
        ),
        (
            "agrees before a frozen camera",
            |p| {
                p.agrees().shows(
                    9_000,
                    Shown {
                        pad: None,
                        ..Shown::default()
                    },
                );
            },
            "capturing",
        ),
        (
            "agrees among others",
            |p| {
                p.agrees().shows(
                    9_000,
                    Shown {
                        faces: 2,
                        ..Shown::default()
                    },
                );
            },
            "capturing",
        ),
        (
            "agrees, and the store is silent",
            |p| {
                p.agrees().looks(3_000, 0.0).is_gone(31_000);
            },
            "failed",
        ),
    ];
    for (story, play, expected) in stories {
        let mut person = Person::asked();
        play(&mut person);
        assert_eq!(person.code(), expected, "{story}");
        let keeps = ["failed"].contains(&expected);
        assert_eq!(person.capture.is_some(), keeps, "{story}");
    }
}

#[test]
fn a_turned_picture_agrees_to_nothing() {
    let mut person = Person::asked();
    person.looks(1_500, 0.0);
    for turned in (0..10).map(|_| true).chain([false]) {
        person.clock += FRAME;
        let mut shown = frame(person.now(), Shown::default());
        if turned {
            let flat = sheet(RIGHT);
            if let Some(movement) = &mut shown.movement {
                movement.face = Some(face(flat, Who::Asha));
            }
        }
        let now = person.now();
        person.onboarding.take(now, &shown, &Policy::default());
    }
    assert_eq!(person.code(), "presentation_attack");
}

#[test]
fn what_would_make_a_good_frame_is_said() {
    let bad = [
        (
            Shown {
                quality: 10,
                ..Shown::default()
            },
            "HoldStill",
        ),
        (
            Shown {
                yaw: LEFT,
                ..Shown::default()
            },
            "LookHere",
        ),
        (
            Shown {
                is_near: false,
                ..Shown::default()
            },
            "ComeCloser",
        ),
        (
            Shown {
                is_covered: true,
                ..Shown::default()
            },
            "ShowFace",
        ),
        (
            Shown {
                faces: 2,
                ..Shown::default()
            },
            "InconsistentFrames",
        ),
    ];
    for (shown, expected) in bad {
        let mut person = Person::asked();
        person.agrees().shows(300, shown);
        let screen = format!("{:?}", person.onboarding.screen());
        assert!(screen.contains(expected), "{shown:?}: {screen}");
        person.looks(100, 0.0);
        let taken = Screen::Enrolling { done: 1, wanted: 5 };
        assert_eq!(person.onboarding.screen(), taken);
    }
}
