//! What the door tells the outside: access events over MQTT and a signed audit log.
//!
//! [`DecisionMessage`] is the one wire shape of a decision, in the log and on the wire. Invariants:
//!
//! - a decision is on disk in the audit log when [`AuditLog::append`] returns, and nothing in the log
//!   can be changed, removed from the middle or forged without [`verify`] naming the place;
//! - a decision that [`Mqtt`] took reaches the broker at least once and in order: it is in the
//!   [`Outbox`] before it is sent, and leaves it only when the broker has acknowledged it;
//! - no decision and no command is retained, so nothing stale is replayed to a late subscriber;
//! - templates, images and keys are in no message, record or log line;
//! - async stays inside [`mqtt`]: the rest of the program calls plain functions that wait for no network.

mod audit;
mod broker;
mod command;
mod door_message;
mod enrolment_message;
mod error;
mod hex;
mod message;
mod monitor;
mod mqtt;
mod outbox;
mod private_file;
mod sink;
mod timestamp;
mod topics;

pub use audit::{
    AuditEntry, AuditKey, AuditLog, AuditPublicKey, CallEntry, Summary, liveness_scores, verify,
};
pub use broker::EmbeddedBroker;
pub use command::parse_claim;
pub use door_message::{DoorMessage, QueuedMessage};
pub use enrolment_message::EnrolmentMessage;
pub use error::TelemetryError;
pub use message::{ComparisonKind, DecisionMessage, DeviceState, StatusMessage, Version};
pub use monitor::Monitor;
pub use mqtt::{Credentials, Mqtt, MqttConfig, TlsConfig};
pub use outbox::{Entry, EntryId, Outbox};
pub use private_file::Secret;
pub use sink::{AccessEvent, EventSink};
pub use topics::{DeviceName, Topics};
