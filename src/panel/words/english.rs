//! English.

use crate::domain::challenge::{Action, Instruction};
use crate::domain::{
    DenialReason, EnrolmentEnd, Guidance, InconclusiveReason, ReviewReason, Screen,
};

use super::Message;

pub(super) fn message(screen: &Screen) -> Message {
    let (title, detail) = match screen {
        Screen::Idle => ("Look at the camera", "The door opens when it knows you."),
        Screen::Offline => ("No connection", "The door still works: look at the camera."),
        Screen::ShowFace => ("Show your face", "Look straight at the camera."),
        Screen::Verifying => ("One moment", "Please keep looking at the camera."),
        Screen::Guide(guidance) => match guidance {
            Guidance::ComeCloser => ("Come closer", "Step towards the camera."),
            Guidance::HoldStill => ("Hold still", "Keep your head still for a moment."),
            Guidance::LookHere => ("Look here", "Look straight at the camera."),
            Guidance::MoreLight => ("Too dark", "Turn your face towards the light."),
            Guidance::LessLight => ("Too bright", "Turn away from the bright light."),
        },
        Screen::Challenge(Instruction::LookHere) => ("Look here", "Look straight at the camera."),
        Screen::Challenge(Instruction::Do(action)) => match action {
            Action::TurnLeft => ("Turn your head left", "And look at the camera again."),
            Action::TurnRight => ("Turn your head right", "And look at the camera again."),
            Action::LookUp => ("Look up", "And look at the camera again."),
            Action::Blink => ("Blink", "Close your eyes for a moment."),
            Action::ComeCloser => ("Come closer", "Until the next instruction."),
        },
        Screen::Granted(_) => ("Welcome", "Please come in."),
        Screen::Denied(reason) => match reason {
            DenialReason::Unknown => ("Not recognised", "Please ask at the front desk."),
            DenialReason::NotMated => ("No match", "Your face does not belong to this ID number."),
            DenialReason::NoSuchReference => {
                ("Not enrolled", "There is nobody under this ID number.")
            }
            DenialReason::PresentationAttack => {
                ("Not accepted", "Show your own face, not a picture.")
            }
            DenialReason::Expired => ("Access expired", "Please renew it at the front desk."),
            DenialReason::AlreadyPassed => ("Already inside", "You were let in a moment ago."),
            DenialReason::ChallengeFailed => {
                ("Not accepted", "Follow the instructions on the panel.")
            }
            DenialReason::OutsideHours => ("Outside hours", "You have no access at this time."),
        },
        Screen::Review(ReviewReason::SimilarityInBand) => {
            ("Please wait", "A member of staff will help you.")
        }
        Screen::TryAgain(reason) => ("Please try again", why(*reason)),
        Screen::LockedOut => ("Locked for now", "Too many attempts. Please ask for help."),
        Screen::CloseDoor => ("Close the door", "Please let the door fall shut."),
        Screen::Consent => (
            "Enrol your face?",
            "A template is stored to open doors, no picture.\nYes: turn your head right and look back.\nNo: turn your head left.",
        ),
        Screen::Enrolling { .. } => ("Keep looking here", "Your face is being enrolled."),
        Screen::EnrolmentEnded(end) => match end {
            EnrolmentEnd::Enrolled => ("You are enrolled", "The door knows you from now on."),
            EnrolmentEnd::Declined => ("Nothing stored", "You have declined."),
            EnrolmentEnd::Left => ("Not enrolled", "Stay in front of the camera."),
            EnrolmentEnd::TimedOut => ("Not enrolled", "That took too long."),
            EnrolmentEnd::Replaced => ("Not enrolled", "One person at a time, please."),
            EnrolmentEnd::Attack => ("Not enrolled", "Show your own face, not a picture."),
            EnrolmentEnd::AlreadyEnrolled => (
                "Already enrolled",
                "Under another ID number. Please ask the desk.",
            ),
            EnrolmentEnd::Refused(_) => ("Not enrolled", "Please ask at the front desk."),
            EnrolmentEnd::Cancelled => ("Cancelled", "Nothing was stored."),
            EnrolmentEnd::Failed => ("Not enrolled", "A technical fault. Please ask for help."),
        },
        Screen::OutOfService => ("Out of service", "Please use another entrance."),
    };
    Message { title, detail }
}

fn why(reason: InconclusiveReason) -> &'static str {
    match reason {
        InconclusiveReason::PoorQuality => "The picture was not clear enough.",
        InconclusiveReason::LivenessMissing => "Look straight at the camera.",
        InconclusiveReason::TooFewFrames | InconclusiveReason::FaceLost => {
            "Stay in front of the camera."
        }
        InconclusiveReason::TimedOut => "That took too long.",
        InconclusiveReason::InconsistentFrames => "One person at a time, please.",
        InconclusiveReason::NoFace => "The camera saw no face.",
        InconclusiveReason::CameraLost
        | InconclusiveReason::AnalysisFailed
        | InconclusiveReason::StaleFrames => "A technical fault. Please ask for help.",
    }
}
