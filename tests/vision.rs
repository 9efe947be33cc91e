//! The vision room on the shipped networks agrees with the reference.
//!
//! `tests/golden` holds what the source weights ("reference") and the shipped networks ("shipped") gave
//! in Python on `tests/samples`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use image::RgbImage;
use ostiary::domain::{BoundingBox, Face, Landmarks, ModelId, Point, Template};
use ostiary::vision::{
    Analyser, Detector, DetectorChoice, Manifest, Network, Role, TractNetwork, VisionError,
    VisionOptions,
};
use serde::Deserialize;

/// A face that the picture's edge cuts off. Its box turns on the last bit of a JPEG decoder, and Python's is
/// another one, so it is not held to it.
const CUT_OFF: &str = "obama_partial_face.jpg";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn models() -> PathBuf {
    root().join("models")
}

fn analyser() -> Analyser {
    let options = VisionOptions {
        threads: 2,
        detector: DetectorChoice::ShortRange,
    };
    Analyser::load(&models(), &options).unwrap()
}

fn picture(path: &Path) -> RgbImage {
    image::open(path)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        .into_rgb8()
}

fn golden<T: for<'a> Deserialize<'a>>(name: &str) -> T {
    let text = fs::read_to_string(root().join("tests/golden").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[derive(Deserialize)]
struct Sample {
    file: String,
    faces: Vec<GoldenFace>,
    shipped_faces: Vec<GoldenFace>,
    liveness: Vec<GoldenLiveness>,
}

#[derive(Deserialize)]
struct GoldenFace {
    #[serde(rename = "box")]
    bounds: [f32; 4],
    keypoints: [[f32; 2]; 6],
    score: f32,
}

#[derive(Deserialize)]
struct GoldenLiveness {
    shipped_on_reference_box: f32,
}

#[derive(Deserialize)]
struct Cosines {
    files: Vec<String>,
    reference: Vec<Vec<f32>>,
    shipped: Vec<Vec<f32>>,
}

impl GoldenFace {
    fn face(&self) -> Face {
        let [x, y, width, height] = self.bounds;
        let [right_eye, left_eye, nose, mouth, right_ear, left_ear] =
            self.keypoints.map(|[x, y]| Point { x, y });
        Face {
            bounds: BoundingBox {
                x,
                y,
                width,
                height,
            },
            landmarks: Landmarks {
                right_eye,
                left_eye,
                nose,
                mouth,
                right_ear,
                left_ear,
            },
            confidence: self.score,
        }
    }
}

fn samples() -> Vec<(Sample, RgbImage)> {
    let samples: Vec<Sample> = golden("samples.json");
    samples
        .into_iter()
        .map(|s| {
            let image = picture(&root().join("tests/samples").join(&s.file));
            (s, image)
        })
        .collect()
}

/// Boxes and points within `tolerance` of the box's side.
fn assert_same_face(found: &Face, expected: &Face, tolerance: f32, what: &str) {
    let allowed = (tolerance * expected.bounds.width).max(1.0);
    let corners = |f: &Face| {
        let (b, l) = (&f.bounds, &f.landmarks);
        let end = Point {
            x: b.x + b.width,
            y: b.y + b.height,
        };
        let start = Point { x: b.x, y: b.y };
        [start, end, l.right_eye, l.left_eye, l.nose, l.mouth]
    };
    for (p, q) in corners(found).iter().zip(corners(expected)) {
        let off = (p.x - q.x).hypot(p.y - q.y);
        assert!(
            off <= allowed,
            "{what}: {off} pixels off, {allowed} allowed"
        );
    }
}

#[test]
fn each_network_gives_the_golden_outputs_on_a_fixed_input() {
    #[derive(Deserialize)]
    struct Entry {
        role: Role,
        outputs: Vec<Output>,
    }
    #[derive(Deserialize)]
    struct Output {
        name: String,
        stride: usize,
        values: Vec<f32>,
        largest: f32,
    }
    let manifest = Manifest::read(&models()).unwrap();
    for entry in golden::<Vec<Entry>>("networks.json") {
        let model = manifest.model(entry.role).unwrap();
        let mut network = TractNetwork::load(&manifest, model).unwrap();
        let input: Vec<f32> = (0..network.input_len())
            .map(|i| {
                let unit = ((i * 7919 + 13) % 65536) as f32 / 65535.0;
                (unit * 255.0 - model.input.mean) / model.input.scale
            })
            .collect();
        let outputs = network.run(&input).unwrap();
        for (golden, found) in entry.outputs.iter().zip(outputs) {
            for (g, f) in golden
                .values
                .iter()
                .zip(found.iter().step_by(golden.stride))
            {
                let allowed = 1e-3 * golden.largest.max(1.0);
                assert!(
                    (g - f).abs() <= allowed,
                    "{} {}: {g} {f}",
                    entry.role,
                    golden.name
                );
            }
        }
    }
}

#[test]
fn faces_are_where_the_reference_finds_them() {
    let mut analyser = analyser();
    for (sample, image) in samples() {
        let faces = analyser.detect(&image).unwrap();
        assert_eq!(faces.len(), sample.shipped_faces.len(), "{}", sample.file);
        for (found, expected) in faces.iter().zip(&sample.shipped_faces) {
            assert_same_face(found, &expected.face(), 0.0, &sample.file);
        }
        // The source weights, and so the error of the int8 weights too.
        for (found, expected) in faces.iter().zip(&sample.faces) {
            assert_same_face(found, &expected.face(), 0.015, &sample.file);
        }
    }
}

#[test]
fn the_full_range_detector_agrees_as_well() {
    #[derive(Deserialize)]
    struct FullRange {
        file: String,
        shipped: Vec<GoldenFace>,
    }
    let golden: FullRange = golden("detector-full.json");
    let manifest = Manifest::read(&models()).unwrap();
    let mut detector = Detector::load(&manifest, Role::DetectorFull).unwrap();
    let image = picture(&root().join("tests/samples").join(&golden.file));
    let faces = detector.detect(&image).unwrap();
    assert_eq!(faces.len(), golden.shipped.len());
    assert_same_face(&faces[0], &golden.shipped[0].face(), 0.005, &golden.file);
}

#[test]
fn templates_compare_as_in_the_reference() {
    let mut analyser = analyser();
    let cosines: Cosines = golden("cosines.json");
    let samples: BTreeMap<String, (Sample, RgbImage)> = samples()
        .into_iter()
        .map(|s| (s.0.file.clone(), s))
        .collect();
    // On the reference's landmarks, and with everything our own.
    let (mut given, mut own) = (Vec::new(), Vec::new());
    for file in &cosines.files {
        let (sample, image) = &samples[file];
        given.push(
            analyser
                .embed(image, &sample.faces[0].face())
                .unwrap()
                .clone(),
        );
        own.push(analyser.probe(image).unwrap().template);
    }
    for (templates, expected, is_own) in [
        (given, &cosines.reference, false),
        (own, &cosines.shipped, true),
    ] {
        for (i, a) in templates.iter().enumerate() {
            for (j, b) in templates.iter().enumerate() {
                let files = [&cosines.files[i], &cosines.files[j]];
                let (found, expected) = (a.compare(b).unwrap().get(), expected[i][j]);
                let skipped = is_own && files.iter().any(|f| *f == CUT_OFF);
                assert!(
                    skipped || (found - expected).abs() < 0.01,
                    "{files:?}: {found}, not {expected}"
                );
            }
        }
    }
}

#[test]
fn templates_are_those_of_the_reference() {
    let mut analyser = analyser();
    let mut check = |file: &str, image: &RgbImage, face: &Face, kind: &str, least: f32| {
        let name = format!("{}.{kind}.bin", file.split('.').next().unwrap());
        let bytes = fs::read(root().join("tests/golden").join(name)).unwrap();
        let values = bytes
            .as_chunks()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b))
            .collect();
        let golden = Template::new(ModelId::new(analyser.model_id().as_str()), values).unwrap();
        let cosine = analyser
            .embed(image, face)
            .unwrap()
            .compare(&golden)
            .unwrap()
            .get();
        assert!(cosine >= least, "{file} {kind}: {cosine}");
    };
    for (sample, image) in samples() {
        let face = sample.faces[0].face();
        check(&sample.file, &image, &face, "shipped_on_aligned", 0.999);
        check(&sample.file, &image, &face, "reference", 0.998);
    }
}

