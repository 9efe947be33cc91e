//! The supervision of the door leaf: `step(now, input) -> effects`, without a clock.
//!
//! | door opens while | it is |
//! |---|---|
//! | the strike is released | an entry |
//! | a REX shunts it | an exit |
//! | neither | forced, until it is closed |
//!
//! | open for | it is |
//! |---|---|
//! | `held_open_warning` | about to be held open: panel and buzzer ask to close it |
//! | `held_open` | held open, until it is closed |
//!
//! What counts is when a contact changed, not when it was believed. A release while the door is open
//! begins its time anew. A door that is open when the supervision begins is not forced.

use std::time::Duration;

use super::debounce::{Change, Debounce};
use super::{Alarm, DoorEvent, Sensor};
use crate::domain::{Moment, PolicyError};

/// The times of a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoorRules {
    /// How long a contact must hold a level.
    pub debounce: Duration,
    /// How long a REX releases the strike and shunts the alarm.
    pub rex_time: Duration,
    /// Open for so long, the door is about to be held open.
    pub held_open_warning: Duration,
    /// Open for so long, it is held open.
    pub held_open: Duration,
}

impl Default for DoorRules {
    fn default() -> Self {
        Self {
            debounce: Duration::from_millis(50),
            rex_time: Duration::from_secs(3),
            held_open_warning: Duration::from_secs(20),
            held_open: Duration::from_secs(30),
        }
    }
}

impl DoorRules {
    /// Checks every time against its range.
    ///
    /// # Errors
    /// The first that won't do, with its key and range.
    pub fn validated(self) -> Result<Self, PolicyError> {
        let spans = [
            ("debounce_ms", self.debounce, 5, 1_000),
            ("rex_time_ms", self.rex_time, 200, 30_000),
            (
                "held_open_warning_ms",
                self.held_open_warning,
                1_000,
                3_600_000,
            ),
            ("held_open_ms", self.held_open, 1_000, 3_600_000),
        ];
        for (key, span, min, max) in spans {
            let millis = span.as_millis();
            if !(min..=max).contains(&millis) {
                let problem = format!("{millis} ms is not from {min} to {max} ms");
                return Err(PolicyError { key, problem });
            }
        }
        if self.held_open_warning > self.held_open {
            let problem = "is longer than held_open_ms".into();
            let key = "held_open_warning_ms";
            return Err(PolicyError { key, problem });
        }
        Ok(self)
    }
}

/// Everything that moves the supervision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoorInput {
    /// A contact has this level now.
    Sensed { sensor: Sensor, active: bool },
    /// The strike is released until then.
    Released { until: Moment },
    /// Time has passed.
    Tick,
}

/// What the outside must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoorEffect {
    /// Let somebody out.
    Release(Duration),
    /// Tell and record.
    Report(DoorEvent),
}

/// The effects of one step: each of three contacts can end two alarms and begin one.
pub type DoorEffects = heapless::Vec<DoorEffect, 12>;

/// The state machine of one door leaf.
#[derive(Debug)]
pub struct Supervision {
    rules: DoorRules,
    position: Debounce,
    rex: Debounce,
    tamper: Debounce,
    /// An opening until then is no alarm.
    shunted: Option<Moment>,
    /// Since when the door is open, or since the last release while it is.
    open_since: Option<Moment>,
    alarms: Alarms,
}

#[derive(Debug, Default)]
struct Alarms {
    forced: bool,
    held_open_soon: bool,
    held_open: bool,
    tamper: bool,
}

impl Alarms {
    fn of(&mut self, alarm: Alarm) -> Option<&mut bool> {
        match alarm {
            Alarm::Forced => Some(&mut self.forced),
            Alarm::HeldOpenSoon => Some(&mut self.held_open_soon),
            Alarm::HeldOpen => Some(&mut self.held_open),
            Alarm::Tamper => Some(&mut self.tamper),
            // Not of the door leaf.
            Alarm::LockedOut | Alarm::ClockUnset => None,
        }
    }
}

impl Supervision {
    /// A door of which nothing is known yet.
    #[must_use]
    pub fn new(rules: DoorRules) -> Self {
        Self {
            rules,
            position: Debounce::new(rules.debounce),
            rex: Debounce::new(rules.debounce),
            tamper: Debounce::new(rules.debounce),
            shunted: None,
            open_since: None,
            alarms: Alarms::default(),
        }
    }

