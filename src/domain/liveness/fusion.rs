//! One score from the network's scores and the cues.

use std::time::Duration;

use crate::domain::{FaceMesh, PadScore};

use super::{FramePrint, ImageCues, LightCues, LivenessFrame, motion, print};

/// One cue with its weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CueReading {
    /// A stable word.
    pub name: &'static str,
    /// 0 says nothing, 1 is all it can say.
    pub value: f32,
    /// What a value of 1 takes from the log-odds of being bona fide.
    pub weight: f32,
}

/// The outcome of several frames.
#[derive(Debug, Clone, PartialEq)]
pub struct FusedLiveness {
    /// Never better than `network`.
    pub score: PadScore,
    /// Mean of the network's scores.
    pub network: PadScore,
    pub cues: Vec<CueReading>,
}

/// What each cue takes from the log-odds at most. The first three are proof of an attack or a broken camera
/// and outweigh the surest network; `lifeless` and `moire` only tip a doubtful score. They are set by hand: the
/// sets at hand hold no sequences to fit them on.
const FROZEN: f32 = 8.0;
const REPEATED: f32 = 8.0;
const FLAT_MOTION: f32 = 5.0;
const LIFELESS: f32 = 1.0;
const MOIRE: f32 = 2.0;
/// These two were seen on none of 164 pictures of live people (`models/PAD.md`); the second outweighs all but the
/// surest score.
const BEZEL: f32 = 3.0;
const SCREEN_FRAME: f32 = 6.0;
/// A pulsing lamp close to the face alone, or a face before a window, can look like these two: they only tip a doubtful
/// score, and no sequences at hand tell how often.
const FLICKER: f32 = 3.0;
const EXPOSURE: f32 = 2.0;
/// The surest score of the network that still counts: log-odds have no end.
const SUREST: f32 = 0.999;

/// Fuses the frames of one track, in their order. `None` if the network looked at none of them.
#[must_use]
pub fn fuse(frames: &[LivenessFrame]) -> Option<FusedLiveness> {
    let scores: Vec<f32> = frames
        .iter()
        .filter_map(|f| f.pad)
        .map(PadScore::get)
        .collect();
    if scores.is_empty() {
        return None;
    }
    let network = mean(&scores);
    let prints: Vec<(Duration, &FramePrint)> = frames.iter().map(|f| (f.at, &f.print)).collect();
    let meshes: Vec<(Duration, &FaceMesh)> = frames
        .iter()
        .filter_map(|f| f.mesh.as_ref().map(|mesh| (f.at, mesh)))
        .collect();
    let image = |cue: fn(&ImageCues) -> f32| {
        mean(&frames.iter().map(|f| cue(&f.image)).collect::<Vec<_>>())
    };
    let mut cues = vec![
        cue("frozen", print::frozen(&prints), FROZEN),
        cue("repeated", print::repeated(&prints), REPEATED),
        cue("flat_motion", motion::flat_motion(&meshes), FLAT_MOTION),
        cue("lifeless", motion::lifeless(&meshes), LIFELESS),
    ];
    cues.extend(image_readings(&ImageCues {
        moire: image(|c| c.moire),
        bezel: image(|c| c.bezel),
        screen_frame: image(|c| c.screen_frame),
    }));
    let strongest =
        |cue: fn(&LightCues) -> f32| frames.iter().map(|f| cue(&f.light)).fold(0.0, f32::max);
    cues.extend(light_readings(&LightCues {
        flicker: strongest(|c| c.flicker),
        exposure: strongest(|c| c.exposure),
    }));
    Some(FusedLiveness {
        score: doubted(network, &cues),
        network: PadScore::saturating(network),
        cues,
    })
}

/// The network's score of one frame with what its pixels say against it, and what the light of this frame and those
/// before says; never better than `network`.
#[must_use]
pub fn fuse_frame(network: PadScore, image: &ImageCues, light: &LightCues) -> PadScore {
    let [a, b, c] = image_readings(image);
    let [d, e] = light_readings(light);
    doubted(network.get(), &[a, b, c, d, e])
}

fn light_readings(light: &LightCues) -> [CueReading; 2] {
    [
        cue("flicker", light.flicker, FLICKER),
        cue("exposure", light.exposure, EXPOSURE),
    ]
}

fn image_readings(image: &ImageCues) -> [CueReading; 3] {
    [
        cue("moire", image.moire, MOIRE),
        cue("bezel", image.bezel, BEZEL),
        cue("screen_frame", image.screen_frame, SCREEN_FRAME),
    ]
}

fn cue(name: &'static str, value: f32, weight: f32) -> CueReading {
    CueReading {
        name,
        value,
        weight,
    }
}

