//! Presentation attack detection (ISO/IEC 30107-3) on single frames.
//!
//! A small network looks at square crops of the face, the whole and its middle. It is the first half of the
//! embedder with a head of our own for each crop, see `models/PAD.md`. A crop's raw output is what it adds to
//! the log-odds of an attack, low for bona fide; the manifest's calibration fuses the crops.

use std::mem;

use image::RgbImage;

use crate::domain::{Face, PadCalibration, PadScore, SiteCalibration};

use super::VisionError;
use super::companion::{self, Companion};
use super::engine::Engine;
use super::manifest::{Manifest, Normalisation, Role};
use super::network::Network;
use super::resample::{self, Window};

/// The most crops that a calibration fuses.
pub const MAX_CROPS: usize = 4;

/// What the liveness network says of a face.
#[derive(Debug, Clone, PartialEq)]
pub struct PadResult {
    /// The fused score, higher is bona fide.
    pub score: PadScore,
    /// Log-odds of an attack by the manifest's fusion of the crops, whatever the camera; NaN if a crop gave none.
    pub attack: f32,
    /// What it was fused from.
    pub cues: heapless::Vec<PadCue, MAX_CROPS>,
}

/// One crop's raw output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PadCue {
    /// Side of the crop over the longer side of the face box.
    pub crop_factor: f32,
    /// What it adds to the log-odds of an attack, low for bona fide; NaN if the network gave none.
    pub raw: f32,
}

/// The liveness network with buffers.
pub struct PadDetector {
    network: Engine,
    /// What runs beside the caller's thread: one fewer than there are threads, and no more than crops.
    companions: Vec<Companion>,
    crops: Vec<Crop>,
    calibration: PadCalibration,
    /// This camera's own scale, in place of the manifest's.
    site: Option<SiteCalibration>,
    side: usize,
    normalisation: Normalisation,
}

/// What the network sees of a face, and says of it.
struct Crop {
    input: Vec<f32>,
    /// Its place among the network's outputs: each crop has weights of its own.
    index: usize,
    factor: f32,
    /// Whether a companion has it in hand.
    is_given: bool,
    /// Of the last run; taken when the cues are gathered.
    raw: Result<f32, VisionError>,
}

impl PadDetector {
    /// Loads the network of [`Role::Liveness`]; with more than one thread crops run beside the caller's work.
    ///
    /// # Errors
    /// See [`Engine::load`]; [`VisionError::Calibration`] if the manifest's numbers are unusable.
    pub fn load(manifest: &Manifest, threads: usize) -> Result<Self, VisionError> {
        let model = manifest.model(Role::Liveness)?;
        let calibration = model.pad.as_ref().map_or_else(
            || PadCalibration::new(Vec::new(), Vec::new(), 0.0),
            |p| PadCalibration::new(p.crop_factors.clone(), p.weights.clone(), p.bias),
        );
        let calibration = calibration.map_err(|source| VisionError::Calibration {
            id: model.id.clone(),
            source,
        })?;
        let network = Engine::load(manifest, model)?;
        let crops = calibration.crop_factors().iter().enumerate();
        let crops = crops.map(|(index, &factor)| Crop {
            input: vec![0.0; network.input_len()],
            index,
            factor,
            is_given: false,
            raw: Ok(f32::NAN),
        });
        let crops: Vec<Crop> = crops.collect();
        let beside = crops.len().min(threads.saturating_sub(1));
        let companions = (0..beside).map(|_| Companion::start(&model.id, network.clone()));
        Ok(Self {
            companions: companions.collect::<Result<_, _>>()?,
            crops,
            network,
            calibration,
            site: None,
            side: model.input.side(),
            normalisation: model.input.normalisation(),
        })
    }

    /// Scores on this camera's own scale from now on, or with `None` on the manifest's.
    pub fn calibrate(&mut self, site: Option<SiteCalibration>) {
        self.site = site;
    }

    /// What runs the network.
    pub fn engine(&self) -> &Engine {
        &self.network
    }

    /// Scores a face.
    ///
    /// # Errors
    /// [`VisionError::Inference`] if the network fails.
    pub fn score(&mut self, image: &RgbImage, face: &Face) -> Result<PadResult, VisionError> {
        // The caller's thread takes the first.
        self.begin(image, face, 1);
        self.finish()
    }

    /// Begins to score a face, as far as other threads can, while the caller does something else. What was begun and not
    /// finished is let go.
    pub fn begin_beside(&mut self, image: &RgbImage, face: &Face) {
        self.begin(image, face, 0);
    }

    /// Gives all crops but the first `own` to the companions in turn.
    fn begin(&mut self, image: &RgbImage, face: &Face, own: usize) {
        self.collect();
        for crop in &mut self.crops {
            let window = Window::around(&face.bounds, crop.factor);
            resample::bilinear(
                image,
                window,
                self.side,
                self.normalisation,
                &mut crop.input,
            );
        }
        let companions = self.companions.iter().cycle();
        for (crop, companion) in self.crops.iter_mut().skip(own).zip(companions) {
            companion.begin(mem::take(&mut crop.input), crop.index);
            crop.is_given = true;
        }
    }

    /// Waits for all crops that were given away, so that no run is taken for that of the next picture. Each companion
    /// answers in the order in which it was asked.
    fn collect(&mut self) {
        let given = self.crops.iter_mut().filter(|crop| crop.is_given);
        for (crop, companion) in given.zip(self.companions.iter().cycle()) {
            crop.is_given = false;
            match companion.finish() {
                Ok(run) => (crop.input, crop.raw) = (run.input, run.value),
                Err(gone) => {
                    crop.input = vec![0.0; self.network.input_len()];
                    crop.raw = Err(gone);
                }
            }
        }
    }

    /// Ends what [`begin_beside`](Self::begin_beside) began.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    pub fn finish(&mut self) -> Result<PadResult, VisionError> {
        for crop in self.crops.iter_mut().filter(|crop| !crop.is_given) {
            crop.raw = companion::value(&mut self.network, &crop.input, crop.index);
        }
        self.collect();
        let mut cues = heapless::Vec::new();
        for crop in &mut self.crops {
            let cue = PadCue {
                crop_factor: crop.factor,
                raw: mem::replace(&mut crop.raw, Ok(f32::NAN))?,
            };
            // The manifest has no more crops than fit.
            let _ = cues.push(cue);
        }
        let raw: heapless::Vec<f32, MAX_CROPS> = cues.iter().map(|c: &PadCue| c.raw).collect();
        let attack = self.calibration.attack(&raw);
        Ok(PadResult {
            score: match &self.site {
                Some(site) => site.score(attack),
                None => self.calibration.score(&raw),
            },
            attack,
            cues,
        })
    }
}
