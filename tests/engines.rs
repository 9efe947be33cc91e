//! Our own engine against tract, on the networks as shipped.

use std::fs;
use std::path::{Path, PathBuf};

use ostiary::vision::{
    Arithmetic, InstructionSet, Manifest, ModelEntry, Network, PlannedNetwork, Role, TractNetwork,
};

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
}

const ROLES: [Role; 5] = [
    Role::Detector,
    Role::DetectorFull,
    Role::Landmarks,
    Role::Embedder,
    Role::Liveness,
];

/// A network's entry and bytes.
fn network(manifest: &Manifest, role: Role) -> (ModelEntry, Vec<u8>) {
    let model = manifest.model(role).unwrap();
    (model.clone(), fs::read(manifest.file(model)).unwrap())
}

/// A picture of soft blobs, in the network's range.
fn input(model: &ModelEntry, seed: usize) -> Vec<f32> {
    let side = model.input.side();
    let wave = |at: usize, step: f32| (at as f32 * step / side as f32).sin();
    (0..3 * side * side)
        .map(|i| {
            let (channel, y, x) = (i / (side * side), i / side % side, i % side);
            let value =
                wave(x + 7 * seed, 9.0 + channel as f32) * wave(y + 3 * channel, 5.0 + seed as f32);
            model.input.normalisation().apply(127.5 + 127.0 * value)
        })
        .collect()
}

#[test]
fn in_f32_every_network_agrees_with_tract() {
    let manifest = Manifest::read(&models()).unwrap();
    for role in ROLES {
        let (model, bytes) = network(&manifest, role);
        let mut tract = TractNetwork::from_onnx(&bytes, &model).unwrap();
        let input = input(&model, 1);
        let expected = tract.run(&input).unwrap().to_vec();
        // The portable kernels take their time.
        let portable = (role == Role::Detector).then(InstructionSet::portable);
        for set in portable.into_iter().chain([InstructionSet::detect()]) {
            let mut planned =
                PlannedNetwork::from_onnx(&bytes, &model, set, Arithmetic::Floats).unwrap();
            // Twice, because the second run finds the first one's numbers in its memory.
            for _ in 0..2 {
                let outputs = planned.run(&input).unwrap();
                assert_eq!(outputs.len(), expected.len());
                for (ours, theirs) in outputs.iter().zip(&expected) {
                    assert_eq!(ours.len(), theirs.len());
                    let largest = theirs.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
                    for (a, b) in ours.iter().zip(theirs) {
                        assert!(
                            (a - b).abs() <= 1e-4 * largest.max(1e-3),
                            "{role} on {}: {a} {b}",
                            set.name
                        );
                    }
                }
            }
        }
    }
}

/// The aligned faces of the golden samples, as the embedder takes them.
fn aligned(model: &ModelEntry) -> Vec<Vec<f32>> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let faces = [
        "astronaut",
        "biden",
        "obama",
        "obama2",
        "obama_partial_face",
    ];
    faces
        .map(|name| {
            let face = image::open(golden.join(format!("{name}.aligned.png")))
                .unwrap()
                .to_rgb8();
            let channel = |c| {
                face.pixels()
                    .map(move |p| model.input.normalisation().apply(f32::from(p[c])))
            };
            (0..3).flat_map(channel).collect()
        })
        .to_vec()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn in_int8_templates_point_where_those_in_f32_do() {
    let manifest = Manifest::read(&models()).unwrap();
    let (model, bytes) = network(&manifest, Role::Embedder);
    let plan =
        |set, arithmetic| PlannedNetwork::from_onnx(&bytes, &model, set, arithmetic).unwrap();
    let set = InstructionSet::detect();
    let (mut floats, mut int8) = (plan(set, Arithmetic::Floats), plan(set, Arithmetic::Int8));
    for face in aligned(&model) {
        let (a, b) = (&floats.run(&face).unwrap()[0], &int8.run(&face).unwrap()[0]);
        let cosine = cosine(a, b);
        assert!(cosine >= 0.999, "{cosine}");
    }
}

/// The outputs over maps of f16, which must be the portable ones' on a processor that computes in it.
fn in_halves(model: &ModelEntry, bytes: &[u8], how: Arithmetic, input: &[f32]) -> Vec<Vec<f32>> {
    let run = |set| {
        let mut network = PlannedNetwork::from_onnx(bytes, model, set, how).unwrap();
        network.run(input).unwrap().to_vec()
    };
    let outputs = run(InstructionSet::portable_halves());
    if let Some(native) = InstructionSet::halves() {
        assert!(run(native) == outputs, "{} on {}", model.id, native.name);
    }
    outputs
}

