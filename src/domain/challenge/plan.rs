//! Which actions, in which order, after which pauses.

use std::time::Duration;

use super::Action;

/// One action and how long the frontal look before it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) action: Action,
    pub(super) pause: Duration,
}

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
}

impl Plan {
    const MIN_PAUSE_MS: u32 = 400;
    const MAX_PAUSE_MS: u32 = 1_400;

    /// Different actions in random order. One of them is a turn of the head at least, because only a
    /// turn tells a head from a picture.
    pub(super) fn draw(random: &mut impl FnMut() -> u32, count: u8) -> Self {
        // The remainder of 32 random bits by so small a number is uniform to one in a hundred million.
        let mut below = |n: u32| random() % n.max(1);
        let mut actions = Action::ALL;
        for last in (1..actions.len()).rev() {
            actions.swap(last, below(last as u32 + 1) as usize);
        }
        let count = usize::from(count).clamp(1, actions.len());
        let is_turn = |a: &Action| matches!(a, Action::TurnLeft | Action::TurnRight);
        if !actions[..count].iter().any(is_turn)
            && let Some(turn) = actions.iter().position(is_turn)
        {
            actions.swap(below(count as u32) as usize, turn);
        }
        let steps = actions.into_iter().take(count).map(|action| {
            let pause = Self::MIN_PAUSE_MS + below(Self::MAX_PAUSE_MS - Self::MIN_PAUSE_MS);
            Step {
                action,
                pause: Duration::from_millis(pause.into()),
            }
        });
        Self {
            steps: steps.collect(),
        }
    }

    /// How long the frontal look before a step lasts; the one after the last is the shortest.
    pub(super) fn pause(&self, step: usize) -> Duration {
        self.steps
            .get(step)
            .map_or(Duration::from_millis(Self::MIN_PAUSE_MS.into()), |step| {
                step.pause
            })
    }
}
