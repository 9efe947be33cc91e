//! Is anybody still looking? The event loop turns even if camera or networks hang for good, and the watchdog must not
//! be fed then: systemd starts the daemon afresh.

use std::time::Duration;

use crate::domain::Moment;

/// Notes signs of life of camera and analysis.
#[derive(Debug)]
pub(super) struct Vigil {
    heard: Moment,
    /// A camera that is known to be lost is waited for, however long.
    has_camera: bool,
    /// Whether the hang was told.
    is_told: bool,
}

impl Vigil {
    /// Longer than a camera takes to be noticed as lost, and than the slowest board takes for a frame or for loading its
    /// networks again.
    const STUCK: Duration = Duration::from_secs(20);

    pub(super) fn begin(now: Moment) -> Self {
        Self {
            heard: now,
            has_camera: true,
            is_told: false,
        }
    }

    /// A frame was looked at, with whatever outcome.
    pub(super) fn looked(&mut self, now: Moment) {
        self.heard = now;
    }

    /// The camera is lost, or back.
    pub(super) fn camera(&mut self, now: Moment, is_there: bool) {
        self.heard = now;
        self.has_camera = is_there;
    }

    /// Whether camera or analysis hang, which is told once.
    pub(super) fn is_stuck(&mut self, now: Moment) -> bool {
        let is_stuck = self.has_camera && now.since(self.heard) > Self::STUCK;
        if is_stuck && !self.is_told {
            tracing::error!("camera or networks hang: the watchdog is fed no more");
        }
        self.is_told = is_stuck;
        is_stuck
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::new(Duration::from_secs(seconds))
    }

    #[test]
    fn silence_is_a_hang_unless_the_camera_is_known_to_be_lost() {
        let mut vigil = Vigil::begin(at(5));
        assert!(!vigil.is_stuck(at(25)));
        assert!(vigil.is_stuck(at(26)), "nothing ever came");
        vigil.looked(at(27));
        assert!(!vigil.is_stuck(at(47)));
        vigil.camera(at(40), false);
        assert!(!vigil.is_stuck(at(4000)), "nothing is plugged in");
        vigil.camera(at(4000), true);
        assert!(!vigil.is_stuck(at(4020)));
        assert!(vigil.is_stuck(at(4021)), "the networks hang");
    }
}
