//! Between the door and the pages that look on: the latest of everything, and what comes next.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use serde_json::json;
use tokio::sync::{broadcast, watch};

use super::PreviewEvent;

/// Messages that a page gets when it is opened.
const MESSAGES: usize = 50;
/// Events that a page may be behind before it has to start afresh.
const BACKLOG: usize = 256;

/// An event as JSON text.
pub(super) type Text = Arc<str>;

/// Takes in without ever waiting, whether anybody looks on or not.
pub(super) struct Hub {
    camera: watch::Sender<Bytes>,
    current: Mutex<Current>,
    events: broadcast::Sender<Text>,
}

/// What a page has to know when it is opened.
#[derive(Default)]
struct Current {
    panel: Bytes,
    panel_revision: u64,
    panel_event: Option<Text>,
    face: Option<Text>,
    door: Option<Text>,
    decision: Option<Text>,
    messages: VecDeque<Text>,
}

impl Hub {
    pub fn new() -> Self {
        Self {
            camera: watch::Sender::new(Bytes::new()),
            current: Mutex::default(),
            events: broadcast::Sender::new(BACKLOG),
        }
    }

    /// Whether a page is open.
    pub fn is_watched(&self) -> bool {
        self.events.receiver_count() > 0 || self.camera.receiver_count() > 0
    }

    /// Takes a JPEG in place of the last one.
    pub fn camera(&self, jpeg: Vec<u8>) {
        self.camera.send_replace(jpeg.into());
    }

    /// The latest JPEG, empty before the first one, and those to come.
    pub fn pictures(&self) -> watch::Receiver<Bytes> {
        self.camera.subscribe()
    }

    /// Takes a PNG in place of the last one, and tells the pages.
    pub fn panel(&self, png: Vec<u8>) {
        let mut current = self.current();
        current.panel = png.into();
        current.panel_revision += 1;
        let event = json!({"kind": "panel", "revision": current.panel_revision});
        let event: Text = event.to_string().into();
        current.panel_event = Some(event.clone());
        self.send(event);
    }

    /// The latest PNG, empty before the first one.
    pub fn panel_picture(&self) -> Bytes {
        self.current().panel.clone()
    }

    /// Keeps an event for those who come later and tells it to the others.
    pub fn event(&self, event: &PreviewEvent) {
        let text: Text = match serde_json::to_string(event) {
            Ok(text) => text.into(),
            Err(error) => {
                tracing::warn!(%error, "an event for the preview page was left out");
                return;
            }
        };
        let mut current = self.current();
        match event {
            PreviewEvent::Face { .. } => current.face = Some(text.clone()),
            PreviewEvent::Door { .. } => current.door = Some(text.clone()),
            PreviewEvent::Decision { .. } => current.decision = Some(text.clone()),
            PreviewEvent::Message { .. } => {
                if current.messages.len() == MESSAGES {
                    current.messages.pop_front();
                }
                current.messages.push_back(text.clone());
            }
        }
        self.send(text);
    }

    /// The current state as events, and the events from then on: none is lost or told twice.
    pub fn subscribe(&self) -> (Vec<Text>, broadcast::Receiver<Text>) {
        let current = self.current();
        let newest = [
            &current.panel_event,
            &current.door,
            &current.face,
            &current.decision,
        ];
        let state = newest.into_iter().flatten();
        let state = state.chain(&current.messages).cloned().collect();
        (state, self.events.subscribe())
    }

    /// To be called with the state locked, so that a page sees the same order as the state.
    fn send(&self, text: Text) {
        // An error means that nobody looks on.
        let _ = self.events.send(text);
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(number: usize) -> PreviewEvent {
        PreviewEvent::Message {
            topic: "door/event".into(),
            payload: json!(number),
        }
    }

    #[test]
    fn a_late_page_gets_the_latest_state_and_a_bounded_number_of_messages() {
        let hub = Hub::new();
        hub.event(&PreviewEvent::Door { released: true });
        hub.event(&PreviewEvent::Door { released: false });
        (0..MESSAGES + 7).for_each(|number| hub.event(&message(number)));
        hub.panel(vec![1]);
        hub.panel(vec![2]);

        assert!(!hub.is_watched());
        let (state, mut next) = hub.subscribe();
        assert!(hub.is_watched());
        assert_eq!(state.len(), 2 + MESSAGES);
        assert_eq!(&*state[0], r#"{"kind":"panel","revision":2}"#);
        assert_eq!(&*state[1], r#"{"kind":"door","released":false}"#);
        assert!(state[2].contains("\"payload\":7"), "{}", state[2]);
        assert_eq!(&hub.panel_picture()[..], [2]);

        assert!(next.try_recv().is_err());
        hub.event(&message(99));
        assert!(next.try_recv().unwrap().contains("99"));
    }

    #[test]
    fn taking_in_never_waits_for_a_page_that_does_not_read() {
        let hub = Hub::new();
        let (_, mut idle) = hub.subscribe();
        let pictures = hub.pictures();
        for number in 0..10 * BACKLOG {
            hub.event(&message(number));
            hub.camera(vec![number as u8]);
        }
        assert!(matches!(
            idle.try_recv(),
            Err(broadcast::error::TryRecvError::Lagged(_))
        ));
        assert_eq!(pictures.borrow().len(), 1);
    }
}
