//! Histories of a challenge, scripted and random.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::face_mesh::model::Head;
use crate::domain::{BoundingBox, MeshPoint, ModelId};

/// Who is in front of the camera.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::domain) enum Who {
    Asha,
    Somebody,
}

fn template(who: Who) -> Template {
    let values = match who {
        Who::Asha => vec![1.0, 0.0, 0.0],
        Who::Somebody => vec![0.1, 1.0, 0.0],
    };
    Template::new(ModelId::new("m"), values).unwrap()
}

pub(in crate::domain) fn face(mesh: FaceMesh, who: Who) -> ObservedFace {
    let half = mesh.size() * 1.3;
    let centre = mesh.points()[168];
    ObservedFace {
        bounds: BoundingBox {
            x: centre.x - half,
            y: centre.y - half,
            width: 2.0 * half,
            height: 2.0 * half,
        },
        mesh,
        template: template(who),
    }
}

/// What the head looks like that does as it is told.
pub(in crate::domain) fn doing(instruction: Instruction) -> Head {
    let mut head = Head::default();
    match instruction {
        Instruction::LookHere => {}
        Instruction::Do(Action::TurnLeft) => head.yaw = 25.0,
        Instruction::Do(Action::TurnRight) => head.yaw = -25.0,
        Instruction::Do(Action::LookUp) => head.pitch = 18.0,
        Instruction::Do(Action::Blink) => head.lids = 0.2,
        Instruction::Do(Action::ComeCloser) => head.size = 1.4,
    }
    head
}

/// A sheet with the frontal face on it, turned until FaceMesh would call it a turned head.
pub(in crate::domain) fn sheet(yaw: f32) -> FaceMesh {
    let (sin, cos) = yaw.to_radians().sin_cos();
    let frontal = Head::default().mesh();
    let points = frontal.seen().map(|p| MeshPoint {
        x: 320.0 + (p.x - 320.0) * cos,
        y: p.y,
        z: (p.x - 320.0) * sin,
    });
    FaceMesh::new(points.collect(), 1.0).unwrap()
}

/// A challenge at ten frames a second.
struct Scene {
    challenge: Challenge,
    now: Moment,
    /// Every instruction on show, with what was then in front of the camera.
    history: Vec<(Instruction, Option<Action>)>,
}

impl Scene {
    const FRAME: Duration = Duration::from_millis(100);

    fn new(seed: u32, rules: ChallengeRules) -> Self {
        let now = Moment::new(Duration::from_secs(100));
        let mut state = seed | 1;
        let random = move || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state
        };
        Self {
            challenge: Challenge::new(random, rules, now),
            now,
            history: Vec::new(),
        }
    }

    fn frame(&mut self, face: Option<ObservedFace>) -> ChallengeState {
        self.now = self.now + Self::FRAME;
        let observation = Observation {
            captured: self.now,
            faces: usize::from(face.is_some()),
            face,
        };
        self.challenge.step(self.now, &observation)
    }

    /// Half a second of one pose, then half a second of looking ahead.
    fn perform(&mut self, mesh: &FaceMesh, who: Who) -> ChallengeState {
        let ahead = Head::default().mesh();
        for i in 0..10 {
            let mesh = if (3..8).contains(&i) { mesh } else { &ahead };
            self.frame(Some(face(mesh.clone(), who)));
        }
        self.challenge.state()
    }

    /// Looks ahead until an action is asked for, or it is over.
    fn await_action(&mut self, who: Who) -> ChallengeState {
        for _ in 0..30 {
            let state = self.frame(Some(face(Head::default().mesh(), who)));
            if state != ChallengeState::Showing(Instruction::LookHere) {
                return state;
            }
        }
        self.challenge.state()
    }

    /// Answers each instruction with what `answer` makes of it, until it is over or `steps` are done.
    fn play(
        &mut self,
        who: Who,
        mut answer: impl FnMut(usize, Action) -> Option<Action>,
    ) -> ChallengeState {
        for step in 0..12 {
            match self.await_action(who) {
                ChallengeState::Showing(Instruction::Do(asked)) => {
                    let answered = answer(step, asked);
                    self.history.push((Instruction::Do(asked), answered));
                    let head = answered.map_or_else(Head::default, |a| doing(Instruction::Do(a)));
                    self.perform(&head.mesh(), who);
                }
                _ => break,
            }
        }
        self.challenge.state()
    }
}

