//! What becomes of an enrolment at the door, as published and recorded.

use serde::{Deserialize, Serialize};
use time::UtcDateTime;
use uuid::Uuid;

use super::{DeviceName, TelemetryError, Version, timestamp};
use crate::domain::{EnrolmentStage, EnrolmentUpdate};

/// An enrolment at the door has begun, was agreed to, or has ended.
///
/// ```json
/// {"v":1,"id":"9c1d6a0e5f4b4d2c8a7b3e1f00c2d4e6","device":"north-door","at":"2026-03-02T08:15:30.123Z",
///  "enrolment":"5b0c4d2e-…","state":"capturing","rule":null,"subject":"17","asked_by":"front desk",
///  "consented_at":"2026-03-02T08:15:30.123Z","delayed":false}
/// ```
///
/// | state | means |
/// |---|---|
/// | `asking` | somebody has asked for it, and the person is asked |
/// | `capturing` | the person has agreed, at `consented_at` |
/// | a code of [`EnrolmentEnd`](crate::domain::EnrolmentEnd) | it has ended; `enrolled` if something was stored |
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentMessage {
    pub v: Version,
    /// 128 random bits in hexadecimal: the same message delivered twice has the same id.
    pub id: String,
    pub device: String,
    #[serde(with = "timestamp")]
    pub at: UtcDateTime,
    /// Names the enrolment, as the local API does.
    pub enrolment: String,
    pub state: String,
    /// The rule of admission that refused it.
    pub rule: Option<String>,
    /// The ID number to enrol under.
    pub subject: String,
    /// The name of the key that asked.
    pub asked_by: String,
    #[serde(with = "timestamp::option")]
    pub consented_at: Option<UtcDateTime>,
    /// Whether it comes seconds late, because the broker or the door had been away.
    pub delayed: bool,
}

impl EnrolmentMessage {
    /// The message of an update at the door called `device`: one for the log and the broker alike. `None` of one
    /// that is no news to them.
    ///
    /// # Errors
    /// [`TelemetryError::Random`] if the operating system gives no random numbers.
    pub fn new(
        update: &EnrolmentUpdate,
        device: &DeviceName,
        at: UtcDateTime,
        consented_at: Option<UtcDateTime>,
    ) -> Result<Option<Self>, TelemetryError> {
        let is_news = match update.stage {
            EnrolmentStage::Asking | EnrolmentStage::Ended(_) => true,
            EnrolmentStage::Capturing { done, .. } => done == 0,
            EnrolmentStage::Saving => false,
        };
        if !is_news {
            return Ok(None);
        }
        let mut id = [0; 16];
        getrandom::fill(&mut id)?;
        Ok(Some(Self {
            v: Version,
            id: super::hex::encode(&id),
            device: device.to_string(),
            at,
            enrolment: Uuid::from_u128(update.order.id).hyphenated().to_string(),
            state: update.stage.code().to_owned(),
            rule: update.stage.rule().map(str::to_owned),
            subject: update.order.subject.to_string(),
            asked_by: update.order.asked_by.clone(),
            consented_at,
            delayed: false,
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use time::macros::utc_datetime;

    use super::*;
    use crate::domain::{EnrolmentEnd, EnrolmentOrder};
    use crate::telemetry::QueuedMessage;

    const AT: UtcDateTime = utc_datetime!(2026-03-02 8:15:30.123_456);

    fn message(stage: EnrolmentStage) -> Option<EnrolmentMessage> {
        let order = EnrolmentOrder {
            id: 1,
            subject: "17".parse().unwrap(),
            name: Some("Ada".into()),
            expires: None,
            asked_by: "front desk".into(),
            time_limit: Duration::from_secs(60),
        };
        let update = EnrolmentUpdate {
            order: Arc::new(order),
            stage,
            consented: None,
        };
        let device = "north-door".parse().unwrap();
        EnrolmentMessage::new(&update, &device, AT, Some(AT)).unwrap()
    }

    #[test]
    fn an_end_on_the_wire_and_back() {
        let end = EnrolmentEnd::Refused("too_many_references");
        let mut message = message(EnrolmentStage::Ended(end)).unwrap();
        message.id = "00".into();
        let json = serde_json::to_string(&message).unwrap();
        assert_eq!(
            json,
            r#"{"v":1,"id":"00","device":"north-door","at":"2026-03-02T08:15:30.123Z","enrolment":"00000000-0000-0000-0000-000000000001","state":"refused","rule":"too_many_references","subject":"17","asked_by":"front desk","consented_at":"2026-03-02T08:15:30.123Z","delayed":false}"#
        );
        let queued: QueuedMessage = serde_json::from_str(&json).unwrap();
        let QueuedMessage::Enrolment(read) = queued else {
            panic!("{queued:?}");
        };
        assert_eq!(
            (read.state, read.enrolment),
            (message.state, message.enrolment)
        );
    }

    #[test]
    fn who_asked_who_agreed_and_how_it_ended_is_news_and_progress_is_not() {
        let capturing = |done| EnrolmentStage::Capturing { done, wanted: 5 };
        assert!(message(EnrolmentStage::Asking).is_some());
        assert!(message(capturing(0)).is_some());
        assert!(message(capturing(1)).is_none());
        assert!(message(EnrolmentStage::Saving).is_none());
        assert!(message(EnrolmentStage::Ended(EnrolmentEnd::Left)).is_some());
    }
}
