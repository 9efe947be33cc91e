//! The room's front door: one picture's networks, loaded when they are needed.

use std::path::Path;
use std::thread;

use image::RgbImage;

use crate::domain::liveness::ImageCues;
use crate::domain::{Face, FaceMesh, ModelId, SimilarityCalibration, SiteCalibration, Template};

use super::VisionError;
use super::cues::CueReader;
use super::detect::{Detector, Faces};
use super::embed::{self, Embedder};
use super::landmarks::Landmarker;
use super::located::{Located, SMALL, large_enough};
use super::manifest::{Manifest, Role};
use super::pad::{PadDetector, PadResult};
use super::quality::{QualityMeter, QualityReport};

/// How pictures are analysed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisionOptions {
    /// Threads that loading and the networks may use: with 2 liveness is judged beside the template, with 3 both of its
    /// crops are; 1 keeps everything on the caller's.
    pub threads: usize,
    /// Which detector looks at frames.
    pub detector: DetectorChoice,
}

/// The detectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DetectorChoice {
    /// Faces within about two metres of the camera; the quicker one.
    #[default]
    ShortRange,
    /// Faces within about five metres.
    FullRange,
}

impl DetectorChoice {
    fn role(self) -> Role {
        match self {
            Self::ShortRange => Role::Detector,
            Self::FullRange => Role::DetectorFull,
        }
    }
}

/// Everything about the largest face of one picture.
#[derive(Debug, Clone)]
pub struct Probe {
    pub face: Face,
    /// How many faces the picture shows.
    pub faces: usize,
    pub quality: QualityReport,
    pub template: Template,
}

/// The networks with their buffers. Each is loaded when it is first needed, or ahead by
/// [`Analyser::preload`]. One analyser serves one thread.
pub struct Analyser {
    manifest: Manifest,
    options: VisionOptions,
    model: ModelId,
    dimension: usize,
    calibration: SimilarityCalibration,
    detector: Option<Detector>,
    /// The other detector, for pictures in which the first finds nobody.
    fallback: Option<Detector>,
    embedder: Option<Embedder>,
    pad: Option<PadDetector>,
    landmarker: Option<Landmarker>,
    quality: QualityMeter,
    cues: CueReader,
}

impl Analyser {
    /// Reads the manifest of a models folder; loads no network yet.
    ///
    /// # Errors
    /// If the manifest is missing or wrong, or has no embedder.
    pub fn load(folder: &Path, options: &VisionOptions) -> Result<Self, VisionError> {
        let manifest = Manifest::read(folder)?;
        let embedder = manifest.model(Role::Embedder)?;
        Ok(Self {
            model: ModelId::new(&embedder.id),
            dimension: embedder.template.as_ref().map_or(0, |t| t.dimension),
            calibration: embed::calibration(&manifest)?,
            options: *options,
            detector: None,
            fallback: None,
            embedder: None,
            pad: None,
            landmarker: None,
            quality: QualityMeter::new(),
            cues: CueReader::new(),
            manifest,
        })
    }

    /// Loads the detector, the embedder and the liveness network, so that no frame has to wait and a
    /// wrong file shows at the start; side by side if there are threads.
    ///
    /// # Errors
    /// If a network can't be loaded.
    pub fn preload(&mut self) -> Result<(), VisionError> {
        let Self {
            manifest,
            options,
            detector,
            embedder,
            pad,
            ..
        } = self;
        let role = options.detector.role();
        let mut load_small = || {
            ready(detector, || Detector::load(manifest, role))?;
            ready(embedder, || Embedder::load(manifest)).map(drop)
        };
        let mut load_pad = || ready(pad, || PadDetector::load(manifest, options.threads)).map(drop);
        if options.threads > 1 {
            thread::scope(|scope| {
                let small = scope.spawn(load_small);
                let pad = load_pad();
                small
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
                pad
            })
        } else {
            load_small().and_then(|()| load_pad())
        }
    }

