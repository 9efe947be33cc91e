//! `models/manifest.toml`: what each network is, where it came from and how to feed it.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::domain::FaceMesh;

use super::VisionError;
use super::pad::MAX_CROPS;

/// What a network is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Faces near the camera.
    Detector,
    /// Small faces and scans of ID documents.
    DetectorFull,
    /// Dense facial landmarks.
    Landmarks,
    /// Aligned face to template.
    Embedder,
    /// Presentation attack detection.
    Liveness,
}

/// As the manifest writes it.
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Detector => "detector",
            Self::DetectorFull => "detector-full",
            Self::Landmarks => "landmarks",
            Self::Embedder => "embedder",
            Self::Liveness => "liveness",
        })
    }
}

/// One network's entry.
#[derive(Debug, Clone, Deserialize)]
pub struct ModelEntry {
    pub id: String,
    pub role: Role,
    /// File name in the manifest's folder.
    pub file: String,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
    /// Size of the file.
    pub bytes: u64,
    pub input: InputSpec,
    #[serde(rename = "output")]
    pub outputs: Vec<OutputSpec>,
    /// Of detectors.
    pub anchors: Option<AnchorSpec>,
    /// Of the embedder.
    pub template: Option<TemplateSpec>,
    /// Of the embedder: knots from cosine to similarity.
    #[serde(default)]
    pub similarity: Vec<SimilarityKnot>,
    /// Of the liveness network.
    pub pad: Option<PadSpec>,
    /// Of the landmark network.
    pub crop: Option<CropSpec>,
}

/// The one input: `(value - mean) / scale` of 8-bit values.
#[derive(Debug, Clone, Deserialize)]
pub struct InputSpec {
    pub shape: [usize; 4],
    pub layout: String,
    pub channels: String,
    pub mean: f32,
    pub scale: f32,
}

impl InputSpec {
    /// Side of the square input in pixels.
    #[must_use]
    pub fn side(&self) -> usize {
        self.shape[2]
    }

    /// How 8-bit values become the input.
    #[must_use]
    pub fn normalisation(&self) -> Normalisation {
        Normalisation {
            mean: self.mean,
            scale: self.scale,
        }
    }
}

/// `(value - mean) / scale`, of values from 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normalisation {
    pub mean: f32,
    pub scale: f32,
}

impl Normalisation {
    /// The network's view of an 8-bit value.
    #[must_use]
    pub fn apply(self, value: f32) -> f32 {
        (value - self.mean) / self.scale
    }
}

/// One output, in the network's order.
#[derive(Debug, Clone, Deserialize)]
pub struct OutputSpec {
    pub name: String,
    pub shape: Vec<usize>,
}

/// Anchors of a BlazeFace detector, layer by layer.
#[derive(Debug, Clone, Deserialize)]
pub struct AnchorSpec {
    pub layers: Vec<AnchorLayer>,
}

/// A grid of anchors: `boxes` in each cell of `stride` input pixels.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct AnchorLayer {
    pub stride: usize,
    pub boxes: usize,
}

/// What the embedder makes.
#[derive(Debug, Clone, Deserialize)]
pub struct TemplateSpec {
    pub dimension: usize,
    pub alignment: String,
}

/// A knot of the similarity calibration.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct SimilarityKnot {
    pub cosine: f32,
    pub similarity: f32,
}

/// Crops of the liveness network and how their raw outputs are fused.
#[derive(Debug, Clone, Deserialize)]
pub struct PadSpec {
    pub crop_factors: Vec<f32>,
    pub weights: Vec<f32>,
    pub bias: f32,
}

/// The square round a face that a network looks at.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct CropSpec {
    /// Its side over the longer side of the face box.
    pub factor: f32,
}

/// The manifest with the folder it was read from.
#[derive(Debug, Clone)]
pub struct Manifest {
    folder: PathBuf,
    models: Vec<ModelEntry>,
}

#[derive(Deserialize)]
struct Document {
    schema: u32,
    #[serde(rename = "model")]
    models: Vec<ModelEntry>,
}

impl Manifest {
    /// The file's name in the models folder.
    pub const FILE: &str = "manifest.toml";
    const SCHEMA: u32 = 1;
    /// The one alignment this program knows: 112 x 112 after `ArcFace`, by eyes, nose and mouth centre.
    const ALIGNMENT: &str = "arcface-112-4pt";
    /// No network of ours is larger, and no more is read into memory.
    const LARGEST_MODEL: u64 = 64 << 20;
    const LARGEST_SIDE: usize = 1024;
    /// Of anchors: the numbers of so many are within those of 32-bit boards.
    const MOST_LAYERS: usize = 16;

