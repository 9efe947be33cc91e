//! Every word whole, at every size, in every language.

use image::RgbImage;

use super::*;
use crate::domain::challenge::{Action, Instruction};
use crate::domain::{DenialReason, EnrolmentEnd, Guidance, InconclusiveReason, ReviewReason};
use crate::panel::Language;

/// Small square displays up to the largest that doors have, both ways up.
const SIZES: [(u32, u32); 18] = [
    (240, 240),
    (240, 320),
    (320, 240),
    (240, 800),
    (1280, 240),
    (320, 480),
    (480, 320),
    (480, 480),
    (480, 800),
    (800, 480),
    (720, 720),
    (600, 1024),
    (1024, 600),
    (720, 1280),
    (1280, 720),
    (800, 1280),
    (1280, 800),
    (333, 777),
];

fn screens() -> Vec<Screen> {
    use Guidance::{ComeCloser, HoldStill, LessLight, LookHere, MoreLight};
    let mut screens = vec![
        Screen::Idle,
        Screen::Offline,
        Screen::ShowFace,
        Screen::Verifying,
        Screen::Granted("A-17".parse().unwrap()),
        Screen::Review(ReviewReason::SimilarityInBand),
        Screen::LockedOut,
        Screen::Consent,
        Screen::Enrolling { done: 2, wanted: 5 },
        Screen::CloseDoor,
        Screen::OutOfService,
    ];
    let guidance = [ComeCloser, HoldStill, LessLight, LookHere, MoreLight];
    screens.extend(guidance.map(Screen::Guide));
    screens.push(Screen::Challenge(Instruction::LookHere));
    screens.extend(Action::ALL.map(|action| Screen::Challenge(Instruction::Do(action))));
    let denials = [
        DenialReason::Unknown,
        DenialReason::NotMated,
        DenialReason::NoSuchReference,
        DenialReason::PresentationAttack,
        DenialReason::Expired,
        DenialReason::AlreadyPassed,
        DenialReason::ChallengeFailed,
        DenialReason::OutsideHours,
    ];
    screens.extend(denials.map(Screen::Denied));
    let inconclusive = [
        InconclusiveReason::PoorQuality,
        InconclusiveReason::TooFewFrames,
        InconclusiveReason::TimedOut,
        InconclusiveReason::InconsistentFrames,
        InconclusiveReason::LivenessMissing,
        InconclusiveReason::FaceLost,
        InconclusiveReason::NoFace,
        InconclusiveReason::CameraLost,
        InconclusiveReason::AnalysisFailed,
        InconclusiveReason::StaleFrames,
    ];
    screens.extend(inconclusive.map(Screen::TryAgain));
    let ends = [
        EnrolmentEnd::Enrolled,
        EnrolmentEnd::Declined,
        EnrolmentEnd::Left,
        EnrolmentEnd::TimedOut,
        EnrolmentEnd::Replaced,
        EnrolmentEnd::Attack,
        EnrolmentEnd::AlreadyEnrolled,
        EnrolmentEnd::Refused("too_many_references"),
        EnrolmentEnd::Cancelled,
        EnrolmentEnd::Failed,
    ];
    screens.extend(ends.map(Screen::EnrolmentEnded));
    screens
}

fn contains(outer: Rectangle, inner: Rectangle) -> bool {
    outer.intersection(&inner) == inner
}

fn assert_tidy(size: Size, view: &View) {
    let told = format!("{:?} in {:?} at {size}", view.screen, view.language);
    let panel = Rectangle::new(Point::zero(), size);
    let layout = lay_out(size, view);
    assert!(layout.symbol.size.width >= 48, "{told}: symbol");
    assert!(contains(panel, layout.symbol), "{told}: symbol");
    let mut parts = vec![layout.symbol];
    parts.extend(layout.picture);
    for line in &layout.lines {
        assert!(contains(panel, line.area), "{told}: {}", line.text);
        assert!(line.style.width(&line.text) <= line.area.size.width);
        assert!(line.style.em >= Column::SMALLEST_EM);
        for part in &parts {
            let overlap = part.intersection(&line.area);
            assert!(overlap.is_zero_sized(), "{told}: {} overlaps", line.text);
        }
        parts.push(line.area);
    }
    let shown: Vec<&str> = layout.lines.iter().map(|line| line.text.as_str()).collect();
    let message = view.language.message(view.screen);
    let shown = shown.join(" ");
    assert!(shown.starts_with(message.title), "{told}: {shown}");
    let detail = message.detail.replace('\n', " ");
    assert!(shown.ends_with(&detail), "{told}: {shown}");
}

#[test]
fn every_word_is_shown_whole_at_every_size_in_every_language() {
    let camera = RgbImage::new(4, 3);
    for screen in &screens() {
        for language in Language::ALL {
            for (width, height) in SIZES {
                for (camera, name) in [(None, None), (Some(&camera), Some("Zoë Ångström"))] {
                    let view = View {
                        screen,
                        name,
                        camera,
                        face: None,
                        language,
                    };
                    assert_tidy(Size::new(width, height), &view);
                }
            }
        }
    }
}

#[test]
fn any_name_fits() {
    let screen = Screen::Granted("A-17".parse().unwrap());
    let long = "Maximiliane ".repeat(20);
    for name in ["", " ", "\n\u{7}", "日本 日本", &"W".repeat(300), &long] {
        let view = View {
            screen: &screen,
            name: Some(name),
            camera: None,
            face: None,
            language: Language::German,
        };
        assert_tidy(Size::new(240, 240), &view);
        assert_tidy(Size::new(800, 480), &view);
    }
}

#[test]
fn a_panel_without_room_shows_no_text() {
    for (width, height) in [(0, 0), (1, 1), (40, 20)] {
        let view = View {
            screen: &Screen::Idle,
            name: None,
            camera: None,
            face: None,
            language: Language::English,
        };
        assert!(lay_out(Size::new(width, height), &view).lines.is_empty());
    }
}

#[test]
fn an_outcome_has_the_panel_to_itself() {
    let camera = RgbImage::new(4, 3);
    let picture = |screen: &Screen, size| {
        let view = View {
            screen,
            name: None,
            camera: Some(&camera),
            face: None,
            language: Language::English,
        };
        lay_out(size, &view).picture.is_some()
    };
    assert!(picture(&Screen::Idle, Size::new(800, 480)));
    assert!(!picture(&Screen::Idle, Size::new(320, 240)));
    assert!(!picture(&Screen::OutOfService, Size::new(800, 480)));
}
