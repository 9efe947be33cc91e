//! French, in the polite form.

use crate::domain::challenge::{Action, Instruction};
use crate::domain::{
    DenialReason, EnrolmentEnd, Guidance, InconclusiveReason, ReviewReason, Screen,
};

use super::Message;

pub(super) fn message(screen: &Screen) -> Message {
    let (title, detail) = match screen {
        Screen::Idle => (
            "Regardez la caméra",
            "La porte s’ouvre si elle vous reconnaît.",
        ),
        Screen::Offline => (
            "Pas de connexion",
            "La porte fonctionne, regardez la caméra.",
        ),
        Screen::ShowFace => ("Montrez votre visage", "Regardez la caméra bien en face."),
        Screen::Verifying => ("Un instant", "Continuez à regarder la caméra."),
        Screen::Guide(guidance) => match guidance {
            Guidance::ComeCloser => ("Approchez-vous", "Faites un pas vers la caméra."),
            Guidance::HoldStill => ("Ne bougez plus", "Gardez la tête immobile un instant."),
            Guidance::LookHere => ("Regardez ici", "Regardez la caméra bien en face."),
            Guidance::MoreLight => ("Trop sombre", "Tournez le visage vers la lumière."),
            Guidance::LessLight => ("Trop lumineux", "Détournez-vous de la lumière vive."),
        },
        Screen::Challenge(Instruction::LookHere) => {
            ("Regardez ici", "Regardez la caméra bien en face.")
        }
        Screen::Challenge(Instruction::Do(action)) => match action {
            Action::TurnLeft => (
                "Tournez la tête à gauche",
                "Puis regardez à nouveau la caméra.",
            ),
            Action::TurnRight => (
                "Tournez la tête à droite",
                "Puis regardez à nouveau la caméra.",
            ),
            Action::LookUp => ("Regardez en haut", "Puis regardez à nouveau la caméra."),
            Action::Blink => ("Clignez des yeux", "Fermez les yeux un instant."),
            Action::ComeCloser => ("Approchez-vous", "Jusqu’à la prochaine consigne."),
        },
        Screen::Granted(_) => ("Bienvenue", "Entrez, je vous prie."),
        Screen::Denied(reason) => match reason {
            DenialReason::Unknown => ("Non reconnu", "Adressez-vous à l’accueil."),
            DenialReason::NotMated => (
                "Pas de correspondance",
                "Ce visage n’est pas celui de ce numéro.",
            ),
            DenialReason::NoSuchReference => (
                "Non enregistré",
                "Personne n’est enregistré sous ce numéro.",
            ),
            DenialReason::PresentationAttack => {
                ("Non accepté", "Montrez votre visage, pas une image.")
            }
            DenialReason::Expired => ("Accès expiré", "Faites-le renouveler à l’accueil."),
            DenialReason::AlreadyPassed => ("Déjà entré", "Votre dernier passage est trop récent."),
            DenialReason::ChallengeFailed => ("Non accepté", "Suivez les consignes de l’écran."),
            DenialReason::OutsideHours => {
                ("Hors horaire", "Votre accès est prévu à d’autres heures.")
            }
        },
        Screen::Review(ReviewReason::SimilarityInBand) => (
            "Veuillez patienter",
            "Un membre du personnel va vous aider.",
        ),
        Screen::TryAgain(reason) => ("Veuillez réessayer", why(*reason)),
        Screen::LockedOut => ("Accès bloqué", "Trop d’essais. Demandez de l’aide."),
        Screen::CloseDoor => ("Fermez la porte", "La porte est restée ouverte."),
        Screen::Consent => (
            "Vous enregistrer ?",
            "Un gabarit est conservé pour l’accès, pas d’image.\nOui : tournez la tête à droite, puis revenez.\nNon : tournez-la à gauche.",
        ),
        Screen::Enrolling { .. } => ("Regardez toujours ici", "Votre visage est enregistré."),
        Screen::EnrolmentEnded(end) => match end {
            EnrolmentEnd::Enrolled => ("C’est enregistré", "La porte vous connaît désormais."),
            EnrolmentEnd::Declined => ("Rien n’est conservé", "Vous avez refusé."),
            EnrolmentEnd::Left => ("Non enregistré", "Restez devant la caméra."),
            EnrolmentEnd::TimedOut => ("Non enregistré", "Le délai est dépassé."),
            EnrolmentEnd::Replaced => ("Non enregistré", "Une seule personne à la fois."),
            EnrolmentEnd::Attack => ("Non enregistré", "Montrez votre visage, pas une image."),
            EnrolmentEnd::AlreadyEnrolled => {
                ("Déjà enregistré", "Sous un autre numéro. Voyez l’accueil.")
            }
            EnrolmentEnd::Refused(_) => ("Non enregistré", "Adressez-vous à l’accueil."),
            EnrolmentEnd::Cancelled => ("Annulé", "Rien n’a été conservé."),
            EnrolmentEnd::Failed => ("Non enregistré", "Panne technique. Demandez de l’aide."),
        },
        Screen::OutOfService => ("Hors service", "Veuillez utiliser une autre entrée."),
    };
    Message { title, detail }
}

fn why(reason: InconclusiveReason) -> &'static str {
    match reason {
        InconclusiveReason::PoorQuality => "L’image n’était pas assez nette.",
        InconclusiveReason::LivenessMissing => "Regardez la caméra bien en face.",
        InconclusiveReason::TooFewFrames | InconclusiveReason::FaceLost => {
            "Restez devant la caméra."
        }
        InconclusiveReason::TimedOut => "Le délai est dépassé.",
        InconclusiveReason::InconsistentFrames => "Une seule personne à la fois.",
        InconclusiveReason::NoFace => "La caméra n’a vu aucun visage.",
        InconclusiveReason::CameraLost
        | InconclusiveReason::AnalysisFailed
        | InconclusiveReason::StaleFrames => "Panne technique. Demandez de l’aide.",
    }
}
