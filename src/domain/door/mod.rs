//! The door leaf and who tampers with it: what its contacts mean, and when too much was tried.
//!
//! | term | here |
//! |---|---|
//! | door position switch | tells whether the door leaf is open |
//! | REX, request to exit | a button or motion detector inside |
//! | shunt | for a time an opening door is no alarm |
//! | forced | the door opened and nobody had released it |
//! | held open | the door stays open for too long |
//!
//! Invariants: contacts are debounced before they mean anything; every alarm that begins ends, and
//! both are told; nothing here keeps anybody inside, since a REX is answered whatever the alarms and
//! the way out does not depend on this program.

mod debounce;
mod event;
mod lockout;
mod passback;
mod signals;
mod supervision;

pub use event::{Alarm, DoorEvent, Sensor};
pub use lockout::{Lockout, LockoutRules};
pub use passback::Passback;
pub use signals::Signals;
pub use supervision::{DoorEffect, DoorEffects, DoorInput, DoorRules, Supervision};
