//! Every screen that a panel can show, and what its camera sees.

use image::{Rgb, RgbImage};
use ostiary::domain::challenge::{Action, Instruction};
use ostiary::domain::{
    BoundingBox, DenialReason, EnrolmentEnd, Guidance, InconclusiveReason, ReviewReason, Screen,
};

/// A flat figure in front of a wall, 640x480: a picture that compresses well.
pub fn camera() -> (RgbImage, BoundingBox) {
    let inside = |x: u32, y: u32, (cx, cy): (f32, f32), (a, b): (f32, f32)| {
        ((x as f32 - cx) / a).hypot((y as f32 - cy) / b) <= 1.0
    };
    let picture = RgbImage::from_fn(640, 480, |x, y| match (x, y) {
        (x, y) if inside(x, y, (320.0, 230.0), (85.0, 110.0)) => Rgb([214, 170, 140]),
        (x, y) if inside(x, y, (320.0, 480.0), (190.0, 150.0)) => Rgb([70, 96, 128]),
        (x, _) if x < 200 => Rgb([176, 180, 178]),
        _ => Rgb([198, 200, 196]),
    });
    let face = BoundingBox {
        x: 225.0,
        y: 130.0,
        width: 190.0,
        height: 190.0,
    };
    (picture, face)
}

/// One list as both values and patterns: a screen that is not in it does not compile.
macro_rules! all_screens {
    ($($name:literal: [$($screen:tt)+],)+) => {
        /// Every screen with its name, with every reason.
        pub fn screens() -> Vec<(&'static str, Screen)> {
            let _exhaustive = |screen: &Screen| match screen {
                $($($screen)+ => $name,)+
                Screen::Granted(_) => "granted",
                Screen::Enrolling { .. } => "enrolling",
                Screen::EnrolmentEnded(EnrolmentEnd::Refused(_)) => "enrolment-refused",
            };
            let granted = ("granted", Screen::Granted("A-17".parse().unwrap()));
            let mut all = vec![$(($name, $($screen)+)),+];
            let first_refusal = all.iter().position(|(_, s)| matches!(s, Screen::Denied(_)));
            all.insert(first_refusal.unwrap(), granted);
            let after_consent = all.iter().position(|(_, s)| matches!(s, Screen::Consent));
            let enrolling = ("enrolling", Screen::Enrolling { done: 3, wanted: 5 });
            all.insert(after_consent.unwrap() + 1, enrolling);
            let refused = EnrolmentEnd::Refused("too_many_references");
            all.push(("enrolment-refused", Screen::EnrolmentEnded(refused)));
            all
        }
    };
}

all_screens! {
    "idle": [Screen::Idle],
    "offline": [Screen::Offline],
    "show-face": [Screen::ShowFace],
    "verifying": [Screen::Verifying],
    "come-closer": [Screen::Guide(Guidance::ComeCloser)],
    "hold-still": [Screen::Guide(Guidance::HoldStill)],
    "look-here": [Screen::Guide(Guidance::LookHere)],
    "more-light": [Screen::Guide(Guidance::MoreLight)],
    "less-light": [Screen::Guide(Guidance::LessLight)],
    "turn-left": [Screen::Challenge(Instruction::Do(Action::TurnLeft))],
    "turn-right": [Screen::Challenge(Instruction::Do(Action::TurnRight))],
    "look-up": [Screen::Challenge(Instruction::Do(Action::LookUp))],
    "blink": [Screen::Challenge(Instruction::Do(Action::Blink))],
    "challenge-come-closer": [Screen::Challenge(Instruction::Do(Action::ComeCloser))],
    "challenge-look-here": [Screen::Challenge(Instruction::LookHere)],
    "denied-unknown": [Screen::Denied(DenialReason::Unknown)],
    "denied-not-mated": [Screen::Denied(DenialReason::NotMated)],
    "denied-no-such-reference": [Screen::Denied(DenialReason::NoSuchReference)],
    "denied-attack": [Screen::Denied(DenialReason::PresentationAttack)],
    "denied-expired": [Screen::Denied(DenialReason::Expired)],
    "denied-already-passed": [Screen::Denied(DenialReason::AlreadyPassed)],
    "denied-challenge-failed": [Screen::Denied(DenialReason::ChallengeFailed)],
    "denied-outside-hours": [Screen::Denied(DenialReason::OutsideHours)],
    "review": [Screen::Review(ReviewReason::SimilarityInBand)],
    "try-again": [Screen::TryAgain(InconclusiveReason::PoorQuality)],
    "try-again-too-few": [Screen::TryAgain(InconclusiveReason::TooFewFrames)],
    "try-again-timed-out": [Screen::TryAgain(InconclusiveReason::TimedOut)],
    "try-again-inconsistent": [Screen::TryAgain(InconclusiveReason::InconsistentFrames)],
    "try-again-liveness": [Screen::TryAgain(InconclusiveReason::LivenessMissing)],
    "try-again-face-lost": [Screen::TryAgain(InconclusiveReason::FaceLost)],
    "try-again-no-face": [Screen::TryAgain(InconclusiveReason::NoFace)],
    "try-again-camera-lost": [Screen::TryAgain(InconclusiveReason::CameraLost)],
    "try-again-analysis": [Screen::TryAgain(InconclusiveReason::AnalysisFailed)],
    "try-again-stale": [Screen::TryAgain(InconclusiveReason::StaleFrames)],
    "locked-out": [Screen::LockedOut],
    "consent": [Screen::Consent],
    "enrolled": [Screen::EnrolmentEnded(EnrolmentEnd::Enrolled)],
    "enrolment-declined": [Screen::EnrolmentEnded(EnrolmentEnd::Declined)],
    "enrolment-left": [Screen::EnrolmentEnded(EnrolmentEnd::Left)],
    "enrolment-timed-out": [Screen::EnrolmentEnded(EnrolmentEnd::TimedOut)],
    "enrolment-replaced": [Screen::EnrolmentEnded(EnrolmentEnd::Replaced)],
    "enrolment-attack": [Screen::EnrolmentEnded(EnrolmentEnd::Attack)],
    "already-enrolled": [Screen::EnrolmentEnded(EnrolmentEnd::AlreadyEnrolled)],
    "enrolment-cancelled": [Screen::EnrolmentEnded(EnrolmentEnd::Cancelled)],
    "enrolment-failed": [Screen::EnrolmentEnded(EnrolmentEnd::Failed)],
    "close-door": [Screen::CloseDoor],
    "out-of-service": [Screen::OutOfService],
}
