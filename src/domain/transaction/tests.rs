//! The door's rules, played through without a door.

mod challenge;
mod claims;
mod enrolling;
mod lockout;
mod passback;

use proptest::prelude::*;

use std::time::Duration;

use super::*;
use crate::domain::challenge::Instruction;
use crate::domain::onboarding::tests::order;
use crate::domain::{
    BoundingBox, Candidate, Comparison, Cosine, Covered, DenialReason, Face, Landmarks, PadScore,
    Quality, Similarity, Standing,
};

const LIVE: f32 = 0.9;
const SPOOF: f32 = 0.1;

fn at(millis: u64) -> Moment {
    Moment::new(Duration::from_millis(millis))
}

fn candidate(subject: &str, similarity: f32) -> Candidate {
    Candidate {
        subject: subject.parse().unwrap(),
        cosine: Cosine::saturating(similarity),
        similarity: Similarity::saturating(similarity),
        standing: Standing::Valid,
    }
}

/// Plays frames through a transaction as the analysis would: it brings what is demanded.
struct Door {
    transaction: Transaction,
    clock: u64,
    track: u64,
    manner: challenge::Manner,
    read: Option<(Instruction, u64)>,
    off_hours: bool,
    log: Vec<Effect>,
}

impl Door {
    fn new() -> Self {
        let transaction = Transaction::new(Policy::default(), at(0), || Some(7));
        Self {
            transaction,
            clock: 0,
            track: 1,
            manner: challenge::Manner::LooksAhead,
            read: None,
            off_hours: false,
            log: Vec::new(),
        }
    }

    fn step(&mut self, input: Input) {
        self.log
            .extend(self.transaction.step(at(self.clock), input));
    }

    fn wait(&mut self, millis: u64) {
        self.clock += millis;
        self.step(Input::Tick);
    }

    fn nobody(&mut self) {
        self.clock += 100;
        self.step(Input::Analysed(Analysis {
            captured: at(self.clock),
            sighting: None,
            movement: None,
            covered: Covered::default(),
            off_hours: false,
        }));
    }

    fn frame_of_age(&mut self, age: u64, who: Option<&Candidate>, pad: f32) {
        self.clock += 100;
        let captured = at(self.clock - age.min(self.clock));
        let demand = self.transaction.demand();
        let comparison = demand.comparison.map(|against| match against {
            Against::Gallery => Comparison::Identification(who.cloned().into_iter().collect()),
            Against::Reference(claimed) => Comparison::Verification {
                candidate: who.filter(|c| c.subject == claimed).cloned(),
                claimed,
            },
        });
        let bounds = BoundingBox {
            x: 0.0,
            y: 0.0,
            width: 200.0,
            height: 200.0,
        };
        let movement = self.movement(captured);
        let sighting = Sighting {
            track: TrackId(self.track),
            face: Face {
                bounds,
                landmarks: Landmarks::default(),
                confidence: 0.9,
            },
            quality: Quality::MAX,
            guidance: None,
            comparison,
            pad: demand.liveness.then(|| PadScore::saturating(pad)),
            captured,
        };
        self.step(Input::Analysed(Analysis {
            captured,
            sighting: Some(sighting),
            movement,
            covered: Covered::default(),
            off_hours: self.off_hours,
        }));
    }

    fn frames(&mut self, count: usize, who: &Candidate, pad: f32) {
        (0..count).for_each(|_| self.frame_of_age(50, Some(who), pad));
    }

    fn verdicts(&self) -> Vec<&'static str> {
        let records = self.log.iter().filter_map(|effect| match effect {
            Effect::Publish(record) => Some(record.decision.reason()),
            _ => None,
        });
        records.collect()
    }

    fn releases(&self) -> usize {
        self.log
            .iter()
            .filter(|effect| matches!(effect, Effect::ReleaseStrike(_)))
            .count()
    }
}

#[test]
fn an_enrolled_live_person_is_let_in_once_and_recorded_first() {
    let mut door = Door::new();
    door.nobody();
    door.frames(6, &candidate("17", 0.9), LIVE);
    assert_eq!(door.verdicts(), ["mated"]);
    let place = |wanted: fn(&Effect) -> bool| door.log.iter().position(wanted).unwrap();
    let recorded = place(|e| matches!(e, Effect::Record(_)));
    let released = place(|e| matches!(e, Effect::ReleaseStrike(_)));
    let published = place(|e| matches!(e, Effect::Publish(_)));
    assert!(recorded < released && released < published);
}

