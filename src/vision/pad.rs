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
    /// For the last crops, which run beside the first; none if there is one thread, or one crop.
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
    /// Of the last run; taken when the cues are gathered.
    raw: Result<f32, VisionError>,
}

impl PadDetector {
    /// Loads the network of [`Role::Liveness`]; with more than one thread the crops run side by side.
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
            raw: Ok(f32::NAN),
        });
        let crops: Vec<Crop> = crops.collect();
        let beside = crops.iter().skip(1).filter(|_| threads > 1);
        let companions =
            beside.map(|crop| Companion::start(&model.id, network.clone(), crop.index));
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
        let own = self.crops.len() - self.companions.len();
        let (own, others) = self.crops.split_at_mut(own);
        for (crop, companion) in others.iter_mut().zip(&self.companions) {
            companion.begin(mem::take(&mut crop.input));
        }
        for crop in own {
            crop.raw = companion::value(&mut self.network, &crop.input, crop.index);
        }
        for (crop, companion) in others.iter_mut().zip(&self.companions) {
            // All are waited for, so that no run is taken for that of the next picture.
            match companion.finish() {
                Ok(run) => (crop.input, crop.raw) = (run.input, run.value),
                Err(gone) => {
                    crop.input = vec![0.0; self.network.input_len()];
                    crop.raw = Err(gone);
                }
            }
        }
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
