//! The active challenge: a person is asked for a few movements, in an order nobody could foresee.
//!
//! `step(now, observation) -> state`, with no clock, camera or screen in it. Invariants:
//!
//! - it passes only if every action was seen in its turn, after its instruction was shown, with a frontal
//!   look before, between and after them;
//! - one face, followed from frame to frame, belongs to the whole: a face that is lost, joined by another
//!   or replaced ends it, by place and by template;
//! - actions, order and pauses are drawn anew each time, so that a recording shows the wrong action;
//! - a turn needs the parallax of a head, so that a picture moved by hand fails;
//! - each step and the whole are bounded in time, and what has failed stays failed.

mod action;
mod identity;
mod occasion;
mod plan;
#[cfg(test)]
pub(super) mod tests;

use std::time::Duration;

use super::liveness::parallax;
use super::{BoundingBox, FaceMesh, Moment, Template};
pub use action::Action;
use action::Motion;
pub(super) use action::{Neutral, turned};
pub(super) use identity::Identity;
pub use occasion::{Occasion, Occasions};
use plan::{Plan, Step};

/// Least [`parallax`] of a turn: a moved sheet measures below .02, a turned head above .03.
pub(super) const MIN_PARALLAX: f32 = 0.025;

/// What a caller may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChallengeRules {
    /// How many different actions are asked for, 1 to 5.
    pub actions: u8,
    /// How long an action, or the look between two, may take.
    pub step_time: Duration,
    /// How long the whole may take.
    pub time_limit: Duration,
    /// How often another action than the one asked for is forgiven: the challenge then begins again with
    /// new actions.
    pub restarts: u8,
}

impl Default for ChallengeRules {
    fn default() -> Self {
        Self {
            actions: 3,
            step_time: Duration::from_secs(7),
            time_limit: Duration::from_secs(40),
            restarts: 1,
        }
    }
}

/// What the person is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instruction {
    /// Look straight at the camera.
    LookHere,
    Do(Action),
}

impl Instruction {
    /// The stable word for messages.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::LookHere => "look_here",
            Self::Do(action) => action.code(),
        }
    }
}

/// How a challenge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeState {
    /// It goes on; this is to be shown.
    Showing(Instruction),
    Passed,
    Failed(ChallengeFailure),
}

/// Why a challenge failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeFailure {
    /// A step or the whole took too long.
    TimedOut,
    /// Another action than the one asked for.
    WrongAction,
    /// An action before anybody could have read the instruction: a recording, or chance.
    TooSoon,
    /// The face was out of sight, or frames were missing, for too long.
    FaceLost,
    SeveralFaces,
    /// The face jumped, or is no longer that of the same person.
    FaceReplaced,
    /// The face moved as a flat picture does.
    Flat,
}

impl ChallengeFailure {
    /// The stable word for messages and logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::WrongAction => "wrong_action",
            Self::TooSoon => "too_soon",
            Self::FaceLost => "face_lost",
            Self::SeveralFaces => "several_faces",
            Self::FaceReplaced => "face_replaced",
            Self::Flat => "flat_motion",
        }
    }
}

/// What one frame shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// When the frame was taken.
    pub captured: Moment,
    /// How many faces it shows.
    pub faces: usize,
    /// The largest of them.
    pub face: Option<ObservedFace>,
}

/// The largest face of a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedFace {
    pub bounds: BoundingBox,
    pub mesh: FaceMesh,
    pub template: Template,
}

/// One challenge of one person.
#[derive(Debug)]
pub struct Challenge {
    rules: ChallengeRules,
    started: Moment,
    /// The one that runs is the last.
    plans: Vec<Plan>,
    /// Which step of it.
    step: usize,
    phase: Phase,
    identity: Identity,
}

#[derive(Debug)]
enum Phase {
    /// A frontal look is awaited, since `shown`; there was one since `held`.
    Looking {
        shown: Moment,
        held: Option<Moment>,
    },
    /// The action of the step is awaited.
    Acting(Acting),
    Over(ChallengeState),
}

#[derive(Debug)]
struct Acting {
    shown: Moment,
    /// The frontal look before.
    from: Neutral,
    motion: Motion,
}

impl Challenge {
    /// Nobody reads and reacts in less.
    const REACTION: Duration = Duration::from_millis(200);
    /// A frame older than this tells nothing.
    const MAX_AGE: Duration = Duration::from_secs(2);

    /// A challenge whose actions, order and pauses come from `random`, which gives uniform numbers that
    /// nobody can foresee.
    #[must_use]
    pub fn new(mut random: impl FnMut() -> u32, rules: ChallengeRules, started: Moment) -> Self {
        let plans = (0..=rules.restarts).map(|_| Plan::draw(&mut random, rules.actions));
        Self {
            rules,
            started,
            plans: plans.collect(),
            step: 0,
            phase: Phase::Looking {
                shown: started,
                held: None,
            },
            identity: Identity::default(),
        }
    }