#[test]
fn a_stranger_is_unknown_without_the_cost_of_liveness() {
    let mut door = Door::new();
    let stranger = candidate("17", 0.2);
    for _ in 0..3 {
        assert!(!door.transaction.demand().liveness);
        door.frames(1, &stranger, LIVE);
    }
    assert_eq!(door.verdicts(), ["unknown"]);
    assert_eq!(door.releases(), 0);
}

#[test]
fn with_nobody_enrolled_everybody_is_unknown() {
    let mut door = Door::new();
    (0..3).for_each(|_| door.frame_of_age(0, None, LIVE));
    assert_eq!(door.verdicts(), ["unknown"]);
}

#[test]
fn a_picture_of_an_enrolled_person_is_an_attack() {
    let mut door = Door::new();
    door.frames(6, &candidate("17", 0.9), SPOOF);
    assert_eq!(door.verdicts(), ["presentation_attack"]);
    assert_eq!(door.releases(), 0);
}

#[test]
fn a_person_who_stays_after_a_grant_does_not_open_the_door_again() {
    let mut door = Door::new();
    let person = candidate("17", 0.9);
    door.frames(100, &person, LIVE);
    assert_eq!(door.releases(), 1);
    door.nobody();
    door.track += 1;
    door.frames(6, &person, LIVE);
    assert_eq!(door.releases(), 2);
}

#[test]
fn who_takes_the_place_of_somebody_who_left_is_served_after_the_cool_down() {
    let mut door = Door::new();
    door.frames(4, &candidate("17", 0.9), LIVE);
    assert_eq!(door.releases(), 1);
    // Gone and replaced while the grant is on show: the tracker may take them for one.
    door.nobody();
    door.frames(60, &candidate("17", 0.9), SPOOF);
    assert_eq!(door.releases(), 1);
    assert!(door.verdicts().contains(&"presentation_attack"));
}

#[test]
fn a_denied_person_may_try_again_after_the_cool_down() {
    let mut door = Door::new();
    door.frames(60, &candidate("17", 0.2), LIVE);
    assert_eq!(door.verdicts(), ["unknown", "unknown"]);
}

#[test]
fn stale_frames_count_for_nothing_and_end_in_out_of_service() {
    let mut door = Door::new();
    door.clock = 10_000;
    door.nobody();
    (0..12).for_each(|_| door.frame_of_age(3_500, Some(&candidate("17", 0.9)), LIVE));
    assert_eq!(door.releases(), 0);
    assert_eq!(door.log.last(), Some(&Effect::Show(Screen::OutOfService)));
    door.nobody();
    assert_eq!(door.log.last(), Some(&Effect::Show(Screen::Idle)));
}

#[test]
fn evidence_of_two_faces_never_adds_up() {
    let mut door = Door::new();
    let person = candidate("17", 0.9);
    door.frames(2, &person, LIVE);
    door.track += 1;
    door.frames(2, &person, LIVE);
    assert_eq!(door.verdicts(), ["face_lost"]);
    assert_eq!(door.releases(), 0);
}

#[test]
fn frames_that_name_different_people_let_nobody_in() {
    let mut door = Door::new();
    for subject in ["17", "18", "17", "18"] {
        door.frames(1, &candidate(subject, 0.9), LIVE);
    }
    assert_eq!(door.verdicts(), ["inconsistent_frames"]);
}

#[test]
fn a_lost_camera_and_a_failed_analysis_grant_nothing_and_say_so() {
    for (fault, reason) in [
        (Fault::CameraLost, "camera_lost"),
        (Fault::AnalysisFailed, "analysis_failed"),
    ] {
        let mut door = Door::new();
        door.frames(2, &candidate("17", 0.9), LIVE);
        door.step(Input::Fault(fault));
        assert_eq!(door.verdicts(), [reason]);
        assert!(door.log.contains(&Effect::Show(Screen::OutOfService)));
    }
}

#[test]
fn a_silent_camera_is_noticed_without_being_told() {
    let mut door = Door::new();
    door.nobody();
    door.wait(5_100);
    assert_eq!(door.log.last(), Some(&Effect::Show(Screen::OutOfService)));
}

#[test]
fn what_cannot_be_recorded_is_not_published() {
    let mut door = Door::new();
    door.frames(2, &candidate("17", 0.9), LIVE);
    door.step(Input::Fault(Fault::AuditUnavailable));
    assert!(door.verdicts().is_empty());
    assert!(door.log.contains(&Effect::Show(Screen::OutOfService)));
}

