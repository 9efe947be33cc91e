//! Somebody at the door, and what the analysis would bring of them.

use super::*;
use crate::domain::challenge::Observation;
use crate::domain::challenge::tests::{Who, face};
use crate::domain::face_mesh::model::Head;
use crate::domain::{Covered, Face, Landmarks, PadScore, Quality, Sighting, TrackId};

pub(super) const FRAME: u64 = 100;
pub(super) const RIGHT: f32 = -25.0;
pub(super) const LEFT: f32 = 25.0;

pub(in crate::domain) fn order(id: u128) -> Arc<EnrolmentOrder> {
    Arc::new(EnrolmentOrder {
        id,
        subject: "17".parse().unwrap(),
        name: None,
        expires: None,
        asked_by: "desk".into(),
        time_limit: Duration::from_secs(60),
    })
}

/// What a frame shows.
#[derive(Debug, Clone, Copy)]
pub(in crate::domain) struct Shown {
    pub yaw: f32,
    pub who: Who,
    pub faces: usize,
    pub pad: Option<f32>,
    pub quality: u8,
    pub is_covered: bool,
    pub is_near: bool,
}

impl Default for Shown {
    fn default() -> Self {
        Self {
            yaw: 0.0,
            who: Who::Asha,
            faces: 1,
            pad: Some(0.9),
            quality: 90,
            is_covered: false,
            is_near: true,
        }
    }
}

/// What the analysis would bring of it.
pub(in crate::domain) fn frame(captured: Moment, shown: Shown) -> Analysis {
    let head = Head {
        yaw: shown.yaw,
        ..Head::default()
    };
    let seen = face(head.mesh(), shown.who);
    let mut bounds = seen.bounds;
    if !shown.is_near {
        (bounds.width, bounds.height) = (40.0, 40.0);
    }
    let sighting = Sighting {
        track: TrackId(1),
        face: Face {
            bounds,
            landmarks: Landmarks::default(),
            confidence: 0.9,
        },
        quality: Quality::new(shown.quality).unwrap(),
        guidance: None,
        comparison: None,
        pad: shown.pad.map(PadScore::saturating),
        captured,
    };
    Analysis {
        captured,
        sighting: Some(sighting),
        movement: Some(Observation {
            captured,
            faces: shown.faces,
            face: Some(seen),
        }),
        covered: Covered {
            eyes: false,
            mouth: shown.is_covered,
        },
        off_hours: false,
    }
}

/// Somebody at the door, ten frames a second.
pub(super) struct Person {
    pub onboarding: Onboarding,
    pub clock: u64,
    pub capture: Option<Capture>,
}

impl Person {
    pub fn asked() -> Self {
        Self {
            onboarding: Onboarding::new(order(1), Moment::default()),
            clock: 0,
            capture: None,
        }
    }

    pub fn now(&self) -> Moment {
        Moment::new(Duration::from_millis(self.clock))
    }

    pub fn shows(&mut self, millis: u64, shown: Shown) -> &mut Self {
        for _ in 0..millis / FRAME {
            self.clock += FRAME;
            let frame = frame(self.now(), shown);
            let taken = self.onboarding.take(self.now(), &frame, &Policy::default());
            self.capture = self.capture.take().or(taken);
        }
        self
    }

    pub fn looks(&mut self, millis: u64, yaw: f32) -> &mut Self {
        self.shows(
            millis,
            Shown {
                yaw,
                ..Shown::default()
            },
        )
    }

    pub fn is_gone(&mut self, millis: u64) -> &mut Self {
        self.clock += millis;
        let mut nobody = frame(self.now(), Shown::default());
        (nobody.sighting, nobody.movement) = (None, None);
        let now = self.now();
        self.onboarding.take(now, &nobody, &Policy::default());
        self
    }

    pub fn agrees(&mut self) -> &mut Self {
        self.looks(1_500, 0.0).looks(1_000, RIGHT).looks(100, 0.0)
    }

    pub fn stage(&self) -> EnrolmentStage {
        self.onboarding.stage()
    }

    pub fn code(&self) -> &'static str {
        self.stage().code()
    }
}