    /// Reads and checks the manifest of a models folder.
    ///
    /// # Errors
    /// [`VisionError::Manifest`] if it is missing, not TOML, of another schema, or says what can't be.
    pub fn read(folder: &Path) -> Result<Self, VisionError> {
        let path = folder.join(Self::FILE);
        let invalid = |reason: String| VisionError::Manifest {
            path: path.clone(),
            reason,
        };
        let text = std::fs::read_to_string(&path).map_err(|e| invalid(e.to_string()))?;
        let document: Document = toml::from_str(&text).map_err(|e| invalid(e.to_string()))?;
        if document.schema != Self::SCHEMA {
            return Err(invalid(format!(
                "schema {} is not the {} this program reads",
                document.schema,
                Self::SCHEMA
            )));
        }
        for model in &document.models {
            check(model).map_err(|reason| invalid(format!("network {}: {reason}", model.id)))?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            models: document.models,
        })
    }

    /// The network of this role.
    ///
    /// # Errors
    /// [`VisionError::NoNetwork`] if the manifest has none.
    pub fn model(&self, role: Role) -> Result<&ModelEntry, VisionError> {
        self.models
            .iter()
            .find(|m| m.role == role)
            .ok_or_else(|| VisionError::NoNetwork {
                path: self.folder.join(Self::FILE),
                role,
            })
    }

    /// Where a network's file lies.
    #[must_use]
    pub fn file(&self, model: &ModelEntry) -> PathBuf {
        self.folder.join(&model.file)
    }
}

/// What the rest of the room takes for granted of an entry.
fn check(model: &ModelEntry) -> Result<(), String> {
    let input = &model.input;
    let ensure = |holds: bool, reason: String| if holds { Ok(()) } else { Err(reason) };
    let side = input.side();
    ensure(
        input.shape == [1, 3, side, side] && (1..=Manifest::LARGEST_SIDE).contains(&side),
        format!("input shape {:?} is not [1, 3, side, side]", input.shape),
    )?;
    ensure(
        input.layout == "NCHW" && input.channels == "RGB",
        format!("input {} {} is not NCHW RGB", input.layout, input.channels),
    )?;
    ensure(
        input.mean.is_finite() && input.scale.is_finite() && input.scale > 0.0,
        format!("mean {} or scale {} is unusable", input.mean, input.scale),
    )?;
    ensure(
        Path::new(&model.file).file_name() == Some(model.file.as_ref()),
        format!("`{}` is not a bare file name", model.file),
    )?;
    ensure(
        model.bytes <= Manifest::LARGEST_MODEL,
        format!("{} bytes are over the limit", model.bytes),
    )?;
    let shapes: Vec<&[usize]> = model.outputs.iter().map(|o| o.shape.as_slice()).collect();
    match model.role {
        Role::Detector | Role::DetectorFull => {
            let anchors = model.anchors.as_ref().ok_or("no [model.anchors]")?;
            ensure(
                anchors.layers.len() <= Manifest::MOST_LAYERS,
                format!("more than {} layers of anchors", Manifest::MOST_LAYERS),
            )?;
            ensure(
                anchors
                    .layers
                    .iter()
                    .all(|l| l.stride > 0 && side.is_multiple_of(l.stride) && l.boxes <= 16),
                "anchor strides must divide the input".into(),
            )?;
            let count: usize = anchors
                .layers
                .iter()
                .map(|l| (side / l.stride).pow(2) * l.boxes)
                .sum();
            ensure(
                shapes == [[1, count, 16].as_slice(), [1, count, 1].as_slice()],
                format!("outputs {shapes:?} don't fit {count} anchors"),
            )
        }
        Role::Landmarks => {
            let crop = model.crop.ok_or("no [model.crop]")?;
            ensure(
                (0.5..=4.0).contains(&crop.factor),
                format!("crop factor {} is not from 0.5 to 4", crop.factor),
            )?;
            ensure(
                shapes == [[1, 3 * FaceMesh::POINTS].as_slice(), [1, 1].as_slice()],
                format!("outputs {shapes:?} are not points and presence"),
            )
        }
        Role::Embedder => {
            let template = model.template.as_ref().ok_or("no [model.template]")?;
            ensure(
                template.alignment == Manifest::ALIGNMENT && side == 112,
                format!("alignment `{}` is not known", template.alignment),
            )?;
            ensure(
                shapes == [[1, template.dimension].as_slice()],
                format!("outputs {shapes:?} don't fit the template"),
            )
        }
        Role::Liveness => {
            let pad = model.pad.as_ref().ok_or("no [model.pad]")?;
            ensure(
                pad.crop_factors.len() <= MAX_CROPS,
                format!("more than {MAX_CROPS} crop factors"),
            )?;
            ensure(
                shapes == [[1, pad.crop_factors.len()].as_slice()],
                format!("outputs {shapes:?} are not one number for each crop"),
            )
        }
    }
}
