//! Portuguese, in the spelling of Portugal.

use crate::domain::challenge::{Action, Instruction};
use crate::domain::{
    DenialReason, EnrolmentEnd, Guidance, InconclusiveReason, ReviewReason, Screen,
};

use super::Message;

pub(super) fn message(screen: &Screen) -> Message {
    let (title, detail) = match screen {
        Screen::Idle => ("Olhe para a câmara", "A porta abre quando o reconhecer."),
        Screen::Offline => ("Sem ligação", "A porta funciona: olhe para a câmara."),
        Screen::ShowFace => ("Mostre o rosto", "Olhe de frente para a câmara."),
        Screen::Verifying => ("Um momento", "Continue a olhar para a câmara."),
        Screen::Guide(guidance) => match guidance {
            Guidance::ComeCloser => ("Aproxime-se", "Dê um passo em direção à câmara."),
            Guidance::HoldStill => ("Não se mova", "Mantenha a cabeça imóvel um momento."),
            Guidance::LookHere => ("Olhe para aqui", "Olhe de frente para a câmara."),
            Guidance::MoreLight => ("Muito escuro", "Vire o rosto para a luz."),
            Guidance::LessLight => ("Demasiada luz", "Afaste-se da luz forte."),
        },
        Screen::Challenge(Instruction::LookHere) => ("Olhe aqui", "Olhe de frente para a câmara."),
        Screen::Challenge(Instruction::Do(action)) => match action {
            Action::TurnLeft => (
                "Vire a cabeça para a esquerda",
                "E volte a olhar para a câmara.",
            ),
            Action::TurnRight => (
                "Vire a cabeça para a direita",
                "E volte a olhar para a câmara.",
            ),
            Action::LookUp => ("Olhe para cima", "E volte a olhar para a câmara."),
            Action::Blink => ("Pisque os olhos", "Feche os olhos por um momento."),
            Action::ComeCloser => ("Aproxime-se", "Até à próxima instrução."),
        },
        Screen::Granted(_) => ("Boas-vindas", "Pode entrar."),
        Screen::Denied(reason) => match reason {
            DenialReason::Unknown => ("Não reconhecido", "Dirija-se à receção, por favor."),
            DenialReason::NotMated => ("Não corresponde", "Este rosto não pertence a este número."),
            DenialReason::NoSuchReference => {
                ("Não registado", "Ninguém está registado com este número.")
            }
            DenialReason::PresentationAttack => {
                ("Não aceite", "Mostre o seu rosto, não uma imagem.")
            }
            DenialReason::Expired => ("Acesso expirado", "Renove-o na receção, por favor."),
            DenialReason::AlreadyPassed => ("Já passou", "O último acesso é muito recente."),
            DenialReason::ChallengeFailed => ("Não aceite", "Siga as instruções do ecrã."),
            DenialReason::OutsideHours => ("Fora do horário", "O seu acesso é a outras horas."),
        },
        Screen::Review(ReviewReason::SimilarityInBand) => {
            ("Aguarde, por favor", "Um membro da equipa vai ajudar.")
        }
        Screen::TryAgain(reason) => ("Tente de novo", why(*reason)),
        Screen::LockedOut => ("Bloqueado por agora", "Demasiadas tentativas. Peça ajuda."),
        Screen::CloseDoor => ("Feche a porta", "A porta está aberta há muito tempo."),
        Screen::Consent => (
            "Registar o rosto?",
            "Guarda-se um modelo para o acesso, não a imagem.\nSim: vire a cabeça para a direita e volte.\nNão: vire-a para a esquerda.",
        ),
        Screen::Enrolling { .. } => ("Continue a olhar", "O seu rosto está a ser registado."),
        Screen::EnrolmentEnded(end) => match end {
            EnrolmentEnd::Enrolled => ("Registo feito", "A porta já o conhece."),
            EnrolmentEnd::Declined => ("Nada foi guardado", "Não aceitou o registo."),
            EnrolmentEnd::Left => ("Não registado", "Fique diante da câmara."),
            EnrolmentEnd::TimedOut => ("Não registado", "Demorou demasiado."),
            EnrolmentEnd::Replaced => ("Não registado", "Uma pessoa de cada vez, por favor."),
            EnrolmentEnd::Attack => ("Não registado", "Mostre o seu rosto, não uma imagem."),
            EnrolmentEnd::AlreadyEnrolled => {
                ("Já registado", "Com outro número. Dirija-se à receção.")
            }
            EnrolmentEnd::Refused(_) => ("Não registado", "Dirija-se à receção, por favor."),
            EnrolmentEnd::Cancelled => ("Cancelado", "Nada foi guardado."),
            EnrolmentEnd::Failed => ("Não registado", "Falha técnica. Peça ajuda, por favor."),
        },
        Screen::OutOfService => ("Fora de serviço", "Utilize outra entrada, por favor."),
    };
    Message { title, detail }
}

fn why(reason: InconclusiveReason) -> &'static str {
    match reason {
        InconclusiveReason::PoorQuality => "A imagem não estava bastante nítida.",
        InconclusiveReason::LivenessMissing => "Olhe de frente para a câmara.",
        InconclusiveReason::TooFewFrames | InconclusiveReason::FaceLost => {
            "Fique diante da câmara."
        }
        InconclusiveReason::TimedOut => "Demorou demasiado.",
        InconclusiveReason::InconsistentFrames => "Uma pessoa de cada vez, por favor.",
        InconclusiveReason::NoFace => "A câmara não viu nenhum rosto.",
        InconclusiveReason::CameraLost
        | InconclusiveReason::AnalysisFailed
        | InconclusiveReason::StaleFrames => "Falha técnica. Peça ajuda, por favor.",
    }
}
