//! What site calibration and several frames a track are worth, measured on images.

use clap::Args;

use crate::domain::SiteCalibration;
use crate::domain::liveness::{ImageCues, LightCues, fuse_frame};

use super::EvaluateError;
use super::report::ScoredPresentation;

/// What a presentation is scored from.
#[derive(Debug, Clone)]
pub struct RawScore {
    /// Log-odds of an attack, see [`crate::vision::PadResult`].
    pub attack: f32,
    pub image: ImageCues,
}

#[derive(Debug, Args)]
pub struct SiteArguments {
    /// Calibrate each camera with its first N bona fide images, and score the others
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(20..))]
    site_calibration: Option<u16>,
    /// Images in a row of one camera and class that make one decision
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=10))]
    frames: u8,
    /// BPCER that the site's threshold is fitted to
    #[arg(
        long,
        value_name = "RATE",
        default_value_t = 0.05,
        requires = "site_calibration"
    )]
    site_bpcer: f32,
}

impl SiteArguments {
    /// The presentations as these arguments want them, and the threshold that belongs to them.
    ///
    /// `scored` come in the order of their files, with what they were scored from in `raw`.
    ///
    /// # Errors
    /// If a camera has too few bona fide images.
    pub fn rescore(
        &self,
        scored: Vec<ScoredPresentation>,
        raw: &[RawScore],
        threshold: f32,
    ) -> Result<(Vec<ScoredPresentation>, f32), EvaluateError> {
        let Some(count) = self.site_calibration else {
            return Ok((self.fused(scored), threshold));
        };
        let count = usize::from(count);
        let (mut kept, mut site_threshold) = (Vec::with_capacity(scored.len()), threshold);
        let mut cameras: Vec<&str> = scored.iter().map(|p| p.camera.as_str()).collect();
        cameras.dedup();
        for camera in cameras {
            let of_camera = || {
                let both = scored.iter().zip(raw);
                both.filter(|(presentation, _)| presentation.camera == camera)
            };
            let live: Vec<f32> = of_camera()
                .filter(|(presentation, _)| presentation.species.is_none())
                .map(|(_, raw)| raw.attack)
                .take(count)
                .collect();
            let failed = |source| EvaluateError::Site {
                camera: camera.to_owned(),
                source,
            };
            let site = SiteCalibration::fit(&live, self.frames, self.site_bpcer).map_err(failed)?;
            site_threshold = site.threshold().get();
            let mut calibrating = live.len();
            for (presentation, raw) in of_camera() {
                if presentation.species.is_none() && calibrating > 0 {
                    calibrating -= 1;
                    continue;
                }
                kept.push(ScoredPresentation {
                    score: fuse_frame(site.score(raw.attack), &raw.image, &LightCues::default())
                        .get(),
                    ..presentation.clone()
                });
            }
        }
        Ok((self.fused(kept), site_threshold))
    }

    /// The mean of so many presentations in a row of one camera and class; what is left over is dropped.
    fn fused(&self, scored: Vec<ScoredPresentation>) -> Vec<ScoredPresentation> {
        let frames = usize::from(self.frames);
        scored
            .chunk_by(|a, b| a.camera == b.camera && a.species == b.species)
            .flat_map(|class| class.chunks_exact(frames))
            .map(|track| ScoredPresentation {
                score: track.iter().map(|p| p.score).sum::<f32>() / track.len() as f32,
                ..track[0].clone()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(site_calibration: Option<u16>, frames: u8) -> SiteArguments {
        SiteArguments {
            site_calibration,
            frames,
            site_bpcer: 0.05,
        }
    }

    /// `count` presentations with outputs from `first` in steps of .001.
    fn shown(species: Option<&str>, first: f32, count: u8) -> Vec<(ScoredPresentation, RawScore)> {
        let one = |i| {
            let presentation = ScoredPresentation {
                camera: "lobby".into(),
                species: species.map(str::to_owned),
                score: 0.5,
            };
            let raw = RawScore {
                attack: first + f32::from(i) / 1000.0,
                image: ImageCues::default(),
            };
            (presentation, raw)
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn a_camera_is_calibrated_by_its_first_images_which_are_not_scored() {
        let all = [shown(Some("print"), 0.9, 4), shown(None, 0.1, 24)].concat();
        let (scored, raw): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        let (kept, threshold) = arguments(Some(20), 2).rescore(scored, &raw, 0.5).unwrap();
        let scores: Vec<(bool, f32)> = kept
            .iter()
            .map(|p| (p.species.is_none(), p.score))
            .collect();
        // Two decisions of two frames each; the four last live images look less live than the first twenty.
        assert_eq!(
            scores,
            [(false, 0.0), (false, 0.0), (true, 0.0), (true, 0.0)]
        );
        assert!(threshold < 0.25);
    }

    #[test]
    fn without_calibration_frames_are_fused_within_a_class_only() {
        let mut all = [shown(Some("print"), 0.0, 3), shown(None, 0.0, 2)].concat();
        all[1].0.score = 0.0;
        let (scored, raw): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        let (kept, threshold) = arguments(None, 2).rescore(scored, &raw, 0.5).unwrap();
        let scores: Vec<f32> = kept.iter().map(|p| p.score).collect();
        assert_eq!((scores, threshold), (vec![0.25, 0.5], 0.5));
    }

    #[test]
    fn a_camera_with_too_few_live_images_is_named() {
        let (scored, raw): (Vec<_>, Vec<_>) = shown(None, 0.0, 19).into_iter().unzip();
        let error = arguments(Some(20), 1)
            .rescore(scored, &raw, 0.5)
            .unwrap_err();
        assert!(error.to_string().contains("lobby"), "{error}");
    }
}