fn strict() -> ChallengeRules {
    ChallengeRules {
        restarts: 0,
        ..ChallengeRules::default()
    }
}

#[test]
fn who_does_as_told_passes() {
    for seed in 1..60 {
        let rules = ChallengeRules {
            actions: 5,
            ..strict()
        };
        let mut scene = Scene::new(seed * 7919, rules);
        assert_eq!(
            scene.play(Who::Asha, |_, asked| Some(asked)),
            ChallengeState::Passed,
            "{:?}",
            scene.history
        );
        assert_eq!(scene.challenge.progress(), (5, 5));
        assert!(scene.challenge.template().is_some());
    }
}

#[test]
fn the_opposite_turn_fails_or_begins_again() {
    let opposite = |action| match action {
        Action::TurnLeft => Action::TurnRight,
        Action::TurnRight => Action::TurnLeft,
        other => other,
    };
    let mut scene = Scene::new(5, strict());
    let state = scene.play(Who::Asha, |_, asked| Some(opposite(asked)));
    assert_eq!(state, ChallengeState::Failed(ChallengeFailure::WrongAction));

    let mut scene = Scene::new(5, ChallengeRules::default());
    let mut was_wrong = false;
    let state = scene.play(Who::Asha, |_, asked| {
        let wrong = !was_wrong && opposite(asked) != asked;
        was_wrong |= wrong;
        Some(if wrong { opposite(asked) } else { asked })
    });
    assert!(was_wrong);
    assert_eq!(state, ChallengeState::Passed);
}

#[test]
fn an_action_in_the_frame_of_its_instruction_is_a_recording() {
    let mut scene = Scene::new(3, strict());
    let instruction = (0..4)
        .find_map(|_| match scene.await_action(Who::Asha) {
            ChallengeState::Showing(Instruction::Do(Action::Blink)) => {
                scene.perform(&doing(Instruction::Do(Action::Blink)).mesh(), Who::Asha);
                None
            }
            ChallengeState::Showing(instruction) => Some(instruction),
            _ => None,
        })
        .unwrap();
    for _ in 0..2 {
        // Frames every 40 ms.
        scene.now = Moment::new(scene.now.since_start() - Duration::from_millis(60));
        scene.frame(Some(face(doing(instruction).mesh(), Who::Asha)));
    }
    assert_eq!(
        scene.challenge.state(),
        ChallengeState::Failed(ChallengeFailure::TooSoon)
    );
}

#[test]
fn nothing_done_times_out() {
    let mut scene = Scene::new(9, strict());
    scene.await_action(Who::Asha);
    for _ in 0..80 {
        scene.frame(Some(face(Head::default().mesh(), Who::Asha)));
    }
    let timed_out = ChallengeState::Failed(ChallengeFailure::TimedOut);
    assert_eq!(scene.challenge.state(), timed_out);

    // Nobody there at all, and frames that never come.
    let mut scene = Scene::new(9, strict());
    let later = scene.now + Duration::from_secs(8);
    assert_eq!(scene.challenge.tick(later), timed_out);
}

#[test]
fn a_face_that_leaves_is_joined_or_replaced_fails() {
    let failed = |failure| ChallengeState::Failed(failure);
    let begun = || {
        let mut scene = Scene::new(11, strict());
        scene.await_action(Who::Asha);
        scene
    };
    let mut scene = begun();
    for _ in 0..16 {
        scene.frame(None);
    }
    assert_eq!(scene.challenge.state(), failed(ChallengeFailure::FaceLost));

    let mut scene = begun();
    let state = scene.frame(Some(face(Head::default().mesh(), Who::Somebody)));
    assert_eq!(state, failed(ChallengeFailure::FaceReplaced));

    let mut scene = begun();
    let aside = Head {
        x: 700.0,
        ..Head::default()
    };
    let state = scene.frame(Some(face(aside.mesh(), Who::Asha)));
    assert_eq!(state, failed(ChallengeFailure::FaceReplaced));

    let mut scene = begun();
    scene.now = scene.now + Scene::FRAME;
    let two = Observation {
        captured: scene.now,
        faces: 2,
        face: Some(face(Head::default().mesh(), Who::Asha)),
    };
    let state = scene.challenge.step(scene.now, &two);
    assert_eq!(state, failed(ChallengeFailure::SeveralFaces));
}

