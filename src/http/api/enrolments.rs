//! The way from the local API to the door's event loop, for enrolments at the door.
//!
//! It carries orders and their cancellation one way and tells how they stand the other way. No picture and no
//! template passes here, and the door may always say no.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use time::UtcDateTime;
use tokio::sync::oneshot;

use crate::domain::{EnrolmentOrder, EnrolmentStage, EnrolmentUpdate};

/// What the door is asked for.
#[derive(Debug)]
pub enum EnrolmentRequest {
    Begin {
        order: EnrolmentOrder,
        /// Told whether it has begun: not while another runs, or out of service.
        begun: oneshot::Sender<bool>,
    },
    Cancel {
        id: u128,
    },
}

/// Hands a request to the event loop without waiting; false if that takes none.
pub type AskDoor = Box<dyn Fn(EnrolmentRequest) -> bool + Send + Sync>;

/// Why the door does not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DoorRefusal {
    #[error("no door is served beside this API")]
    NoDoor,
    #[error("the door enrols somebody else, or is out of service; try again later")]
    Busy,
    #[error("there is no such enrolment at the door")]
    NoSuchEnrolment,
    #[error("this enrolment is being stored, or has ended")]
    TooLate,
}

/// How an order stands.
#[derive(Debug, Clone)]
pub struct EnrolmentStatus {
    pub order: Arc<EnrolmentOrder>,
    pub stage: EnrolmentStage,
    pub consented: Option<UtcDateTime>,
}

/// The orders of late, the latest first.
pub struct Enrolments {
    door: Option<AskDoor>,
    known: Mutex<VecDeque<EnrolmentStatus>>,
}

impl Enrolments {
    /// Orders that are remembered.
    const KEPT: usize = 64;
    /// The event loop answers within milliseconds, or something is wrong.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// Orders for this door, if there is one.
    #[must_use]
    pub fn new(door: Option<AskDoor>) -> Self {
        Self {
            door,
            known: Mutex::default(),
        }
    }

    /// Asks the door to enrol whoever stands there.
    ///
    /// # Errors
    /// [`DoorRefusal`]
    pub async fn begin(&self, order: EnrolmentOrder) -> Result<EnrolmentStatus, DoorRefusal> {
        let id = order.id;
        let (begun, answer) = oneshot::channel();
        self.ask(EnrolmentRequest::Begin { order, begun })?;
        match tokio::time::timeout(Self::PATIENCE, answer).await {
            Ok(Ok(true)) => self.find(id),
            _ => Err(DoorRefusal::Busy),
        }
    }

    /// Asks the door to leave it.
    ///
    /// # Errors
    /// [`DoorRefusal`]
    pub fn cancel(&self, id: u128) -> Result<(), DoorRefusal> {
        let stage = self.find(id)?.stage;
        if stage.is_ended() || stage == EnrolmentStage::Saving {
            return Err(DoorRefusal::TooLate);
        }
        self.ask(EnrolmentRequest::Cancel { id })
    }

    /// How an order stands.
    ///
    /// # Errors
    /// [`DoorRefusal::NoSuchEnrolment`], also of one that is long over.
    pub fn find(&self, id: u128) -> Result<EnrolmentStatus, DoorRefusal> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|status| status.order.id == id);
        found.cloned().ok_or(DoorRefusal::NoSuchEnrolment)
    }

    /// Takes note of what the door does.
    pub fn note(&self, update: &EnrolmentUpdate, consented: Option<UtcDateTime>) {
        let status = EnrolmentStatus {
            order: Arc::clone(&update.order),
            stage: update.stage,
            consented,
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let id = update.order.id;
        if let Some(before) = known.iter_mut().find(|status| status.order.id == id) {
            *before = status;
        } else {
            known.truncate(Self::KEPT - 1);
            known.push_front(status);
        }
    }

    fn ask(&self, request: EnrolmentRequest) -> Result<(), DoorRefusal> {
        let door = self.door.as_ref().ok_or(DoorRefusal::NoDoor)?;
        door(request).then_some(()).ok_or(DoorRefusal::Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EnrolmentEnd;

    fn update(id: u128, stage: EnrolmentStage) -> EnrolmentUpdate {
        let order = EnrolmentOrder {
            id,
            subject: "17".parse().unwrap(),
            name: None,
            expires: None,
            asked_by: "desk".into(),
            time_limit: Duration::from_secs(60),
        };
        EnrolmentUpdate {
            order: Arc::new(order),
            stage,
            consented: None,
        }
    }

    #[test]
    fn an_order_is_remembered_once_and_the_oldest_forgotten() {
        let enrolments = Enrolments::new(None);
        for id in 0..Enrolments::KEPT as u128 + 1 {
            enrolments.note(&update(id, EnrolmentStage::Asking), None);
        }
        let ended = EnrolmentStage::Ended(EnrolmentEnd::Left);
        enrolments.note(&update(1, ended), None);
        assert_eq!(enrolments.find(1).unwrap().stage, ended);
        assert_eq!(
            enrolments.find(0).unwrap_err(),
            DoorRefusal::NoSuchEnrolment
        );
    }

    #[test]
    fn what_is_stored_or_over_can_not_be_cancelled() {
        let enrolments = Enrolments::new(Some(Box::new(|_| true)));
        let cases = [
            (EnrolmentStage::Asking, Ok(())),
            (EnrolmentStage::Capturing { done: 1, wanted: 5 }, Ok(())),
            (EnrolmentStage::Saving, Err(DoorRefusal::TooLate)),
            (
                EnrolmentStage::Ended(EnrolmentEnd::Left),
                Err(DoorRefusal::TooLate),
            ),
        ];
        for (stage, expected) in cases {
            enrolments.note(&update(1, stage), None);
            assert_eq!(enrolments.cancel(1), expected, "{stage:?}");
        }
        assert_eq!(enrolments.cancel(2), Err(DoorRefusal::NoSuchEnrolment));
    }

    #[tokio::test]
    async fn a_door_that_is_absent_busy_or_gone_begins_nothing() {
        let order = || (*update(1, EnrolmentStage::Asking).order).clone();
        let absent = Enrolments::new(None);
        assert_eq!(
            absent.begin(order()).await.unwrap_err(),
            DoorRefusal::NoDoor
        );
        let full = Enrolments::new(Some(Box::new(|_| false)));
        assert_eq!(full.begin(order()).await.unwrap_err(), DoorRefusal::Busy);
        // Dropped without an answer.
        let gone = Enrolments::new(Some(Box::new(|_| true)));
        assert_eq!(gone.begin(order()).await.unwrap_err(), DoorRefusal::Busy);
    }
}
