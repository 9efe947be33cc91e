//! German, in the polite form.

use crate::domain::challenge::{Action, Instruction};
use crate::domain::{
    DenialReason, EnrolmentEnd, Guidance, InconclusiveReason, ReviewReason, Screen,
};

use super::Message;

pub(super) fn message(screen: &Screen) -> Message {
    let (title, detail) = match screen {
        Screen::Idle => (
            "In die Kamera schauen",
            "Die Tür öffnet, wenn sie Sie erkennt.",
        ),
        Screen::Offline => (
            "Keine Verbindung",
            "Die Tür geht trotzdem: in die Kamera schauen.",
        ),
        Screen::ShowFace => ("Gesicht zeigen", "Bitte gerade in die Kamera schauen."),
        Screen::Verifying => ("Einen Moment", "Bitte weiter in die Kamera schauen."),
        Screen::Guide(guidance) => match guidance {
            Guidance::ComeCloser => ("Näher kommen", "Bitte einen Schritt auf die Kamera zu."),
            Guidance::HoldStill => ("Still halten", "Den Kopf bitte kurz nicht bewegen."),
            Guidance::LookHere => ("Hierher schauen", "Bitte gerade in die Kamera schauen."),
            Guidance::MoreLight => ("Zu dunkel", "Bitte das Gesicht zum Licht drehen."),
            Guidance::LessLight => ("Zu hell", "Bitte vom hellen Licht wegdrehen."),
        },
        Screen::Challenge(Instruction::LookHere) => {
            ("Bitte hierher sehen", "Sehen Sie gerade in die Kamera.")
        }
        Screen::Challenge(Instruction::Do(action)) => match action {
            Action::TurnLeft => ("Kopf nach links drehen", "Und wieder in die Kamera sehen."),
            Action::TurnRight => ("Kopf nach rechts drehen", "Und wieder in die Kamera sehen."),
            Action::LookUp => ("Nach oben sehen", "Und wieder in die Kamera sehen."),
            Action::Blink => ("Bitte blinzeln", "Schließen Sie kurz die Augen."),
            Action::ComeCloser => ("Näher kommen", "Bis zur nächsten Anweisung."),
        },
        Screen::Granted(_) => ("Willkommen", "Bitte eintreten."),
        Screen::Denied(reason) => match reason {
            DenialReason::Unknown => ("Nicht erkannt", "Bitte am Empfang melden."),
            DenialReason::NotMated => (
                "Keine Übereinstimmung",
                "Gesicht und Nummer passen nicht zusammen.",
            ),
            DenialReason::NoSuchReference => (
                "Nicht registriert",
                "Diese Ausweisnummer ist hier unbekannt.",
            ),
            DenialReason::PresentationAttack => (
                "Nicht akzeptiert",
                "Bitte das eigene Gesicht zeigen, kein Bild.",
            ),
            DenialReason::Expired => ("Zutritt abgelaufen", "Bitte am Empfang verlängern lassen."),
            DenialReason::AlreadyPassed => {
                ("Schon eingelassen", "Der letzte Zutritt war gerade eben.")
            }
            DenialReason::ChallengeFailed => ("Nicht angenommen", "Folgen Sie den Anweisungen."),
            DenialReason::OutsideHours => {
                ("Jetzt kein Zutritt", "Ihr Zutritt gilt zu anderen Zeiten.")
            }
        },
        Screen::Review(ReviewReason::SimilarityInBand) => {
            ("Bitte warten", "Jemand vom Personal hilft Ihnen gleich.")
        }
        Screen::TryAgain(reason) => ("Bitte noch einmal", why(*reason)),
        Screen::LockedOut => (
            "Vorübergehend gesperrt",
            "Zu viele Versuche. Bitte Hilfe holen.",
        ),
        Screen::CloseDoor => ("Bitte Tür schließen", "Die Tür steht zu lange offen."),
        Screen::Consent => (
            "Gesicht erfassen?",
            "Gespeichert: Merkmale für den Zutritt, kein Bild.\nJa: Kopf nach rechts drehen und zurück.\nNein: Kopf nach links.",
        ),
        Screen::Enrolling { .. } => ("Weiter hierher sehen", "Ihr Gesicht wird erfasst."),
        Screen::EnrolmentEnded(end) => match end {
            EnrolmentEnd::Enrolled => ("Sie sind erfasst", "Die Tür kennt Sie ab jetzt."),
            EnrolmentEnd::Declined => ("Nichts gespeichert", "Sie haben abgelehnt."),
            EnrolmentEnd::Left => ("Nicht erfasst", "Bitte vor der Kamera stehen bleiben."),
            EnrolmentEnd::TimedOut => ("Nicht erfasst", "Das hat zu lange gedauert."),
            EnrolmentEnd::Replaced => ("Nicht erfasst", "Bitte immer nur eine Person."),
            EnrolmentEnd::Attack => (
                "Nicht erfasst",
                "Bitte das eigene Gesicht zeigen, kein Bild.",
            ),
            EnrolmentEnd::AlreadyEnrolled => (
                "Schon erfasst",
                "Unter anderer Nummer. Bitte am Empfang melden.",
            ),
            EnrolmentEnd::Refused(_) => ("Nicht erfasst", "Bitte am Empfang melden."),
            EnrolmentEnd::Cancelled => ("Abgebrochen", "Es wurde nichts gespeichert."),
            EnrolmentEnd::Failed => ("Nicht erfasst", "Technische Störung. Bitte Hilfe holen."),
        },
        Screen::OutOfService => ("Außer Betrieb", "Bitte einen anderen Eingang benutzen."),
    };
    Message { title, detail }
}

fn why(reason: InconclusiveReason) -> &'static str {
    match reason {
        InconclusiveReason::PoorQuality => "Das Bild war nicht deutlich genug.",
        InconclusiveReason::LivenessMissing => "Bitte gerade in die Kamera schauen.",
        InconclusiveReason::TooFewFrames | InconclusiveReason::FaceLost => {
            "Bitte vor der Kamera stehen bleiben."
        }
        InconclusiveReason::TimedOut => "Das hat zu lange gedauert.",
        InconclusiveReason::InconsistentFrames => "Bitte immer nur eine Person.",
        InconclusiveReason::NoFace => "Die Kamera hat kein Gesicht gesehen.",
        InconclusiveReason::CameraLost
        | InconclusiveReason::AnalysisFailed
        | InconclusiveReason::StaleFrames => "Technische Störung. Bitte Hilfe holen.",
    }
}