#[test]
fn liveness_cues_are_those_of_the_reference_on_its_box() {
    let mut analyser = analyser();
    for (sample, image) in samples().into_iter().filter(|s| s.0.file != CUT_OFF) {
        let result = analyser.liveness(&image, &sample.faces[0].face()).unwrap();
        for (cue, golden) in result.cues.iter().zip(&sample.liveness) {
            let expected = golden.shipped_on_reference_box;
            assert!(
                // In log-odds; JPEG decoders differ by a grey level here and there.
                (cue.raw - expected).abs() < 0.2,
                "{}: {cue:?}, not {expected}",
                sample.file
            );
        }
    }
}

#[test]
fn template_and_liveness_are_the_same_side_by_side() {
    let (sample, image) = samples().into_iter().next().unwrap();
    let face = sample.faces[0].face();
    for threads in 1..=4 {
        let options = VisionOptions {
            threads,
            detector: DetectorChoice::ShortRange,
        };
        let mut analyser = Analyser::load(&models(), &options).unwrap();
        let template = analyser.embed(&image, &face).unwrap().clone();
        let judged = analyser.liveness(&image, &face).unwrap();
        // What can't be aligned is an error, and leaves nothing behind for the next face.
        let pointless = face.map(|_| Point { x: 9.0, y: 9.0 });
        assert!(analyser.embed_and_judge(&image, &pointless).is_err());
        let both = analyser.embed_and_judge(&image, &face).unwrap();
        assert!((both.0, both.1) == (&template, judged), "{threads} threads");
    }
}