/// A score less what the cues take from its log-odds.
fn doubted(network: f32, cues: &[CueReading]) -> PadScore {
    let penalty: f32 = cues
        .iter()
        .map(|c| c.weight * c.value.clamp(0.0, 1.0))
        .sum();
    if penalty <= 0.0 {
        return PadScore::saturating(network);
    }
    let sure = network.clamp(1.0 - SUREST, SUREST);
    let odds = (sure / (1.0 - sure)).ln() - penalty;
    PadScore::saturating((1.0 / (1.0 + (-odds).exp())).min(network))
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::face_mesh::model::Head;

    fn frame(i: usize, pad: Option<f32>, level: f32, yaw: f32, image: ImageCues) -> LivenessFrame {
        let head = Head {
            yaw,
            lids: if i % 7 == 3 { 0.2 } else { 1.0 },
            ..Head::default()
        };
        let cells = FramePrint::COLUMNS * FramePrint::ROWS;
        LivenessFrame {
            at: Duration::from_millis(150 * i as u64),
            pad: pad.map(PadScore::saturating),
            mesh: Some(head.mesh()),
            print: FramePrint::new((0..cells).map(|cell| if cell < 99 { level } else { 90.0 })),
            image,
            light: LightCues::default(),
        }
    }

    fn living(i: usize) -> LivenessFrame {
        let sway = (i as f32 * 0.9).sin() * 9.0 + i as f32;
        frame(i, Some(0.9), 100.0 + 3.0 * sway, sway, ImageCues::default())
    }

    #[test]
    fn a_living_face_keeps_the_score_of_the_network() {
        let frames: Vec<_> = (0..20).map(living).collect();
        let fused = fuse(&frames).unwrap();
        assert_eq!(fused.score, fused.network, "{:?}", fused.cues);
        assert!((fused.score.get() - 0.9).abs() < 1e-6);
        assert_eq!(fuse(&[]), None);
    }

    #[test]
    fn a_frozen_picture_is_none_of_a_person() {
        let frames: Vec<_> = (0..10)
            .map(|i| LivenessFrame {
                at: Duration::from_millis(150 * i),
                ..living(0)
            })
            .collect();
        let fused = fuse(&frames).unwrap();
        assert!(fused.score.get() < 0.02, "{fused:?}");
        let frozen = fused.cues.iter().find(|c| c.name == "frozen").unwrap();
        assert_eq!((frozen.value, frozen.weight), (1.0, FROZEN));
    }

    #[test]
    fn a_frame_by_itself_is_doubted_as_in_a_track() {
        let image = ImageCues {
            moire: 0.4,
            bezel: 0.5,
            screen_frame: 0.3,
        };
        let alone = fuse_frame(PadScore::saturating(0.9), &image, &LightCues::default());
        let track = fuse(&[frame(0, Some(0.9), 100.0, 0.0, image)]).unwrap();
        assert_eq!(alone, track.score);
        let framed = ImageCues {
            screen_frame: 1.0,
            ..ImageCues::default()
        };
        assert!(
            fuse_frame(PadScore::saturating(0.99), &framed, &LightCues::default()).get() < 0.25
        );
    }

    #[test]
    fn doubts_of_the_image_tip_a_doubtful_score() {
        let doubted = |moire, pad| {
            let image = ImageCues {
                moire,
                ..ImageCues::default()
            };
            let frames: Vec<_> = (0..8)
                .map(|i| LivenessFrame {
                    image,
                    pad: Some(PadScore::saturating(pad)),
                    ..living(i)
                })
                .collect();
            fuse(&frames).unwrap().score.get()
        };
        assert!(doubted(1.0, 0.7) < 0.5 && doubted(0.1, 0.7) > 0.5);
        assert!(doubted(1.0, 0.97) > 0.5);
    }

    proptest! {
        #[test]
        fn no_cue_makes_a_score_better(
            frames in proptest::collection::vec(
                (proptest::option::of(0.0f32..=1.0), 0.0f32..255.0, -40.0f32..40.0, 0.0f32..=1.0, 0.0f32..=1.0), 1..20),
        ) {
            let frames: Vec<_> = frames
                .into_iter()
                .enumerate()
                .map(|(i, (pad, level, yaw, moire, bezel))| frame(i, pad, level, yaw, ImageCues { moire, bezel, screen_frame: moire * bezel }))
                .collect();
            match fuse(&frames) {
                Some(fused) => prop_assert!(fused.score <= fused.network),
                None => prop_assert!(frames.iter().all(|f| f.pad.is_none())),
            }
        }
    }
}
