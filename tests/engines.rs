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
                PlannedNetwork::from_onnx(&bytes, &model, set, Arithmetic::F32).unwrap();
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
