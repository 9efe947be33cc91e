//! The actions, and how they show in the mesh of a face.

use crate::domain::{FaceMesh, HeadPose};

/// A movement that a person is asked for. Left and right are the person's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    TurnLeft,
    TurnRight,
    LookUp,
    Blink,
    ComeCloser,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::TurnLeft,
        Self::TurnRight,
        Self::LookUp,
        Self::Blink,
        Self::ComeCloser,
    ];

    /// The stable word for messages.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TurnLeft => "turn_left",
            Self::TurnRight => "turn_right",
            Self::LookUp => "look_up",
            Self::Blink => "blink",
            Self::ComeCloser => "come_closer",
        }
    }

    /// Whether a head shows its depth by it.
    pub(super) fn needs_depth(self) -> bool {
        matches!(self, Self::TurnLeft | Self::TurnRight | Self::LookUp)
    }
}

/// The frontal look that an action is measured against.
#[derive(Debug, Clone)]
pub(in crate::domain) struct Neutral {
    pub(super) mesh: FaceMesh,
    pose: HeadPose,
    eyes: f32,
    size: f32,
}

impl Neutral {
    /// Largest yaw, and largest pitch with the camera's own height, of a frontal look, in degrees.
    const MAX_YAW: f32 = 12.0;
    const MAX_PITCH: f32 = 18.0;
    /// Least opening of open eyes.
    const MIN_EYES: f32 = 0.14;

    /// `None` if the face does not look ahead with open eyes.
    pub(in crate::domain) fn of(mesh: &FaceMesh) -> Option<Self> {
        let (pose, eyes) = (mesh.pose(), mesh.eyes().mean());
        let ahead = pose.yaw.abs() <= Self::MAX_YAW
            && pose.pitch.abs() <= Self::MAX_PITCH
            && eyes >= Self::MIN_EYES;
        ahead.then(|| Self {
            mesh: mesh.clone(),
            pose,
            eyes,
            size: mesh.size(),
        })
    }

    /// How far it looks to either side, in degrees.
    pub(in crate::domain) fn aside(&self) -> f32 {
        self.pose.yaw.abs()
    }

    pub(in crate::domain) fn mesh(&self) -> &FaceMesh {
        &self.mesh
    }

    /// How far a face has gone from here towards each action but the blink; 1 is enough.
    fn extents(&self, mesh: &FaceMesh) -> [(Action, f32); 4] {
        let pose = mesh.pose();
        let (yaw, pitch) = (pose.yaw - self.pose.yaw, pose.pitch - self.pose.pitch);
        let growth = mesh.size() / self.size - 1.0;
        [
            (Action::TurnLeft, yaw / Motion::TURN),
            (Action::TurnRight, -yaw / Motion::TURN),
            (Action::LookUp, pitch / Motion::LOOK_UP),
            (Action::ComeCloser, growth / (Motion::CLOSER - 1.0)),
        ]
    }
}

/// The side to which a face is turned, seen from its frontal look.
pub(in crate::domain) fn turned(from: &Neutral, mesh: &FaceMesh) -> Option<Action> {
    let far_enough = |&(action, extent): &(Action, f32)| {
        matches!(action, Action::TurnLeft | Action::TurnRight) && extent >= 1.0
    };
    let found = from.extents(mesh).into_iter().find(far_enough);
    found.map(|(action, _)| action)
}

/// What a face did since the action was asked for.
#[derive(Debug, Default)]
pub(super) struct Motion {
    /// The action of the frame before, and for how many frames.
    repeated: Option<(Action, u8)>,
    eyes_were_closed: bool,
}

impl Motion {
    /// Degrees off the frontal look.
    const TURN: f32 = 15.0;
    const LOOK_UP: f32 = 11.0;
    /// Growth of the face.
    const CLOSER: f32 = 1.2;
    /// Openings of the eyes over those of the frontal look.
    const CLOSED: f32 = 0.6;
    const REOPENED: f32 = 0.8;
    /// A movement counts when so many frames in a row show it.
    const FRAMES: u8 = 2;
    /// Another action than the asked one must be clearer than that by so much.
    const CLEARLY: f32 = 1.4;

    /// The action that the person has done by this frame, if any: the asked one, or clearly another.
    ///
    /// Eyes close by themselves, so a blink that was not asked for is no action.
    pub(super) fn see(&mut self, asked: Action, from: &Neutral, mesh: &FaceMesh) -> Option<Action> {
        let extents = from.extents(mesh);
        let is_still = extents.iter().all(|&(_, extent)| extent < 1.0);
        if asked == Action::Blink && is_still && self.has_blinked(mesh.eyes().mean() / from.eyes) {
            return Some(Action::Blink);
        }
        let extent_of = |wanted: Action| {
            extents
                .iter()
                .find(|&&(action, _)| action == wanted)
                .map_or(0.0, |&(_, extent)| extent)
        };
        let shown = if extent_of(asked) >= 1.0 {
            Some(asked)
        } else {
            extents
                .into_iter()
                .filter(|&(_, extent)| extent >= Self::CLEARLY)
                .max_by(|a, b| a.1.total_cmp(&b.1))
                .map(|(action, _)| action)
        };
        let count = match (self.repeated, shown) {
            (Some((before, count)), Some(now)) if before == now => count.saturating_add(1),
            _ => 1,
        };
        self.repeated = shown.map(|action| (action, count));
        shown.filter(|_| count >= Self::FRAMES)
    }

    /// Eyes that were open, closed, and opened again. `opening` is 1 for those of the frontal look.
    fn has_blinked(&mut self, opening: f32) -> bool {
        if opening < Self::CLOSED {
            self.eyes_were_closed = true;
        }
        self.eyes_were_closed && opening > Self::REOPENED
    }
}