    /// The faces of a camera frame, largest first; empty if there is none.
    ///
    /// # Errors
    /// If the detector can't be loaded or fails.
    pub fn detect(&mut self, image: &RgbImage) -> Result<Faces, VisionError> {
        let (manifest, role) = (&self.manifest, self.options.detector.role());
        ready(&mut self.detector, || Detector::load(manifest, role))?.detect(image)
    }

    /// The faces of a single picture, such as an ID image, for which more effort is worth it.
    ///
    /// A picture whose short side is under [`SMALL`](Self::SMALL) pixels is doubled first, with a border of
    /// replicated pixels, because tight little portraits lack the surroundings that detectors know. If
    /// the configured detector finds nobody, the other one looks as well.
    ///
    /// # Errors
    /// [`VisionError::NoFace`] if neither finds anybody; otherwise as [`Analyser::detect`].
    pub fn locate<'a>(&mut self, image: &'a RgbImage) -> Result<Located<'a>, VisionError> {
        let (image, border) = large_enough(image);
        let mut faces = self.detect(&image)?;
        if faces.is_empty() {
            let role = match self.options.detector {
                DetectorChoice::ShortRange => Role::DetectorFull,
                DetectorChoice::FullRange => Role::Detector,
            };
            let manifest = &self.manifest;
            faces = ready(&mut self.fallback, || Detector::load(manifest, role))?.detect(&image)?;
        }
        let largest = *faces.first().ok_or(VisionError::NoFace)?;
        Ok(Located {
            image,
            faces,
            border,
            largest,
        })
    }

    /// As [`Analyser::locate`] with the configured detector alone; `None` if it finds nobody.
    ///
    /// # Errors
    /// As [`Analyser::detect`].
    pub fn locate_quickly<'a>(
        &mut self,
        image: &'a RgbImage,
    ) -> Result<Option<Located<'a>>, VisionError> {
        let (image, border) = large_enough(image);
        let faces = self.detect(&image)?;
        Ok(faces.first().copied().map(|largest| Located {
            image,
            faces,
            border,
            largest,
        }))
    }

    /// The short side under which a single picture is enlarged, in pixels.
    pub const SMALL: u32 = SMALL;

    /// Quality and template of the largest face of a single picture.
    ///
    /// # Errors
    /// As [`Analyser::locate`] and [`Analyser::embed`].
    pub fn probe(&mut self, image: &RgbImage) -> Result<Probe, VisionError> {
        let located = self.locate(image)?;
        Ok(Probe {
            face: located.largest,
            faces: located.faces.len(),
            quality: self.quality(&located.image, &located.largest),
            template: self.embed(&located.image, &located.largest)?.clone(),
        })
    }

    /// How well a face is suited to comparison.
    pub fn quality(&mut self, image: &RgbImage, face: &Face) -> QualityReport {
        self.quality.report(image, face)
    }

    /// What a frame's pixels tell against a face beside the liveness network.
    pub fn image_cues(&mut self, image: &RgbImage, face: &Face) -> ImageCues {
        self.cues.read(image, face)
    }

    /// The template of a face; the next one takes its place.
    ///
    /// # Errors
    /// If the embedder can't be loaded or fails, or the face's landmarks fall together.
    pub fn embed(&mut self, image: &RgbImage, face: &Face) -> Result<&Template, VisionError> {
        let manifest = &self.manifest;
        ready(&mut self.embedder, || Embedder::load(manifest))?.embed(image, face)
    }

    /// The mean template of a face and its mirror image: twice the work of [`Analyser::embed`].
    ///
    /// # Errors
    /// As [`Analyser::embed`].
    pub fn embed_with_mirror(
        &mut self,
        image: &RgbImage,
        face: &Face,
    ) -> Result<Template, VisionError> {
        let manifest = &self.manifest;
        ready(&mut self.embedder, || Embedder::load(manifest))?.embed_with_mirror(image, face)
    }

    /// The first half of [`Analyser::embed`], for measuring it by itself.
    ///
    /// # Errors
    /// If the embedder can't be loaded, or the face's landmarks fall together.
    pub fn align(&mut self, image: &RgbImage, face: &Face) -> Result<(), VisionError> {
        let manifest = &self.manifest;
        ready(&mut self.embedder, || Embedder::load(manifest))?.align(image, face)
    }

    /// The second half of [`Analyser::embed`]: the template of the face that was aligned last.
    ///
    /// # Errors
    /// If the embedder can't be loaded or fails.
    pub fn embed_aligned(&mut self) -> Result<&Template, VisionError> {
        let manifest = &self.manifest;
        ready(&mut self.embedder, || Embedder::load(manifest))?.embed_aligned()
    }

    /// Whether a face is bona fide.
    ///
    /// # Errors
    /// If the liveness network can't be loaded or fails.
    pub fn liveness(&mut self, image: &RgbImage, face: &Face) -> Result<PadResult, VisionError> {
        let (manifest, threads) = (&self.manifest, self.options.threads);
        ready(&mut self.pad, || PadDetector::load(manifest, threads))?.score(image, face)
    }

    /// The template of a face and whether it is bona fide: as [`Analyser::embed`] and [`Analyser::liveness`], at the same
    /// time if there are threads.
    ///
    /// # Errors
    /// As those two.
    pub fn embed_and_judge(
        &mut self,
        image: &RgbImage,
        face: &Face,
    ) -> Result<(&Template, PadResult), VisionError> {
        let (manifest, threads) = (&self.manifest, self.options.threads);
        let pad = ready(&mut self.pad, || PadDetector::load(manifest, threads))?;
        let embedder = ready(&mut self.embedder, || Embedder::load(manifest))?;
        pad.begin_beside(image, face);
        let template = embedder.embed(image, face);
        let judged = pad.finish();
        Ok((template?, judged?))
    }

    /// Scores liveness on this camera's own scale from now on, or with `None` on the manifest's.
    ///
    /// # Errors
    /// If the liveness network can't be loaded.
    pub fn calibrate_liveness(&mut self, site: Option<SiteCalibration>) -> Result<(), VisionError> {
        let (manifest, threads) = (&self.manifest, self.options.threads);
        ready(&mut self.pad, || PadDetector::load(manifest, threads))?.calibrate(site);
        Ok(())
    }

    /// SHA-256 of the liveness network's file, as the manifest has it: scores of different files don't compare.
    ///
    /// # Errors
    /// If the manifest has no liveness network.
    pub fn liveness_hash(&self) -> Result<&str, VisionError> {
        Ok(&self.manifest.model(Role::Liveness)?.sha256)
    }

    /// The dense mesh of a face: pose, eyes and mouth.
    ///
    /// # Errors
    /// If the landmark network can't be loaded or fails.
    pub fn landmarks(&mut self, image: &RgbImage, face: &Face) -> Result<FaceMesh, VisionError> {
        let manifest = &self.manifest;
        ready(&mut self.landmarker, || Landmarker::load(manifest))?.mesh(image, face)
    }

    /// Names the embedder, and so the templates it makes.
    #[must_use]
    pub fn model_id(&self) -> &ModelId {
        &self.model
    }

    /// Values of a template.
    #[must_use]
    pub fn template_dimension(&self) -> usize {
        self.dimension
    }

    /// From cosine to similarity, for this embedder.
    #[must_use]
    pub fn calibration(&self) -> &SimilarityCalibration {
        &self.calibration
    }

    /// What the loaded networks compute in, and with what.
    #[must_use]
    pub fn precision(&self) -> String {
        let engines = [
            ("detector", self.detector.as_ref().map(Detector::engine)),
            ("embedder", self.embedder.as_ref().map(Embedder::engine)),
            ("liveness", self.pad.as_ref().map(PadDetector::engine)),
        ];
        let loaded = engines
            .into_iter()
            .filter_map(|(name, engine)| Some(format!("{name} in {}", engine?)));
        loaded.collect::<Vec<_>>().join(", ")
    }
}

/// The network in its place, loaded if it isn't there yet.
fn ready<T>(
    place: &mut Option<T>,
    load: impl FnOnce() -> Result<T, VisionError>,
) -> Result<&mut T, VisionError> {
    match place {
        Some(loaded) => Ok(loaded),
        empty => Ok(empty.insert(load()?)),
    }
}
