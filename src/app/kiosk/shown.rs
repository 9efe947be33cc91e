//! What the panel shows.
//!
//! The camera's picture moves at the camera's pace, not at that of the analysis, which takes longer on a board.

use std::time::Duration;

use super::Kiosk;
use crate::domain::{BoundingBox, BrokerWatch, Frame, Moment, Screen, Supervision};
use crate::panel::{View, shows_camera};
use crate::telemetry::{AccessEvent, DeviceState};

impl Kiosk<'_> {
    pub(super) fn serves(&self) -> bool {
        self.screen != Screen::OutOfService
    }

    pub(super) fn show(&mut self, screen: Screen) {
        let was_serving = self.serves();
        self.screen = screen;
        let serves = self.serves();
        if was_serving != serves {
            self.outside.service.serves(serves);
            let state = if serves {
                DeviceState::Online
            } else {
                DeviceState::OutOfService
            };
            if let Err(error) = self.outside.sink.publish(AccessEvent::State(state)) {
                tracing::warn!(%error, "the door's state could not be published");
            }
        }
        self.draw();
    }

    /// Shows the newest picture of the camera, if it is on show and the time for it has come.
    pub(super) fn refresh(&mut self) {
        let is_on_show = shows_camera(
            self.outside.panel.size(),
            on_show(&self.screen, &self.leaf, &self.broker),
        );
        if !is_on_show || !self.pace.is_due(self.clock.now()) {
            return;
        }
        if let Some(frame) = self.outside.viewfinder.copy() {
            let face = self.picture.take().and_then(|(_, face)| face);
            self.picture = Some((frame, face));
            self.draw();
        }
    }

    /// Takes a frame that was analysed: a picture on show is never followed by an older one.
    pub(super) fn keep(&mut self, frame: Frame, face: Option<BoundingBox>) {
        let shown = self.picture.take().map(|(frame, _)| frame);
        let newest = shown.filter(|shown| shown.captured > frame.captured);
        self.picture = Some((newest.unwrap_or(frame), face));
    }

    pub(super) fn draw(&mut self) {
        let begun = self.clock.now();
        let screen = on_show(&self.screen, &self.leaf, &self.broker);
        let name = match screen {
            Screen::Granted(subject) => self
                .gallery
                .subject(subject)
                .and_then(|s| s.name.as_deref()),
            _ => None,
        };
        let view = View {
            screen,
            name,
            camera: self.picture.as_ref().map(|(frame, _)| &*frame.pixels),
            face: self.picture.as_ref().and_then(|(_, face)| face.as_ref()),
            language: self.identity.language,
        };
        if let Err(error) = self.outside.panel.show(&view) {
            tracing::warn!(%error, "the panel could not be drawn");
        }
        self.outside.observer.drawn(&view);
        self.pace.drawn(begun, self.clock.now());
    }
}

/// The screen, or what takes its place while nobody is there.
fn on_show<'s>(screen: &'s Screen, leaf: &Supervision, broker: &BrokerWatch) -> &'s Screen {
    match screen {
        Screen::Idle if leaf.wants_closing() => &Screen::CloseDoor,
        Screen::Idle if broker.is_offline() => &Screen::Offline,
        screen => screen,
    }
}

/// How often the camera's picture is drawn afresh.
#[derive(Debug, Default)]
pub(super) struct Pace {
    due: Moment,
}

impl Pace {
    /// Between two pictures, if drawing is quick. With the event loop's own tick it makes 16 to 25 a second.
    const SPAN: Duration = Duration::from_millis(40);

    fn is_due(&self, now: Moment) -> bool {
        now >= self.due
    }

    /// Drawing leaves the event loop half of the time at least.
    fn drawn(&mut self, begun: Moment, ended: Moment) {
        let took = ended.since(begun);
        self.due = begun + Self::SPAN.max(2 * took);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::kiosk::TICK;

    /// Pictures of one second, if the event loop comes by at each tick and drawing takes this long.
    fn pictures(drawing: Duration) -> usize {
        let (mut pace, mut now, mut count) = (Pace::default(), Moment::default(), 0);
        while now < Moment::new(Duration::from_secs(1)) {
            now = now + TICK;
            if pace.is_due(now) {
                let begun = now;
                now = now + drawing;
                pace.drawn(begun, now);
                count += 1;
            }
        }
        count
    }

    #[test]
    fn fifteen_pictures_a_second_unless_drawing_itself_is_too_slow() {
        for (millis, least, most) in [
            (0, 16, 26),
            (5, 16, 26),
            (25, 15, 26),
            (40, 12, 17),
            (200, 3, 4),
        ] {
            let count = pictures(Duration::from_millis(millis));
            assert!((least..=most).contains(&count), "{millis} ms: {count}");
        }
    }
}