    /// The actions asked for so far, the current one included, out of how many.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let steps = self.plans.last().map_or(0, |plan| plan.steps.len());
        (self.step.min(steps), steps)
    }

    /// The template of the first frontal look, which the whole belongs to.
    #[must_use]
    pub fn template(&self) -> Option<&Template> {
        self.identity.template()
    }

    /// Whether the last frame showed the face looking ahead with open eyes, as asked: the time for a PAD
    /// score or a portrait.
    #[must_use]
    pub fn is_frontal(&self) -> bool {
        matches!(self.phase, Phase::Looking { held: Some(_), .. })
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> ChallengeState {
        match &self.phase {
            Phase::Looking { .. } => ChallengeState::Showing(Instruction::LookHere),
            Phase::Acting(_) => match self.current() {
                Some(step) => ChallengeState::Showing(Instruction::Do(step.action)),
                None => ChallengeState::Showing(Instruction::LookHere),
            },
            Phase::Over(state) => *state,
        }
    }

    /// Lets time pass without a frame.
    pub fn tick(&mut self, now: Moment) -> ChallengeState {
        let shown = match &self.phase {
            Phase::Looking { shown, .. } | Phase::Acting(Acting { shown, .. }) => *shown,
            Phase::Over(state) => return *state,
        };
        if now.since(self.started) > self.rules.time_limit
            || now.since(shown) > self.rules.step_time
        {
            self.fail(ChallengeFailure::TimedOut);
        } else if self.identity.is_lost(now) {
            self.fail(ChallengeFailure::FaceLost);
        }
        self.state()
    }

    /// Takes one frame; one that is older than the last, or too old, counts for nothing.
    pub fn step(&mut self, now: Moment, observation: &Observation) -> ChallengeState {
        self.tick(now);
        let fresh = now.since(observation.captured) <= Self::MAX_AGE
            && self.identity.is_newer(observation.captured);
        if matches!(self.phase, Phase::Over(_)) || !fresh {
            return self.state();
        }
        if observation.faces > 1 {
            self.fail(ChallengeFailure::SeveralFaces);
        } else if let Some(face) = &observation.face {
            let neutral = Neutral::of(&face.mesh);
            match self
                .identity
                .follow(face, observation.captured, neutral.is_some())
            {
                Ok(()) => self.look(now, observation.captured, face, neutral),
                Err(failure) => self.fail(failure),
            }
        }
        self.state()
    }

    fn look(
        &mut self,
        now: Moment,
        captured: Moment,
        face: &ObservedFace,
        neutral: Option<Neutral>,
    ) {
        match &mut self.phase {
            Phase::Looking { held, .. } => match neutral {
                Some(neutral) => {
                    let since = *held.get_or_insert(captured);
                    let pause = self
                        .plans
                        .last()
                        .map_or(Duration::ZERO, |plan| plan.pause(self.step));
                    if captured.since(since) >= pause {
                        self.begin_action(now, neutral);
                    }
                }
                None => *held = None,
            },
            Phase::Acting(_) => self.watch(now, captured, face),
            Phase::Over(_) => {}
        }
    }

    /// The person looks ahead: the next action is shown, or all are done.
    fn begin_action(&mut self, now: Moment, from: Neutral) {
        self.phase = match self.current() {
            Some(_) => Phase::Acting(Acting {
                shown: now,
                from,
                motion: Motion::default(),
            }),
            None => Phase::Over(ChallengeState::Passed),
        };
    }

    fn watch(&mut self, now: Moment, captured: Moment, face: &ObservedFace) {
        let Some(Step { action, .. }) = self.current() else {
            return;
        };
        let Phase::Acting(acting) = &mut self.phase else {
            return;
        };
        let Some(seen) = acting.motion.see(action, &acting.from, &face.mesh) else {
            return;
        };
        if seen != action {
            self.begin_again(now, ChallengeFailure::WrongAction);
            return;
        }
        if captured < acting.shown + Self::REACTION {
            self.begin_again(now, ChallengeFailure::TooSoon);
            return;
        }
        let is_flat = action.needs_depth()
            && parallax(&acting.from.mesh, &face.mesh).is_none_or(|p| p < MIN_PARALLAX);
        if is_flat {
            self.fail(ChallengeFailure::Flat);
        } else {
            self.step += 1;
            self.phase = Phase::Looking {
                shown: now,
                held: None,
            };
        }
    }

    /// After a slip: anew, with the next plan, or failed if there is none.
    fn begin_again(&mut self, now: Moment, slip: ChallengeFailure) {
        self.plans.pop();
        self.step = 0;
        if self.plans.is_empty() {
            self.fail(slip);
        } else {
            self.phase = Phase::Looking {
                shown: now,
                held: None,
            };
        }
    }

    fn current(&self) -> Option<Step> {
        self.plans.last()?.steps.get(self.step).copied()
    }

    fn fail(&mut self, failure: ChallengeFailure) {
        self.phase = Phase::Over(ChallengeState::Failed(failure));
    }
}
