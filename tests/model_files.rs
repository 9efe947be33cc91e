//! A model file or manifest that is not what was built is refused, with what is wrong and what to do.

use std::fs;
use std::path::{Path, PathBuf};

use ostiary::vision::{Manifest, Network, Role, TractNetwork, VisionError};

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
}

/// A models folder with the manifest changed and one file of it.
fn altered(file: &str, change: impl Fn(String) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(models().join(Manifest::FILE)).unwrap();
    fs::write(folder.path().join(Manifest::FILE), change(text)).unwrap();
    fs::copy(models().join(file), folder.path().join(file)).unwrap();
    folder
}

fn load(folder: &Path, role: Role) -> Result<TractNetwork, VisionError> {
    let manifest = Manifest::read(folder)?;
    TractNetwork::load(&manifest, manifest.model(role)?)
}

#[test]
fn a_model_file_of_another_hash_is_refused_with_both_named() {
    let folder = altered("embedder.onnx", |text| text);
    let path = folder.path().join("embedder.onnx");
    let mut bytes = fs::read(&path).unwrap();
    bytes[1000] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let Err(VisionError::ModelHash {
        expected, found, ..
    }) = load(folder.path(), Role::Embedder)
    else {
        panic!("not refused");
    };
    let manifest = Manifest::read(&models()).unwrap();
    assert_eq!(expected, manifest.model(Role::Embedder).unwrap().sha256);
    assert!(found != expected && found.len() == 64);
    let message = load(folder.path(), Role::Embedder)
        .err()
        .unwrap()
        .to_string();
    assert!(
        message.contains(&expected)
            && message.contains(&found)
            && message.contains("embedder.onnx")
    );
}

#[test]
fn a_missing_truncated_or_grown_model_file_is_refused() {
    let folder = altered("embedder.onnx", |text| text);
    let path = folder.path().join("embedder.onnx");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(
        load(folder.path(), Role::Embedder),
        Err(VisionError::ModelHash { .. })
    ));
    fs::write(&path, [&bytes[..], b"x"].concat()).unwrap();
    assert!(matches!(
        load(folder.path(), Role::Embedder),
        Err(VisionError::ModelSize { .. })
    ));
    fs::remove_file(&path).unwrap();
    let error = load(folder.path(), Role::Embedder).err().unwrap();
    assert!(
        matches!(error, VisionError::ModelUnreadable { .. })
            && error.to_string().contains("embedder.onnx")
    );
    // Even if the manifest vouched for it.
    let manifest = Manifest::read(folder.path()).unwrap();
    let model = manifest.model(Role::Embedder).unwrap();
    for length in [0, 10, bytes.len() / 2, bytes.len() - 1] {
        let cut = TractNetwork::from_onnx(&bytes[..length], model);
        assert!(
            matches!(cut, Err(VisionError::ModelRejected { .. })),
            "{length}"
        );
    }
}

#[test]
fn a_network_whose_shapes_are_not_the_manifests_is_refused() {
    let folder = altered("embedder.onnx", |text| {
        text.replace("shape = [1, 192]", "shape = [1, 128]")
            .replace("dimension = 192", "dimension = 128")
    });
    let Err(VisionError::Shape {
        expected, found, ..
    }) = load(folder.path(), Role::Embedder)
    else {
        panic!("not refused");
    };
    assert_eq!((expected, found), (vec![1, 128], vec![1, 192]));

    let manifest = Manifest::read(&models()).unwrap();
    let mut network =
        TractNetwork::load(&manifest, manifest.model(Role::Detector).unwrap()).unwrap();
    assert!(matches!(
        network.run(&[0.0; 5]),
        Err(VisionError::Shape { .. })
    ));
}

#[test]
fn a_manifest_that_says_what_cant_be_is_refused() {
    for (from, to, word) in [
        ("schema = 1", "schema = 2", "schema 2"),
        ("role = \"embedder\"", "role = \"embeder\"", "embeder"),
        ("layout = \"NCHW\"", "layout = \"NHWC\"", "NHWC"),
        ("scale = 127.5", "scale = 0.0", "scale 0"),
        ("stride = 8, boxes = 2", "stride = 8, boxes = 3", "anchors"),
        ("stride = 8, boxes = 2", "stride = 0, boxes = 2", "strides"),
        (
            "file = \"embedder.onnx\"",
            "file = \"../embedder.onnx\"",
            "bare file name",
        ),
        ("arcface-112-4pt", "none", "alignment `none`"),
    ] {
        let folder = altered("embedder.onnx", |text| text.replacen(from, to, 1));
        let error = Manifest::read(folder.path()).err().unwrap().to_string();
        assert!(
            error.contains(word) && error.contains(Manifest::FILE),
            "{to}: {error}"
        );
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(
        Manifest::read(empty.path()),
        Err(VisionError::Manifest { .. })
    ));
}
