//! Finding faces: BlazeFace (Bazarevsky et al., 2019), short and full range.

use image::RgbImage;

use crate::domain::{BoundingBox, Face, Landmarks, Point};

use super::VisionError;
use super::engine::Engine;
use super::manifest::{AnchorSpec, Manifest, Normalisation, Role};
use super::network::Network;
use super::resample::{AreaResampler, Window};

/// The most faces of one picture that are reported.
pub const MAX_FACES: usize = 16;

/// Faces of one picture, the largest box first.
pub type Faces = heapless::Vec<Face, MAX_FACES>;

/// A detector with its buffers.
pub struct Detector {
    network: Engine,
    side: usize,
    normalisation: Normalisation,
    /// Anchor centres as fractions of the input, in the order of the network's rows.
    anchors: Vec<Point>,
    resampler: AreaResampler,
    input: Vec<f32>,
    candidates: Vec<Face>,
    faces: Vec<Face>,
}

impl Detector {
    /// Least confidence of a face; its logit is 0.
    const MIN_LOGIT: f32 = 0.0;
    /// Boxes that overlap more than this (IoU) are of one face.
    const SAME_FACE: f32 = 0.3;
    /// Values of a regressor row: box (centre x and y, width, height) and six points.
    const ROW: usize = 16;

    /// Loads the detector of this role ([`Role::Detector`] or [`Role::DetectorFull`]).
    ///
    /// # Errors
    /// See [`Engine::load`].
    pub fn load(manifest: &Manifest, role: Role) -> Result<Self, VisionError> {
        let model = manifest.model(role)?;
        let network = Engine::load(manifest, model)?;
        let side = model.input.side();
        Ok(Self {
            input: vec![0.0; network.input_len()],
            network,
            side,
            normalisation: model.input.normalisation(),
            anchors: model
                .anchors
                .as_ref()
                .map_or_else(Vec::new, |a| centres(a, side)),
            resampler: AreaResampler::default(),
            candidates: Vec::new(),
            faces: Vec::new(),
        })
    }

    /// What runs the network.
    pub fn engine(&self) -> &Engine {
        &self.network
    }

    /// The faces of a picture.
    ///
    /// # Errors
    /// [`VisionError::Inference`] if the network fails.
    pub fn detect(&mut self, image: &RgbImage) -> Result<Faces, VisionError> {
        if image.width() == 0 || image.height() == 0 {
            return Ok(Faces::new());
        }
        let window = Window::letterbox(image.width(), image.height());
        self.resampler.resample(
            image,
            window,
            self.side,
            self.normalisation,
            &mut self.input,
        );
        let outputs = self.network.run(&self.input)?;
        let [regressors, logits] = outputs else {
            return Ok(Faces::new());
        };
        let placing = Placing {
            side: window.width as f32,
            input: self.side as f32,
            x: window.x as f32,
            y: window.y as f32,
        };
        self.candidates.clear();
        let rows = regressors.as_chunks::<{ Self::ROW }>().0;
        for ((row, &logit), anchor) in rows.iter().zip(logits).zip(&self.anchors) {
            if logit > Self::MIN_LOGIT {
                self.candidates.push(placing.face(row, logit, *anchor));
            }
        }
        merge(&mut self.candidates, &mut self.faces);
        Ok(self.faces.iter().take(MAX_FACES).copied().collect())
    }
}

/// Anchor centres, layer by layer, row by row, as many times as the cell has boxes.
fn centres(anchors: &AnchorSpec, side: usize) -> Vec<Point> {
    let mut centres = Vec::new();
    for layer in &anchors.layers {
        let cells = side / layer.stride;
        let fraction = |cell: usize| (cell as f32 + 0.5) / cells as f32;
        for cell in 0..cells * cells {
            let centre = Point {
                x: fraction(cell % cells),
                y: fraction(cell / cells),
            };
            centres.extend(std::iter::repeat_n(centre, layer.boxes));
        }
    }
    centres
}

/// From fractions of the letterboxed square to picture pixels.
struct Placing {
    side: f32,
    input: f32,
    x: f32,
    y: f32,
}

impl Placing {
    fn face(&self, row: &[f32; Detector::ROW], logit: f32, anchor: Point) -> Face {
        let point = |x: f32, y: f32| Point {
            x: (x / self.input + anchor.x) * self.side + self.x,
            y: (y / self.input + anchor.y) * self.side + self.y,
        };
        let centre = point(row[0], row[1]);
        let (width, height) = (
            row[2] / self.input * self.side,
            row[3] / self.input * self.side,
        );
        let mark = |k: usize| point(row[4 + 2 * k], row[5 + 2 * k]);
        Face {
            bounds: BoundingBox {
                x: centre.x - width / 2.0,
                y: centre.y - height / 2.0,
                width,
                height,
            },
            landmarks: Landmarks {
                right_eye: mark(0),
                left_eye: mark(1),
                nose: mark(2),
                mouth: mark(3),
                right_ear: mark(4),
                left_ear: mark(5),
            },
            confidence: 1.0 / (1.0 + (-logit).exp()),
        }
    }
}

