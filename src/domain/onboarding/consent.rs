//! Yes and no by a turn of the head.
//!
//! A yes is a look ahead, long enough to have read the question, a turn to the right that is held, and a look back.
//! Whoever talks to a neighbour or passes by does not do that by chance. A no is easier: a turn to the left that is
//! held.

use std::time::Duration;

use crate::domain::challenge::{Action, MIN_PARALLAX, Neutral, turned};
use crate::domain::liveness::parallax;
use crate::domain::{FaceMesh, Moment};

/// What the person answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    /// The turn was that of a flat picture.
    Flat,
}

/// Waits for an answer.
#[derive(Debug, Default)]
pub(super) struct Consent {
    ahead: Option<Ahead>,
    turn: Option<Turn>,
}

/// A look at the panel.
#[derive(Debug)]
struct Ahead {
    since: Moment,
    until: Moment,
    straightest: Neutral,
}

/// A turn that goes on.
#[derive(Debug)]
struct Turn {
    to: Action,
    since: Moment,
    until: Moment,
    is_flat: bool,
}

impl Turn {
    fn is_held(&self) -> bool {
        self.until.since(self.since) >= Consent::HOLD
    }
}

impl Consent {
    /// Nobody reads the question in less.
    pub(super) const READ: Duration = Duration::from_millis(1_000);
    /// Frames of one look or turn are no further apart: a slow board takes half a second for one, and a blink is
    /// shorter.
    const GAP: Duration = Duration::from_millis(1_000);
    /// How long a turn is held.
    pub(super) const HOLD: Duration = Duration::from_millis(700);
    /// From the look ahead to the turn, and from the turn to the look back.
    pub(super) const SWING: Duration = Duration::from_millis(2_500);

    /// Takes a face that is near enough; `neutral` if it looks ahead.
    pub(super) fn look(
        &mut self,
        captured: Moment,
        mesh: &FaceMesh,
        neutral: Option<Neutral>,
    ) -> Option<Answer> {
        match neutral {
            Some(neutral) => self.look_ahead(captured, neutral),
            None => self.look_aside(captured, mesh),
        }
    }

    /// What was begun does not count: somebody else is in the picture, or the face is too far away.
    pub(super) fn begin_anew(&mut self) {
        *self = Self::default();
    }

    fn look_ahead(&mut self, captured: Moment, neutral: Neutral) -> Option<Answer> {
        if let Some(turn) = self.turn.take()
            && turn.to == Action::TurnRight
            && turn.is_held()
            && captured.since(turn.until) <= Self::SWING
        {
            return Some(if turn.is_flat {
                Answer::Flat
            } else {
                Answer::Yes
            });
        }
        let goes_on = |ahead: &Ahead| captured.since(ahead.until) <= Self::GAP;
        let begun = self.ahead.take().filter(goes_on);
        let since = begun.as_ref().map_or(captured, |ahead| ahead.since);
        // A head that begins to turn still counts as looking ahead, and is nothing to measure the turn by.
        let straightest = match begun {
            Some(ahead) if ahead.straightest.aside() <= neutral.aside() => ahead.straightest,
            _ => neutral,
        };
        self.ahead = Some(Ahead {
            since,
            until: captured,
            straightest,
        });
        None
    }

    fn look_aside(&mut self, captured: Moment, mesh: &FaceMesh) -> Option<Answer> {
        let ahead = self.ahead.as_ref()?;
        // Between ahead and a turn the head passes through what is neither.
        let to = turned(&ahead.straightest, mesh)?;
        let is_flat = parallax(ahead.straightest.mesh(), mesh).is_none_or(|p| p < MIN_PARALLAX);
        match &mut self.turn {
            Some(turn) if turn.to == to && captured.since(turn.until) <= Self::GAP => {
                turn.until = captured;
                // A sheet shows no depth in any of the frames.
                turn.is_flat &= is_flat;
                (to == Action::TurnLeft && turn.is_held()).then_some(Answer::No)
            }
            _ => {
                let has_read = ahead.until.since(ahead.since) >= Self::READ
                    && captured.since(ahead.until) <= Self::SWING;
                self.turn = has_read.then_some(Turn {
                    to,
                    since: captured,
                    until: captured,
                    is_flat,
                });
                None
            }
        }
    }
}