#[test]
fn ordinary_portraits_are_of_good_quality_and_blurred_ones_are_not() {
    let mut analyser = analyser();
    for name in ["astronaut.jpg", "biden.jpg", "obama.jpg", "obama2.jpg"] {
        let image = picture(&root().join("tests/samples").join(name));
        let face = analyser.detect(&image).unwrap()[0];
        let sharp = analyser.quality(&image, &face).quality.get();
        let blurred = image::imageops::fast_blur(&image, 0.04 * face.bounds.width);
        let soft = analyser.quality(&blurred, &face).quality.get();
        assert!(sharp > 70 && soft < 40, "{name}: {sharp}, blurred {soft}");
    }
}

#[test]
fn a_small_picture_is_enlarged_and_one_without_a_face_refused() {
    let mut analyser = analyser();
    let image = picture(&root().join("tests/samples/obama.jpg"));
    let probe = analyser.probe(&image).unwrap();
    let b = probe.face.bounds;
    let cut = image::imageops::crop_imm(
        &image,
        b.x as u32,
        b.y as u32,
        b.width as u32,
        b.height as u32,
    );
    let small = image::imageops::thumbnail(&cut.to_image(), 48, 48);
    let cosine = analyser
        .probe(&small)
        .unwrap()
        .template
        .compare(&probe.template)
        .unwrap();
    assert!(cosine.get() > 0.5, "{cosine:?}");

    for (width, height) in [(0, 0), (1, 1), (1, 900), (300, 200)] {
        let blank = RgbImage::from_pixel(width, height, image::Rgb([90, 120, 60]));
        assert!(
            matches!(analyser.probe(&blank), Err(VisionError::NoFace)),
            "{width} x {height}"
        );
    }
}

#[test]
fn mated_pairs_of_photographs_are_all_more_similar_than_non_mated_ones() {
    let folder = root().join("../shared/faces/pairs");
    let Ok(list) = fs::read_to_string(folder.join("pairs.csv")) else {
        println!("skipped: {} is not here", folder.display());
        return;
    };
    let mut analyser = analyser();
    let mut templates: BTreeMap<String, Template> = BTreeMap::new();
    let (mut least_mated, mut most_non_mated) = (1.0_f32, -1.0_f32);
    for line in list.lines().skip(1) {
        let [a, b, mated] = line.split(',').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        for name in [a, b] {
            if !templates.contains_key(name) {
                let template = analyser
                    .probe(&picture(&folder.join(name)))
                    .unwrap()
                    .template;
                templates.insert(name.to_owned(), template);
            }
        }
        let cosine = templates[a].compare(&templates[b]).unwrap().get();
        if mated == "Yes" {
            least_mated = least_mated.min(cosine);
        } else {
            most_non_mated = most_non_mated.max(cosine);
        }
    }
    assert!(
        least_mated > most_non_mated,
        "{least_mated} {most_non_mated}"
    );
}