#[test]
fn the_time_limit_ends_a_transaction_that_gets_nowhere() {
    let mut door = Door::new();
    door.frames(1, &candidate("17", 0.9), LIVE);
    for _ in 0..9 {
        door.clock += 1_000;
        door.step(Input::Tick);
        door.transaction.last_frame = at(door.clock);
    }
    assert_eq!(door.verdicts(), ["timed_out"]);
}

#[test]
fn somebody_removed_a_moment_ago_is_not_let_in() {
    let mut door = Door::new();
    door.frames(2, &candidate("17", 0.9), LIVE);
    door.step(Input::GalleryChanged);
    (0..3).for_each(|_| door.frame_of_age(50, None, LIVE));
    assert_eq!(door.verdicts(), ["unknown"]);
}

#[test]
fn a_passer_by_leaves_no_trace() {
    let mut door = Door::new();
    door.nobody();
    door.clock += 500;
    door.nobody();
    assert!(door.verdicts().is_empty());
}

#[derive(Debug, Clone)]
enum Move {
    Frame {
        subject: u8,
        similarity: f32,
        pad: f32,
        age: u64,
        new_track: bool,
    },
    Nobody,
    Claim(u8),
    Fault(Fault),
    Enrol,
    CancelEnrolment,
    Wait(u64),
}

fn moves() -> impl Strategy<Value = Move> {
    let faults = prop_oneof![
        Just(Fault::CameraLost),
        Just(Fault::AnalysisFailed),
        Just(Fault::AuditUnavailable)
    ];
    prop_oneof![
        8 => (0u8..2, 0.5f32..=1.0, 0.0f32..=1.0, 0u64..4_000, proptest::bool::weighted(0.1)).prop_map(
            |(subject, similarity, pad, age, new_track)| Move::Frame { subject, similarity, pad, age, new_track }),
        2 => Just(Move::Nobody),
        1 => (0u8..3).prop_map(Move::Claim),
        1 => Just(Move::Enrol),
        1 => Just(Move::CancelEnrolment),
        1 => faults.prop_map(Move::Fault),
        1 => (0u64..6_000).prop_map(Move::Wait),
    ]
}

proptest! {
    /// Whatever happens, a release follows its record within one step, and the record is convincing.
    #[test]
    fn every_release_rests_on_recorded_complete_evidence(script in proptest::collection::vec(moves(), 1..80)) {
        let mut door = Door::new();
        for step in script {
            let before = door.log.len();
            match step {
                Move::Frame { subject, similarity, pad, age, new_track } => {
                    door.track += u64::from(new_track);
                    door.frame_of_age(age, Some(&candidate(&subject.to_string(), similarity)), pad);
                }
                Move::Nobody => door.nobody(),
                Move::Claim(subject) => door.step(Input::Claimed(subject.to_string().parse().unwrap())),
                Move::Fault(fault) => door.step(Input::Fault(fault)),
                Move::Enrol => door.step(Input::Enrol(order(1))),
                Move::CancelEnrolment => door.step(Input::EnrolmentCancelled(1)),
                Move::Wait(millis) => door.wait(millis),
            }
            if let State::Enrolling(_) = door.transaction.state {
                let is_release = |e: &Effect| matches!(e, Effect::ReleaseStrike(_));
                prop_assert!(!door.log[before..].iter().any(is_release));
            }
        }
        let policy = Policy::default();
        for (place, effect) in door.log.iter().enumerate() {
            if matches!(effect, Effect::ReleaseStrike(_)) {
                let Some(Effect::Record(record)) = place.checked_sub(1).map(|before| &door.log[before]) else {
                    return Err(TestCaseError::fail("a release without its record"));
                };
                let evidence = record.evidence.as_ref().unwrap();
                prop_assert!(evidence.frames >= policy.frames_needed && evidence.consistent);
                prop_assert!(evidence.pad.unwrap() >= policy.liveness_threshold);
                prop_assert!(evidence.candidate.as_ref().unwrap().similarity >= policy.accept_similarity);
                prop_assert!(record.decided.since(record.started) <= policy.time_limit);
            }
        }
        for effect in &door.log {
            if let Effect::Publish(record) = effect {
                prop_assert!(door.log.contains(&Effect::Record(record.clone())));
                prop_assert!(record.decision.reason() != DenialReason::Expired.code());
            }
        }
    }
}
