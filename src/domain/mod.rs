//! What a door knows and decides, with nothing of the outside in it.
//!
//! Types with units, the policy, the comparison with references, the decision and the access
//! transaction. The room's invariants:
//!
//! - no I/O, no clock, no thread: time comes in as [`Moment`] and [`time::UtcDateTime`] values;
//! - no wire format: other rooms map these types to JSON, SQL or pixels;
//! - a fault never grants: [`decide`] grants only on a complete [`Evidence`], and [`Transaction`]
//!   builds one only from fresh frames of a single tracked face.

mod broker_watch;
mod calibration;
pub mod challenge;
mod clock;
mod decide;
mod door;
mod error_rates;
mod evidence;
mod examination;
mod face;
mod face_mesh;
mod frame;
mod gallery;
mod hours;
mod identity;
mod judgement;
pub mod liveness;
mod onboarding;
mod policy;
mod retry;
mod screen;
mod site_calibration;
mod subject;
mod template;
mod tracker;
mod transaction;
mod units;

pub use broker_watch::BrokerWatch;
pub use calibration::{CalibrationError, PadCalibration, SimilarityCalibration};
pub use clock::{Clock, clock_is_set};
pub use decide::{Decision, DenialReason, InconclusiveReason, ReviewReason, decide};
pub use door::{
    Alarm, DoorEffect, DoorEffects, DoorEvent, DoorInput, DoorRules, Lockout, LockoutRules,
    Passback, Sensor, Signals, Supervision,
};
pub use error_rates::{
    EqualErrorRate, Interval, OperatingPoint, PadScores, Proportion, ScoreError, ScoreSets,
};
pub use evidence::{Candidate, Comparison, Evidence, MAX_CANDIDATES, Sighting};
pub use examination::{
    Compared, Covered, Effort, ExaminedFace, ExaminedFrame, ExaminedPicture, ExaminedVideo,
    FacesWanted, HeadPose, ObservedFrame, PictureFormat, Portrait, Wanted,
};
pub use face::{BoundingBox, Face, Landmarks, Point};
pub use face_mesh::{EyeOpening, FaceMesh, MeshPoint};
pub use frame::Frame;
pub use gallery::{Gallery, GalleryError, Polarity, Reference};
pub use hours::{
    AccessHours, Day, Days, Holiday, HoursError, Opening, OpeningError, Schedule, ScheduleName,
    ScheduleNameError, UnknownZone, Zone,
};
pub use identity::{Identity, IdentityKey, IdentityKeyError, IdentityLookup};
pub use judgement::{Judgement, LivenessTest, Presentation};
pub use onboarding::{
    Capture, CapturedSample, EnrolmentEnd, EnrolmentOrder, EnrolmentStage, EnrolmentUpdate,
};
pub use policy::{Band, Policy, PolicyError};
pub use retry::retry_delay;
pub use screen::{Guidance, Screen};
pub use site_calibration::{SiteCalibration, SiteCalibrationError, WATCHED_DECISIONS, drift};
pub use subject::{Standing, Subject, SubjectId, SubjectIdError};
pub use template::{ComparisonError, ModelId, Template};
pub use tracker::{TrackId, Tracker};
pub use transaction::{
    Against, Analysis, DecisionRecord, Demand, Effect, Effects, Fault, Input, Transaction,
};
pub use units::{Cosine, Moment, PadScore, Quality, Similarity, UnitError};
