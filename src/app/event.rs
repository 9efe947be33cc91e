//! Everything that reaches the door's event loop.

use std::sync::Arc;

use crate::capture::CameraEvent;
use crate::domain::{EnrolmentEnd, Gallery, Sensor, SubjectId};
use crate::http::api::enrolments::EnrolmentRequest;

use super::analysis::Seen;

/// Camera frames, claims and stops all enter through this one type.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a box would allocate on the frame path"
)]
pub enum Event {
    /// A frame was analysed.
    Analysed(Seen),
    /// A frame could not be analysed; the message is for the log.
    AnalysisFailed(String),
    /// The camera was lost, came back, or has no more frames.
    Camera(CameraEvent),
    /// Somebody was enrolled or removed.
    GalleryChanged(Arc<Gallery>),
    /// A badge, a QR code or an MQTT command named a reference.
    Claimed { subject: SubjectId, by: ClaimSource },
    /// A contact at the door has this level now: active is open, pressed, or tampered with.
    Sensed { sensor: Sensor, active: bool },
    /// The local API asks for an enrolment at the door, or takes that back.
    Enrolment(EnrolmentRequest),
    /// What became of the enrolment of this id in the store.
    EnrolmentSaved { id: u128, end: EnrolmentEnd },
    /// The operating system or the caller asks to end.
    Stop,
}

/// What named a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimSource {
    Badge,
    QrCode,
    Mqtt,
}
