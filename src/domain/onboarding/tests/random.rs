//! Whatever people do.

use proptest::prelude::*;

use super::*;
use crate::domain::face_mesh::model::Head;
use crate::domain::onboarding::consent::Consent;

fn frames() -> impl Strategy<Value = Vec<(Shown, u64)>> {
    let yaws = prop_oneof![4 => Just(0.0), 4 => Just(RIGHT), 1 => Just(LEFT), 1 => -40.0..40.0_f32];
    let shown = (
        yaws,
        proptest::bool::weighted(0.03),
        proptest::bool::weighted(0.05),
        proptest::option::weighted(0.9, 0.0..1.0_f32),
        proptest::bool::weighted(0.1),
    );
    let shown = shown.prop_map(|(yaw, replaced, crowd, pad, is_covered)| Shown {
        yaw,
        who: if replaced { Who::Somebody } else { Who::Asha },
        faces: 1 + usize::from(crowd),
        pad,
        is_covered,
        ..Shown::default()
    });
    // Each lasts for a while.
    proptest::collection::vec((shown, 1..25_u64), 1..30)
}

proptest! {
    #[test]
    fn nothing_is_kept_without_a_held_turn_to_the_right(script in frames(), agrees_first: bool) {
        let mut person = Person::asked();
        if agrees_first {
            person.agrees();
        }
        let (mut held, mut longest, mut ended) = (0, if agrees_first { 10 } else { 0 }, None);
        for (shown, times) in script {
            for _ in 0..times {
                held = if shown.yaw <= -15.0 { held + 1 } else { 0 };
                longest = longest.max(held);
                person.shows(FRAME, shown);
                if let Some(end) = ended {
                    prop_assert_eq!(person.stage(), end);
                }
                if person.stage().is_ended() {
                    ended = Some(person.stage());
                }
            }
        }
        let has_agreed = person.onboarding.consented.is_some();
        prop_assert!(!has_agreed || longest * FRAME >= Consent::HOLD.as_millis() as u64);
        if let Some(capture) = &person.capture {
            prop_assert!(has_agreed);
            prop_assert_eq!(capture.samples.len(), 5);
            let asha = face(Head::default().mesh(), Who::Asha).template;
            let somebody = face(Head::default().mesh(), Who::Somebody).template;
            let is_one = |t| capture.samples.iter().all(|s| s.template == t);
            prop_assert!(is_one(asha) || is_one(somebody));
        }
    }
}
