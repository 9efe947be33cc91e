//! Spanish, in the polite form.

use crate::domain::challenge::{Action, Instruction};
use crate::domain::{
    DenialReason, EnrolmentEnd, Guidance, InconclusiveReason, ReviewReason, Screen,
};

use super::Message;

pub(super) fn message(screen: &Screen) -> Message {
    let (title, detail) = match screen {
        Screen::Idle => ("Mire a la cámara", "La puerta se abre si le reconoce."),
        Screen::Offline => ("Sin conexión", "La puerta funciona: mire a la cámara."),
        Screen::ShowFace => ("Muestre su cara", "Mire de frente a la cámara."),
        Screen::Verifying => ("Un momento", "Siga mirando a la cámara."),
        Screen::Guide(guidance) => match guidance {
            Guidance::ComeCloser => ("Acérquese", "Dé un paso hacia la cámara."),
            Guidance::HoldStill => ("No se mueva", "Mantenga la cabeza quieta un momento."),
            Guidance::LookHere => ("Mire aquí", "Mire de frente a la cámara."),
            Guidance::MoreLight => ("Muy oscuro", "Gire la cara hacia la luz."),
            Guidance::LessLight => ("Demasiada luz", "Apártese de la luz intensa."),
        },
        Screen::Challenge(Instruction::LookHere) => ("Mire aquí", "Mire a la cámara de frente."),
        Screen::Challenge(Instruction::Do(action)) => match action {
            Action::TurnLeft => (
                "Gire la cabeza a la izquierda",
                "Y vuelva a mirar a la cámara.",
            ),
            Action::TurnRight => (
                "Gire la cabeza a la derecha",
                "Y vuelva a mirar a la cámara.",
            ),
            Action::LookUp => ("Mire hacia arriba", "Y vuelva a mirar a la cámara."),
            Action::Blink => ("Parpadee", "Cierre los ojos un momento."),
            Action::ComeCloser => ("Acérquese", "Hasta la próxima instrucción."),
        },
        Screen::Granted(_) => ("Adelante", "Ya puede pasar."),
        Screen::Denied(reason) => match reason {
            DenialReason::Unknown => ("No reconocido", "Pregunte en recepción, por favor."),
            DenialReason::NotMated => ("No coincide", "Esta cara no corresponde a este número."),
            DenialReason::NoSuchReference => {
                ("No registrado", "No hay nadie registrado con este número.")
            }
            DenialReason::PresentationAttack => {
                ("No aceptado", "Muestre su propia cara, no una imagen.")
            }
            DenialReason::Expired => ("Acceso caducado", "Renuévelo en recepción, por favor."),
            DenialReason::AlreadyPassed => ("Ya ha pasado", "Su último acceso es muy reciente."),
            DenialReason::ChallengeFailed => {
                ("No aceptado", "Siga las instrucciones de la pantalla.")
            }
            DenialReason::OutsideHours => ("Fuera de horario", "Su acceso es a otras horas."),
        },
        Screen::Review(ReviewReason::SimilarityInBand) => {
            ("Espere, por favor", "Una persona del equipo le atenderá.")
        }
        Screen::TryAgain(reason) => ("Inténtelo de nuevo", why(*reason)),
        Screen::LockedOut => ("Bloqueado por ahora", "Demasiados intentos. Pida ayuda."),
        Screen::CloseDoor => ("Cierre la puerta", "La puerta lleva mucho tiempo abierta."),
        Screen::Consent => (
            "¿Registrar su cara?",
            "Se guarda una plantilla para el acceso, no la imagen.\nSí: gire la cabeza a la derecha y vuelva.\nNo: gírela a la izquierda.",
        ),
        Screen::Enrolling { .. } => ("Siga mirando aquí", "Se está registrando su cara."),
        Screen::EnrolmentEnded(end) => match end {
            EnrolmentEnd::Enrolled => ("Ya está registrado", "La puerta ya le conoce."),
            EnrolmentEnd::Declined => ("No se guarda nada", "Usted no ha aceptado."),
            EnrolmentEnd::Left => ("No registrado", "Quédese delante de la cámara."),
            EnrolmentEnd::TimedOut => ("No registrado", "Ha tardado demasiado."),
            EnrolmentEnd::Replaced => ("No registrado", "De uno en uno, por favor."),
            EnrolmentEnd::Attack => ("No registrado", "Muestre su propia cara, no una imagen."),
            EnrolmentEnd::AlreadyEnrolled => {
                ("Ya registrado", "Con otro número. Pregunte en recepción.")
            }
            EnrolmentEnd::Refused(_) => ("No registrado", "Pregunte en recepción, por favor."),
            EnrolmentEnd::Cancelled => ("Cancelado", "No se ha guardado nada."),
            EnrolmentEnd::Failed => ("No registrado", "Fallo técnico. Pida ayuda, por favor."),
        },
        Screen::OutOfService => ("Fuera de servicio", "Utilice otra entrada, por favor."),
    };
    Message { title, detail }
}

fn why(reason: InconclusiveReason) -> &'static str {
    match reason {
        InconclusiveReason::PoorQuality => "La imagen no era lo bastante nítida.",
        InconclusiveReason::LivenessMissing => "Mire de frente a la cámara.",
        InconclusiveReason::TooFewFrames | InconclusiveReason::FaceLost => {
            "Quédese delante de la cámara."
        }
        InconclusiveReason::TimedOut => "Ha tardado demasiado.",
        InconclusiveReason::InconsistentFrames => "De uno en uno, por favor.",
        InconclusiveReason::NoFace => "La cámara no ha visto ninguna cara.",
        InconclusiveReason::CameraLost
        | InconclusiveReason::AnalysisFailed
        | InconclusiveReason::StaleFrames => "Fallo técnico. Pida ayuda, por favor.",
    }
}
