//! What the page is told, as JSON with a `kind`.

use serde::Serialize;

/// Something that happened at the door.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PreviewEvent {
    /// The faces in the camera picture; the first is the one looked at. Replaces the ones before.
    Face {
        boxes: Vec<FaceBox>,
        /// Written on the first box, such as an ID number or a step.
        label: Option<String>,
        /// Calibrated, 0 to 1.
        similarity: Option<f32>,
        /// 0 to 1, higher is bona fide.
        pad_score: Option<f32>,
        /// 0 to 100.
        quality: Option<u8>,
    },
    /// The strike.
    Door { released: bool },
    /// An MQTT message that was published.
    Message {
        topic: String,
        payload: serde_json::Value,
    },
    /// The latest decision, in its stable words.
    Decision {
        verdict: String,
        reason: String,
        subject: Option<String>,
    },
}

/// A box in the camera picture, in fractions (0 to 1) of its width and height from the top left.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FaceBox {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_told_apart_by_kind() {
        let json = |event: &PreviewEvent| serde_json::to_value(event).unwrap();
        assert_eq!(
            json(&PreviewEvent::Door { released: true }),
            json!({"kind": "door", "released": true})
        );
        let half = FaceBox {
            x: 0.0,
            y: 0.5,
            width: 0.5,
            height: 0.25,
        };
        let face = PreviewEvent::Face {
            boxes: vec![half],
            label: None,
            similarity: Some(0.5),
            pad_score: None,
            quality: Some(80),
        };
        assert_eq!(
            json(&face),
            json!({
                "kind": "face",
                "boxes": [{"x": 0.0, "y": 0.5, "width": 0.5, "height": 0.25}],
                "label": null, "similarity": 0.5, "pad_score": null, "quality": 80,
            })
        );
    }
}
