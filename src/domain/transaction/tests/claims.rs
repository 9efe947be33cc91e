//! References named by badge, QR code or MQTT.

use super::*;

#[test]
fn a_claim_is_verified_one_to_one() {
    let claim = |subject: &str| Input::Claimed(subject.parse().unwrap());
    let mut door = Door::new();
    door.step(claim("17"));
    assert_eq!(door.log.last(), Some(&Effect::Show(Screen::ShowFace)));
    door.frames(5, &candidate("17", 0.9), LIVE);
    assert_eq!(door.verdicts(), ["mated"]);

    let mut door = Door::new();
    door.step(claim("18"));
    door.frames(5, &candidate("17", 0.9), LIVE);
    assert_eq!(door.verdicts(), ["no_such_reference"]);
}

#[test]
fn a_claim_without_a_face_runs_out_and_is_told() {
    let mut door = Door::new();
    door.step(Input::Claimed("17".parse().unwrap()));
    for _ in 0..160 {
        door.nobody();
    }
    assert_eq!(door.verdicts(), ["no_face"]);
    assert_eq!(door.transaction.demand().comparison, Some(Against::Gallery));
}

#[test]
fn a_claim_in_the_middle_starts_afresh() {
    let mut door = Door::new();
    door.frames(2, &candidate("17", 0.9), LIVE);
    door.step(Input::Claimed("18".parse().unwrap()));
    door.frames(5, &candidate("17", 0.9), LIVE);
    assert_eq!(door.verdicts(), ["no_such_reference"]);
}
