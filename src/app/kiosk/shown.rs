//! What the panel shows.

use super::Kiosk;
use crate::domain::Screen;
use crate::panel::View;
use crate::telemetry::{AccessEvent, DeviceState};

impl Kiosk<'_> {
    pub(super) fn show(&mut self, screen: Screen) {
        let was_serving = self.screen != Screen::OutOfService;
        self.screen = screen;
        let serves = self.screen != Screen::OutOfService;
        if was_serving != serves {
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

    pub(super) fn draw(&mut self) {
        let screen = match &self.screen {
            Screen::Idle if self.leaf.wants_closing() => &Screen::CloseDoor,
            Screen::Idle if self.broker.is_offline() => &Screen::Offline,
            screen => screen,
        };
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
            camera: self.picture.as_ref().map(|(frame, _)| &frame.pixels),
            face: self.picture.as_ref().and_then(|(_, face)| face.as_ref()),
            language: self.identity.language,
        };
        if let Err(error) = self.outside.panel.show(&view) {
            tracing::warn!(%error, "the panel could not be drawn");
        }
        self.outside.observer.drawn(&view);
    }
}