#[test]
fn in_f16_templates_point_where_those_in_f32_do() {
    let manifest = Manifest::read(&models()).unwrap();
    let (model, bytes) = network(&manifest, Role::Embedder);
    let set = InstructionSet::detect();
    let mut floats = PlannedNetwork::from_onnx(&bytes, &model, set, Arithmetic::Int8).unwrap();
    for face in aligned(&model).into_iter().take(2) {
        let halves = in_halves(&model, &bytes, Arithmetic::Int8, &face);
        let cosine = cosine(&floats.run(&face).unwrap()[0], &halves[0]);
        assert!(cosine >= 0.9995, "{cosine}");
    }
}

/// A face in the middle of a grey picture, half as wide as it.
fn portrait(model: &ModelEntry, name: &str) -> Vec<f32> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let face = image::open(path.join(format!("{name}.aligned.png"))).unwrap();
    let side = model.input.side() as u32;
    let face = face
        .resize_exact(side / 2, side / 2, image::imageops::FilterType::Triangle)
        .to_rgb8();
    let mut picture = image::RgbImage::from_pixel(side, side, image::Rgb([128; 3]));
    let middle = i64::from(side / 4);
    image::imageops::replace(&mut picture, &face, middle, middle);
    let normalisation = model.input.normalisation();
    let channel = |c| {
        picture
            .pixels()
            .map(move |p| normalisation.apply(f32::from(p[c])))
    };
    (0..3).flat_map(channel).collect()
}

#[test]
fn in_f16_the_detector_finds_what_it_finds_in_f32() {
    let manifest = Manifest::read(&models()).unwrap();
    let (model, bytes) = network(&manifest, Role::Detector);
    let (set, how) = (InstructionSet::detect(), Arithmetic::Floats);
    let mut floats = PlannedNetwork::from_onnx(&bytes, &model, set, how).unwrap();
    for name in ["astronaut", "obama"] {
        let input = portrait(&model, name);
        let halves = in_halves(&model, &bytes, how, &input);
        let floats = floats.run(&input).unwrap();
        let score = |logit: f32| 1.0 / (1.0 + (-logit).exp());
        let mut found = 0;
        for (anchor, (&a, &b)) in floats[1].iter().zip(&halves[1]).enumerate() {
            assert!((score(a) - score(b)).abs() < 0.01, "{name}: {a} {b}");
            if score(a) < 0.5 {
                continue;
            }
            found += 1;
            let row = 16 * anchor..16 * (anchor + 1);
            for (a, b) in floats[0][row.clone()].iter().zip(&halves[0][row]) {
                assert!((a - b).abs() < 0.5, "{name}: {a} {b}");
            }
        }
        assert!(found > 0, "{name}");
    }
}

#[test]
fn a_node_that_is_not_understood_is_named() {
    let manifest = Manifest::read(&models()).unwrap();
    let (model, bytes) = network(&manifest, Role::Detector);
    // The same length, so that the file stays well-formed.
    for (from, to) in [
        ("MaxPool", "MinPool"),
        ("kernel_shape", "kernel_shade"),
        ("dilations", "dilutions"),
    ] {
        let (from, to) = (from.as_bytes(), to.as_bytes());
        let mut changed = bytes.clone();
        let at = changed.windows(from.len()).position(|w| w == from).unwrap();
        changed[at..at + to.len()].copy_from_slice(to);
        let refused = PlannedNetwork::from_onnx(
            &changed,
            &model,
            InstructionSet::detect(),
            Arithmetic::Floats,
        );
        let message = refused.err().unwrap().to_string();
        assert!(message.contains("node "), "{message}");
    }
}

#[test]
fn rubbish_never_panics() {
    let manifest = Manifest::read(&models()).unwrap();
    let (model, bytes) = network(&manifest, Role::Detector);
    let set = InstructionSet::portable();
    let plan = |bytes: &[u8], arithmetic| PlannedNetwork::from_onnx(bytes, &model, set, arithmetic);
    for length in [0, 1, 100, bytes.len() / 2, bytes.len() - 1] {
        assert!(
            plan(&bytes[..length], Arithmetic::Floats).is_err(),
            "{length}"
        );
    }
    // What stays a network must also run.
    let input = input(&model, 1);
    let mut state = 1_u64;
    for round in 0..60 {
        let mut changed = bytes.clone();
        for _ in 0..=round % 8 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = (state >> 33) as usize % changed.len();
            changed[at] ^= 1 << (state >> 61);
        }
        let arithmetic = if round % 2 == 0 {
            Arithmetic::Floats
        } else {
            Arithmetic::Int8
        };
        if let Ok(mut network) = plan(&changed, arithmetic) {
            let _ = network.run(&input);
        }
    }
}