#[test]
fn a_sheet_that_is_turned_has_no_parallax() {
    let turns = [Action::TurnLeft, Action::TurnRight];
    let mut scene = Scene::new(2, strict());
    for _ in 0..4 {
        match scene.await_action(Who::Asha) {
            ChallengeState::Showing(Instruction::Do(asked)) if turns.contains(&asked) => {
                let yaw = if asked == Action::TurnLeft {
                    30.0
                } else {
                    -30.0
                };
                let state = scene.perform(&sheet(yaw), Who::Asha);
                assert_eq!(state, ChallengeState::Failed(ChallengeFailure::Flat));
                return;
            }
            ChallengeState::Showing(Instruction::Do(asked)) => {
                scene.perform(&doing(Instruction::Do(asked)).mesh(), Who::Asha);
            }
            state => panic!("{state:?}"),
        }
    }
    panic!("no turn was asked for");
}

#[test]
fn old_frames_tell_nothing() {
    let mut scene = Scene::new(4, strict());
    let observation = Observation {
        captured: scene.now,
        faces: 2,
        face: None,
    };
    let later = scene.now + Duration::from_secs(3);
    assert_eq!(
        scene.challenge.step(later, &observation),
        ChallengeState::Showing(Instruction::LookHere)
    );
}

proptest! {
    /// No history passes in which an asked action was not shown in its turn.
    #[test]
    fn only_all_actions_in_order_pass(
        seed: u32, count in 1u8..=5,
        answers in proptest::collection::vec(proptest::option::weighted(0.8, 0usize..12), 12),
    ) {
        let rules = ChallengeRules { actions: count, ..strict() };
        let mut scene = Scene::new(seed, rules);
        // Mostly as told; sometimes another action, or none.
        let state = scene.play(Who::Asha, |step, asked| {
            answers[step]
                .map(|other| Action::ALL.get(other).copied().unwrap_or(asked))
                // Eyes blink by themselves: a blink that was not asked for is nothing done.
                .filter(|&done| done != Action::Blink || asked == Action::Blink)
        });
        // Who hesitates may still do it in time, or not.
        let hesitated = scene.history.iter().any(|(_, done)| done.is_none());
        let done: Vec<_> = scene.history.iter().filter_map(|&(asked, done)| done.map(|d| (asked, d))).collect();
        let obeyed = done.len() == usize::from(count)
            && done.iter().all(|&(asked, done)| asked == Instruction::Do(done));
        let passed = state == ChallengeState::Passed;
        prop_assert!(obeyed || !passed, "{:?}", scene.history);
        prop_assert!(passed || !obeyed || hesitated, "{:?} {:?}", scene.history, state);
    }

    /// What is over stays over, and no history of frames panics.
    #[test]
    fn an_end_is_final(
        seed: u32,
        frames in proptest::collection::vec((-40.0f32..40.0, -25.0f32..25.0, 0.1f32..1.0, 0.5f32..2.0, 0u8..20), 1..80),
    ) {
        let mut scene = Scene::new(seed, ChallengeRules::default());
        let mut end = None;
        for (yaw, pitch, lids, size, who) in frames {
            let head = Head { yaw, pitch, lids, size, ..Head::default() };
            let seen = match who {
                0 => None,
                1 => Some(face(head.mesh(), Who::Somebody)),
                _ => Some(face(head.mesh(), Who::Asha)),
            };
            let state = scene.frame(seen);
            if let Some(end) = end {
                prop_assert_eq!(state, end);
            }
            if !matches!(state, ChallengeState::Showing(_)) {
                end = Some(state);
            }
        }
    }

    /// The actions differ, a turn is among them, and pauses stay in their range.
    #[test]
    fn every_plan_asks_for_a_turn(numbers in proptest::collection::vec(any::<u32>(), 1..40), count: u8) {
        let mut drawn = numbers.into_iter().cycle();
        let plan = Plan::draw(&mut || drawn.next().unwrap_or_default(), count);
        let actions: Vec<Action> = plan.steps.iter().map(|s| s.action).collect();
        prop_assert_eq!(actions.len(), usize::from(count).clamp(1, 5));
        prop_assert!(actions.contains(&Action::TurnLeft) || actions.contains(&Action::TurnRight));
        for (i, action) in actions.iter().enumerate() {
            prop_assert!(!actions[..i].contains(action));
        }
        prop_assert!(plan.steps.iter().all(|s| (400..1400).contains(&s.pause.as_millis())));
    }
}
