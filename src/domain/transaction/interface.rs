//! What goes into a transaction and what comes out of it.

use std::sync::Arc;
use std::time::Duration;

#[cfg(doc)]
use super::Transaction;
use crate::domain::challenge::Observation;
use crate::domain::{
    Capture, Covered, Decision, DoorEvent, EnrolmentEnd, EnrolmentOrder, EnrolmentUpdate, Evidence,
    Moment, Screen, Sighting, SubjectId,
};

/// What a probe is to be compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// 1:N.
    Gallery,
    /// 1:1.
    Reference(SubjectId),
}

/// What the next frame's analysis should bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// What to compare with; `None` while no comparison counts.
    pub comparison: Option<Against>,
    /// Whether to run the liveness network.
    pub liveness: bool,
    /// Whether to follow the movements of the face, for a challenge.
    pub movement: bool,
    /// Whether to look for what hides the face, for an enrolment.
    pub covers: bool,
}

/// The analysis of one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// When the frame was taken.
    pub captured: Moment,
    /// The tracked face, if there is one.
    pub sighting: Option<Sighting>,
    /// What a challenge wants to know, if it was demanded.
    pub movement: Option<Observation>,
    /// What hides the face, if that was demanded.
    pub covered: Covered,
    /// Whether it is outside the hours of everybody.
    pub off_hours: bool,
}

/// What keeps the door from deciding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    CameraLost,
    /// The analysis failed or panicked.
    AnalysisFailed,
    /// The audit log can't be written, so nothing may be granted.
    AuditUnavailable,
    /// The strike does not follow its line.
    StrikeFailed,
}

/// Everything that moves a transaction.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a box would allocate on the frame path"
)]
pub enum Input {
    Analysed(Analysis),
    /// A reference was named by badge number, QR code or MQTT.
    Claimed(SubjectId),
    Fault(Fault),
    /// Somebody was enrolled or removed: comparisons made before count for nothing.
    GalleryChanged,
    /// The person in front of the door is to be enrolled; ignored unless [`Transaction::admits_enrolment`].
    Enrol(Arc<EnrolmentOrder>),
    /// Whoever asked for the enrolment of this id took it back.
    EnrolmentCancelled(u128),
    /// What became of the enrolment of this id in the store.
    EnrolmentSaved {
        id: u128,
        end: EnrolmentEnd,
    },
    /// Time has passed.
    Tick,
}

/// What was decided, on what, and how long it took.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionRecord {
    pub decision: Decision,
    /// Absent if not one frame could be compared.
    pub evidence: Option<Evidence>,
    pub against: Against,
    /// First sight of the face, or the claim if no face came.
    pub started: Moment,
    pub decided: Moment,
}

/// What the outside must do, in this order. If one fails, those behind it are not done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Into the audit log; always ahead of the release it stands for.
    Record(DecisionRecord),
    ReleaseStrike(Duration),
    Show(Screen),
    Publish(DecisionRecord),
    /// Record and tell.
    Report(DoorEvent),
    /// Record and tell.
    Enrolment(EnrolmentUpdate),
    /// Store, and say in [`Input::EnrolmentSaved`] what became of it.
    Enrol(Capture),
}

/// The effects of one step. A step ends at most one transaction and changes the screen at most twice.
pub type Effects = heapless::Vec<Effect, 8>;
