//! The active challenge with the real networks: a moving head passes, its recording and a moved photograph don't.

#[path = "api/puppet.rs"]
mod puppet;

use std::path::Path;
use std::time::Duration;

use image::{RgbImage, imageops};
use ostiary::domain::Moment;
use ostiary::domain::challenge::{
    Action, Challenge, ChallengeRules, ChallengeState, Instruction, Observation,
};
use ostiary::vision::{Analyser, DetectorChoice, VisionOptions};
use puppet::{AHEAD, Head, Pose, framed};

const FRAME: Duration = Duration::from_millis(200);
const MAX_FRAMES: usize = 200;
/// Draws actions without a blink, which the puppet can't do.
const SEED: u32 = 15_838;
const ACTIONS: [Action; 3] = [Action::TurnLeft, Action::TurnRight, Action::ComeCloser];

fn analyser() -> Analyser {
    let options = VisionOptions {
        threads: 1,
        detector: DetectorChoice::ShortRange,
    };
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    Analyser::load(&models, &options).unwrap()
}

/// 480 x 360 with a face of about 140 pixels.
fn portrait(analyser: &mut Analyser) -> RgbImage {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/obama.jpg");
    let picture = image::open(path).unwrap().into_rgb8();
    let face = analyser.detect(&picture).unwrap()[0].bounds;
    framed(&picture, &face, [480, 360], 140.0)
}

fn observe(analyser: &mut Analyser, frame: &RgbImage, captured: Moment) -> Observation {
    let faces = analyser.detect(frame).unwrap();
    analyser
        .movement(frame, captured, faces.len(), faces.first())
        .unwrap()
}

/// As at the door, without forgiveness.
fn challenge(seed: u32) -> Challenge {
    let mut state = seed;
    let random = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let rules = ChallengeRules {
        restarts: 0,
        ..ChallengeRules::default()
    };
    Challenge::new(random, rules, Moment::default())
}

/// How it ended, what was asked for, and each frame that was shown.
struct Played {
    state: ChallengeState,
    asked: Vec<Action>,
    frames: Vec<RgbImage>,
}

/// Shows what `next` makes of each instruction until the challenge is over.
fn play(
    analyser: &mut Analyser,
    mut challenge: Challenge,
    mut next: impl FnMut(Instruction) -> Option<RgbImage>,
) -> Played {
    let (mut asked, mut frames) = (Vec::new(), Vec::new());
    let mut now = Moment::default();
    for _ in 0..MAX_FRAMES {
        let ChallengeState::Showing(instruction) = challenge.state() else {
            break;
        };
        if let Instruction::Do(action) = instruction
            && asked.last() != Some(&action)
        {
            asked.push(action);
        }
        now = now + FRAME;
        match next(instruction) {
            Some(frame) => {
                challenge.step(now, &observe(analyser, &frame, now));
                frames.push(frame);
            }
            None => {
                challenge.tick(now);
            }
        }
    }
    Played {
        state: challenge.state(),
        asked,
        frames,
    }
}

/// Moves towards what is asked for, a third of the way in each frame.
fn following(head: &Head) -> impl FnMut(Instruction) -> Option<RgbImage> {
    let mut pose = AHEAD;
    move |instruction| {
        let mut aim = AHEAD;
        match instruction {
            Instruction::Do(Action::TurnLeft) => aim.yaw = 30.0,
            Instruction::Do(Action::TurnRight) => aim.yaw = -30.0,
            Instruction::Do(Action::LookUp) => aim.pitch = 22.0,
            Instruction::Do(Action::ComeCloser) => aim.size = 1.35,
            Instruction::LookHere => {}
            // It has no lids; a blink is tested on meshes, in `domain::challenge`.
            Instruction::Do(Action::Blink) => return None,
        }
        let towards = |from: f32, to: f32| from + (to - from) / 3.0;
        pose = Pose {
            yaw: towards(pose.yaw, aim.yaw),
            pitch: towards(pose.pitch, aim.pitch),
            size: towards(pose.size, aim.size),
        };
        Some(head.picture(pose))
    }
}

#[test]
fn a_head_passes_and_its_recording_does_not() {
    let mut analyser = analyser();
    let portrait = portrait(&mut analyser);
    let face = analyser.detect(&portrait).unwrap()[0];
    let mesh = analyser.landmarks(&portrait, &face).unwrap();
    let head = Head::new(portrait, &mesh);
    let passed = play(&mut analyser, challenge(SEED), following(&head));
    assert_eq!(passed.state, ChallengeState::Passed, "{:?}", passed.asked);
    assert_eq!(passed.asked, ACTIONS);

    let mut others = 0;
    for seed in [3, 1234] {
        let mut recording = passed.frames.iter().cloned();
        let played = play(&mut analyser, challenge(seed), |_| recording.next());
        // The same actions in the same order would be chance.
        if !passed.asked.starts_with(&played.asked) {
            others += 1;
            let failed = matches!(played.state, ChallengeState::Failed(_));
            assert!(failed, "{:?} {:?}", played.asked, played.state);
        }
    }
    assert!(others > 0);
}

#[test]
fn a_photograph_moved_by_hand_fails() {
    let mut analyser = analyser();
    let portrait = portrait(&mut analyser);
    let (width, height) = portrait.dimensions();
    let mut squeeze = 1.0_f32;
    let played = play(&mut analyser, challenge(SEED), |instruction| {
        // Turned about its upright middle, a sheet gets narrower.
        let aim = if instruction == Instruction::LookHere {
            1.0
        } else {
            0.6
        };
        squeeze += (aim - squeeze) / 3.0;
        Some(RgbImage::from_fn(width, height, |x, y| {
            let x = (x as f32 - 240.0) / squeeze + 240.0;
            let x = x.clamp(0.0, width as f32 - 1.01);
            imageops::interpolate_bilinear(&portrait, x, y as f32).unwrap()
        }))
    });
    let failed = matches!(played.state, ChallengeState::Failed(_));
    assert!(failed, "{:?} {:?}", played.asked, played.state);
}
