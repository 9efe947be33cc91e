//! One session: who asked for it, how far it is, and in the end what it found out.

use std::time::Duration;

use crate::domain::{Moment, Template};
use crate::http::api::ApiState;
use crate::http::api::Dialect;
use crate::http::api::keys::ClientId;

use super::callback::Notice;
use super::findings::Findings;
use super::live::LiveCapture;
use super::url::MediaUrl;

/// A session that isn't finished by then is forgotten.
pub const OPEN_FOR: Duration = Duration::from_secs(60 * 60);
/// A running capture without a new frame for so long was left by the person.
pub const LEFT_AFTER: Duration = Duration::from_secs(20);
/// How long findings are kept.
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// What a caller asks for.
#[derive(Debug)]
pub struct Order {
    pub id: u128,
    pub dialect: Dialect,
    pub owner: ClientId,
    /// The caller's own name for the session or the person.
    pub reference_id: Option<String>,
    /// Whether the caller may have only one session with this name.
    pub is_unique: bool,
    /// Where the person's browser goes in the end.
    pub redirect: Option<Redirect>,
    /// Who is told of the findings.
    pub notice: Option<Notice>,
    /// Whether the findings tell where the person is.
    pub wants_place: bool,
    pub references: Vec<Reference>,
    /// Whether the references are complete, or one is still to come.
    pub complete: bool,
}

/// Where the person's browser goes, and what is added to the address.
#[derive(Debug, Clone)]
pub struct Redirect {
    pub url: String,
    pub query: fn(&ApiState, &Order, &Findings) -> Vec<(&'static str, String)>,
}

/// A face that the live one is compared with.
#[derive(Debug, Clone)]
pub struct Reference {
    /// Where its picture is.
    pub picture: MediaUrl,
    pub template: Template,
}

/// A session and its stage. Templates are dropped, and so wiped, when it is finished.
#[derive(Debug)]
pub struct Session {
    pub order: Order,
    /// The references' pictures, which stay when the templates go.
    pub originals: Vec<MediaUrl>,
    pub stage: Stage,
    /// When the stage was entered.
    pub since: Moment,
}

/// How far a session is. The way is always downwards.
#[derive(Debug)]
pub enum Stage {
    /// The reference is still to come.
    Referenceless,
    /// The person is still to come.
    Awaiting,
    /// The person is in front of the camera.
    Capturing(Box<LiveCapture>),
    /// The live frames are being compared.
    Evaluating,
    Finished(Box<Findings>),
}

impl Stage {
    /// The word for pages and answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Referenceless => "waiting_for_reference",
            Self::Awaiting => "ready",
            Self::Capturing(_) => "capturing",
            Self::Evaluating => "evaluating",
            Self::Finished(_) => "finished",
        }
    }
}

/// What a session can't do at its stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StageError {
    #[error("the reference is missing: send the document first")]
    Referenceless,
    #[error("the session has its reference already")]
    HasReference,
    #[error("the live picture or video is there already, or is being taken")]
    HasLive,
    #[error("no live picture or video is being taken")]
    NotCapturing,
}

impl Session {
    #[must_use]
    pub fn new(order: Order, now: Moment) -> Self {
        Self {
            originals: order.references.iter().map(|r| r.picture.clone()).collect(),
            stage: if order.complete {
                Stage::Awaiting
            } else {
                Stage::Referenceless
            },
            order,
            since: now,
        }
    }

    /// Whether the reference is still to come.
    ///
    /// # Errors
    /// If there is one already.
    pub fn lacks_reference(&self) -> Result<(), StageError> {
        match self.stage {
            Stage::Referenceless => Ok(()),
            _ => Err(StageError::HasReference),
        }
    }

    /// Takes the reference that was still to come.
    ///
    /// # Errors
    /// If there is one already.
    pub fn refer(&mut self, reference: Reference, now: Moment) -> Result<(), StageError> {
        self.lacks_reference()?;
        self.originals.push(reference.picture.clone());
        self.order.references.push(reference);
        self.enter(Stage::Awaiting, now);
        Ok(())
    }

    /// Begins the capture.
    ///
    /// # Errors
    /// If the reference is missing or the capture has begun before.
    pub fn begin(&mut self, capture: LiveCapture, now: Moment) -> Result<(), StageError> {
        self.ready_for_live()?;
        self.enter(Stage::Capturing(Box::new(capture)), now);
        Ok(())
    }

    /// Takes note that the live picture or video was sent, and is now evaluated.
    ///
    /// # Errors
    /// As [`Session::begin`].
    pub fn evaluate_upload(&mut self, now: Moment) -> Result<Vec<Reference>, StageError> {
        self.ready_for_live()?;
        self.enter(Stage::Evaluating, now);
        Ok(std::mem::take(&mut self.order.references))
    }

    /// Ends the capture, to be evaluated against the references.
    ///
    /// # Errors
    /// If none is running.
    pub fn end_capture(
        &mut self,
        now: Moment,
    ) -> Result<(LiveCapture, Vec<Reference>), StageError> {
        match std::mem::replace(&mut self.stage, Stage::Evaluating) {
            Stage::Capturing(capture) => {
                self.since = now;
                Ok((*capture, std::mem::take(&mut self.order.references)))
            }
            other => {
                self.stage = other;
                Err(StageError::NotCapturing)
            }
        }
    }

    /// Keeps the findings.
    pub fn finish(&mut self, findings: Findings, now: Moment) {
        self.order.references.clear();
        self.enter(Stage::Finished(Box::new(findings)), now);
    }

    /// What was found out, if it is finished.
    #[must_use]
    pub fn findings(&self) -> Option<&Findings> {
        match &self.stage {
            Stage::Finished(findings) => Some(findings),
            _ => None,
        }
    }

    /// Whether nothing of it needs to be kept any longer.
    #[must_use]
    pub fn is_over(&self, now: Moment) -> bool {
        let lifetime = match self.stage {
            Stage::Finished(_) => KEPT_FOR,
            _ => OPEN_FOR,
        };
        now.since(self.since) >= lifetime
    }

    /// Whether the person has left during the capture.
    #[must_use]
    pub fn is_left(&self, now: Moment) -> bool {
        match &self.stage {
            Stage::Capturing(capture) => now.since(capture.latest()) >= LEFT_AFTER,
            _ => false,
        }
    }

    /// Whether the live face may come.
    ///
    /// # Errors
    /// If the reference is missing, or the live face has come or is coming.
    pub fn ready_for_live(&self) -> Result<(), StageError> {
        match self.stage {
            Stage::Awaiting => Ok(()),
            Stage::Referenceless => Err(StageError::Referenceless),
            _ => Err(StageError::HasLive),
        }
    }

    fn enter(&mut self, stage: Stage, now: Moment) {
        self.stage = stage;
        self.since = now;
    }
}
