//! What the preview page is fed with.

use std::net::SocketAddr;
use std::sync::Arc;

use embedded_graphics::geometry::Size;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use crate::domain::{BoundingBox, Sighting};
use crate::http::preview::{FaceBox, Preview, PreviewEvent};
use crate::panel::{Drawing, View};
use crate::telemetry::DecisionMessage;

use super::analysis::Seen;
use super::{AppError, Observer};

/// JPEG quality of the camera picture, 1 to 100.
const QUALITY: u8 = 80;
/// The panel as the page shows it, in pixels.
const PANEL: Size = Size::new(800, 480);

/// Feeds the live preview page. Clones feed the same page.
#[derive(Clone)]
pub struct LivePreview {
    page: Arc<Preview>,
    panel: Drawing,
    /// Whether the page has an older picture of the panel.
    is_behind: bool,
}

impl LivePreview {
    /// Serves the page on a loopback address.
    ///
    /// # Errors
    /// If the address can't be listened on.
    pub fn start(address: SocketAddr) -> Result<Self, AppError> {
        Ok(Self {
            page: Arc::new(Preview::start(address)?),
            panel: Drawing::new(PANEL),
            is_behind: false,
        })
    }

    /// Where the page is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.page.address())
    }

    /// Shows a message as the broker has it.
    pub fn message(&self, topic: &str, payload: &[u8]) {
        match serde_json::from_slice(payload) {
            Ok(payload) => self.page.event(&PreviewEvent::Message {
                topic: topic.to_owned(),
                payload,
            }),
            Err(error) => tracing::warn!(topic, %error, "a message is no JSON"),
        }
    }
}

impl Observer for LivePreview {
    fn seen(&mut self, seen: &Seen) {
        let pixels = &*seen.frame.pixels;
        let mut jpeg = Vec::new();
        if self.page.is_watched()
            && JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
                .encode_image(pixels)
                .is_ok()
        {
            self.page.camera(jpeg);
        }
        let sighting = seen.analysis.sighting.as_ref();
        let best = sighting
            .and_then(|s| s.comparison.as_ref())
            .and_then(|c| c.best());
        self.page.event(&PreviewEvent::Face {
            boxes: boxes(seen, sighting),
            label: best.map(|candidate| candidate.subject.to_string()),
            similarity: best.map(|candidate| candidate.similarity.get()),
            pad_score: sighting.and_then(|s| s.pad).map(|score| score.get()),
            quality: sighting.map(|s| s.quality.get()),
        });
    }

    fn decided(&mut self, message: &DecisionMessage) {
        self.page.event(&PreviewEvent::Decision {
            verdict: message.verdict.clone(),
            reason: message.reason.clone(),
            subject: message.subject.clone(),
        });
    }

    fn door(&mut self, released: bool) {
        self.page.event(&PreviewEvent::Door { released });
    }

    fn drawn(&mut self, view: &View<'_>) {
        let changed = self.panel.show(view);
        let canvas = self.panel.canvas();
        self.is_behind |= changed.is_some();
        // A page that is opened later wants the screen, not each picture of the camera on it.
        let is_wanted = self.page.is_watched() || changed == Some(canvas.area());
        if self.is_behind
            && is_wanted
            && let Ok(png) = canvas.to_png()
        {
            self.page.panel(png);
            self.is_behind = false;
        }
    }
}

/// The face that is looked at comes first.
fn boxes(seen: &Seen, sighting: Option<&Sighting>) -> Vec<FaceBox> {
    let tracked = sighting.map(|s| s.face.bounds);
    let others = seen
        .faces
        .iter()
        .map(|face| face.bounds)
        .filter(|bounds| Some(*bounds) != tracked);
    tracked
        .into_iter()
        .chain(others)
        .map(|bounds| in_fractions(&bounds, &seen.frame.pixels))
        .collect()
}

fn in_fractions(bounds: &BoundingBox, picture: &RgbImage) -> FaceBox {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    FaceBox {
        x: bounds.x / width,
        y: bounds.y / height,
        width: bounds.width / width,
        height: bounds.height / height,
    }
}