/// Weighted non-maximum suppression: overlapping candidates become their mean, weighted by confidence,
/// with the confidence of the best. Empties `candidates`; `faces` come largest first.
fn merge(candidates: &mut Vec<Face>, faces: &mut Vec<Face>) {
    faces.clear();
    candidates.sort_unstable_by(|a, b| a.confidence.total_cmp(&b.confidence));
    while let Some(best) = candidates.pop() {
        let mut weight = best.confidence;
        let mut sum = combine(&best, &best, |a, _| a * best.confidence);
        candidates.retain(|c| {
            let same = best.bounds.iou(&c.bounds) > Detector::SAME_FACE;
            if same {
                weight += c.confidence;
                sum = combine(&sum, c, |a, b| a + b * c.confidence);
            }
            !same
        });
        let mean = combine(&sum, &sum, |a, _| a / weight);
        faces.push(Face {
            confidence: best.confidence,
            ..mean
        });
    }
    faces.sort_unstable_by(|a, b| b.bounds.area().total_cmp(&a.bounds.area()));
}

/// Two faces put together, coordinate by coordinate; the confidence is the first one's.
fn combine(a: &Face, b: &Face, with: impl Fn(f32, f32) -> f32) -> Face {
    let point = |a: Point, b: Point| Point {
        x: with(a.x, b.x),
        y: with(a.y, b.y),
    };
    let (p, q) = (&a.landmarks, &b.landmarks);
    Face {
        bounds: BoundingBox {
            x: with(a.bounds.x, b.bounds.x),
            y: with(a.bounds.y, b.bounds.y),
            width: with(a.bounds.width, b.bounds.width),
            height: with(a.bounds.height, b.bounds.height),
        },
        landmarks: Landmarks {
            right_eye: point(p.right_eye, q.right_eye),
            left_eye: point(p.left_eye, q.left_eye),
            nose: point(p.nose, q.nose),
            mouth: point(p.mouth, q.mouth),
            right_ear: point(p.right_ear, q.right_ear),
            left_ear: point(p.left_ear, q.left_ear),
        },
        confidence: a.confidence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::manifest::AnchorLayer;

    fn face(x: f32, side: f32, confidence: f32) -> Face {
        Face {
            bounds: BoundingBox {
                x,
                y: 0.0,
                width: side,
                height: side,
            },
            landmarks: Landmarks::default(),
            confidence,
        }
    }

    fn merged(mut candidates: Vec<Face>) -> Vec<Face> {
        let mut faces = Vec::new();
        merge(&mut candidates, &mut faces);
        assert!(candidates.is_empty());
        faces
    }

    #[test]
    fn overlapping_candidates_become_their_weighted_mean() {
        let faces = merged(vec![face(0.0, 10.0, 0.6), face(1.0, 10.0, 0.9)]);
        assert_eq!(faces.len(), 1);
        assert!((faces[0].bounds.x - 0.6).abs() < 1e-5);
        assert_eq!(faces[0].confidence, 0.9);
    }

    #[test]
    fn faces_apart_stay_apart_and_the_largest_comes_first() {
        let faces = merged(vec![face(0.0, 10.0, 0.9), face(50.0, 20.0, 0.6)]);
        assert_eq!(
            faces.iter().map(|f| f.bounds.width).collect::<Vec<_>>(),
            [20.0, 10.0]
        );
    }

    #[test]
    fn boxes_without_area_or_sense_end_the_loop_too() {
        assert_eq!(
            merged(vec![
                face(0.0, 0.0, 0.9),
                face(0.0, -3.0, 0.8),
                face(f32::NAN, 1.0, 0.7)
            ])
            .len(),
            3
        );
    }

    #[test]
    fn anchors_are_cell_centres_layer_by_layer() {
        let layers = vec![
            AnchorLayer {
                stride: 8,
                boxes: 2,
            },
            AnchorLayer {
                stride: 16,
                boxes: 6,
            },
        ];
        let anchors = centres(&AnchorSpec { layers }, 128);
        assert_eq!(anchors.len(), 896);
        assert_eq!(anchors[0], anchors[1]);
        assert_eq!((anchors[2].x, anchors[2].y), (1.5 / 16.0, 0.5 / 16.0));
        assert_eq!((anchors[895].x, anchors[895].y), (7.5 / 8.0, 7.5 / 8.0));
    }
}