    /// Whether people should be asked to close the door.
    #[must_use]
    pub fn wants_closing(&self) -> bool {
        self.alarms.held_open_soon || self.alarms.held_open
    }

    /// Whether there is an alarm that the buzzer sounds for.
    #[must_use]
    pub fn is_alarmed(&self) -> bool {
        self.alarms.forced || self.alarms.held_open || self.alarms.tamper
    }

    /// Takes one input and says what the outside must do.
    pub fn step(&mut self, now: Moment, input: DoorInput) -> DoorEffects {
        let mut effects = DoorEffects::new();
        match input {
            DoorInput::Tick => {}
            DoorInput::Sensed { sensor, active } => self.contact(sensor).sense(now, active),
            DoorInput::Released { until } => self.shunt(now, until, &mut effects),
        }
        // Of a REX and an opening that settle together, the REX is meant first.
        if let Some(change) = self.rex.settle(now) {
            self.request_exit(now, change, &mut effects);
        }
        if let Some(change) = self.position.settle(now) {
            self.move_leaf(change, &mut effects);
        }
        if let Some(change) = self.tamper.settle(now) {
            self.set(Alarm::Tamper, change.active, &mut effects);
        }
        self.pass_time(now, &mut effects);
        effects
    }

    fn contact(&mut self, sensor: Sensor) -> &mut Debounce {
        match sensor {
            Sensor::Position => &mut self.position,
            Sensor::Rex => &mut self.rex,
            Sensor::Tamper => &mut self.tamper,
        }
    }

    fn shunt(&mut self, now: Moment, until: Moment, effects: &mut DoorEffects) {
        self.shunted = self.shunted.max(Some(until));
        if let Some(since) = &mut self.open_since {
            *since = now;
            self.set(Alarm::HeldOpenSoon, false, effects);
        }
    }

    fn request_exit(&mut self, now: Moment, change: Change, effects: &mut DoorEffects) {
        if !change.active {
            return;
        }
        push(effects, DoorEffect::Release(self.rules.rex_time));
        push(effects, DoorEffect::Report(DoorEvent::ExitRequested));
        self.shunt(now, now + self.rules.rex_time, effects);
    }

    fn move_leaf(&mut self, change: Change, effects: &mut DoorEffects) {
        if change.active {
            self.open_since = Some(change.since);
            let is_shunted = self.shunted.is_some_and(|until| change.since <= until);
            push(effects, DoorEffect::Report(DoorEvent::Opened));
            if !is_shunted && !change.is_first {
                self.set(Alarm::Forced, true, effects);
            }
        } else {
            self.open_since = None;
            if !change.is_first {
                push(effects, DoorEffect::Report(DoorEvent::Closed));
            }
            for alarm in [Alarm::Forced, Alarm::HeldOpenSoon, Alarm::HeldOpen] {
                self.set(alarm, false, effects);
            }
        }
    }

    fn pass_time(&mut self, now: Moment, effects: &mut DoorEffects) {
        let Some(since) = self.open_since else {
            return;
        };
        let open = now.since(since);
        if open >= self.rules.held_open {
            self.set(Alarm::HeldOpenSoon, false, effects);
            self.set(Alarm::HeldOpen, true, effects);
        } else if open >= self.rules.held_open_warning && !self.alarms.held_open {
            self.set(Alarm::HeldOpenSoon, true, effects);
        }
    }

    /// Tells an alarm that begins or ends.
    fn set(&mut self, alarm: Alarm, active: bool, effects: &mut DoorEffects) {
        let Some(current) = self.alarms.of(alarm) else {
            return;
        };
        if std::mem::replace(current, active) != active {
            let event = if active {
                DoorEvent::Raised(alarm)
            } else {
                DoorEvent::Cleared(alarm)
            };
            push(effects, DoorEffect::Report(event));
        }
    }
}

/// Effects of one step are few; losing the last is safer than a panic, since a release comes first.
fn push(effects: &mut DoorEffects, effect: DoorEffect) {
    let kept = effects.push(effect);
    debug_assert!(kept.is_ok(), "more effects than a step can have");
}

#[cfg(test)]
mod tests;
