//! The dense mesh of a face on the shipped network agrees with the reference.

use std::fs;
use std::path::Path;

use image::RgbImage;
use ostiary::domain::{BoundingBox, Face, Landmarks};
use ostiary::vision::{Analyser, DetectorChoice, VisionOptions};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn analyser() -> Analyser {
    let options = VisionOptions {
        threads: 1,
        detector: DetectorChoice::ShortRange,
    };
    Analyser::load(&root().join("models"), &options).unwrap()
}

fn sample(name: &str) -> RgbImage {
    image::open(root().join("tests/samples").join(name))
        .unwrap()
        .into_rgb8()
}

/// 468 points in pixels of the crop.
fn golden(name: &str) -> Vec<[f32; 3]> {
    let bytes = fs::read(root().join("tests/golden").join(name)).unwrap();
    let values: Vec<f32> = bytes
        .as_chunks()
        .0
        .iter()
        .map(|b| f32::from_le_bytes(*b))
        .collect();
    values.as_chunks().0.to_vec()
}

#[test]
fn the_mesh_is_the_one_of_the_reference() {
    let text = fs::read_to_string(root().join("tests/golden/landmarks.json")).unwrap();
    let about: serde_json::Value = serde_json::from_str(&text).unwrap();
    let side = |i: usize| about["box"][i].as_f64().unwrap() as f32;
    let bounds = BoundingBox {
        x: side(0),
        y: side(1),
        width: side(2),
        height: side(3),
    };
    let face = Face {
        bounds,
        landmarks: Landmarks::default(),
        confidence: 1.0,
    };
    let mesh = analyser().landmarks(&sample("obama2.jpg"), &face).unwrap();
    assert!(mesh.presence() > 0.99);
    let half = bounds.width * 1.5 / 2.0;
    let (left, top) = (
        (bounds.centre().x - half).trunc(),
        (bounds.centre().y - half).trunc(),
    );
    let scale = ((bounds.centre().x + half).trunc() - left) / 192.0;
    // In pixels of the crop: the rounding of the int8 weights is in the second.
    for (file, allowed) in [
        ("landmarks.shipped.bin", 0.1),
        ("landmarks.reference.bin", 1.0),
    ] {
        for (point, [x, y, z]) in mesh.points().iter().zip(golden(file)) {
            let off = [
                (point.x - left) / scale - x,
                (point.y - top) / scale - y,
                point.z / scale - z,
            ];
            assert!(off.iter().all(|d| d.abs() < allowed), "{file}: {off:?}");
        }
    }
}

#[test]
fn portraits_look_ahead_with_open_eyes() {
    let mut analyser = analyser();
    for name in ["astronaut.jpg", "biden.jpg", "obama.jpg", "obama2.jpg"] {
        let image = sample(name);
        let face = analyser.detect(&image).unwrap()[0];
        let mesh = analyser.landmarks(&image, &face).unwrap();
        let pose = mesh.pose();
        println!("{name} {pose:?} {:?} {}", mesh.eyes(), mesh.mouth_opening());
        assert!(
            pose.yaw.abs() < 20.0 && pose.pitch.abs() < 15.0,
            "{name}: {pose:?}"
        );
        assert!(mesh.eyes().mean() > 0.15, "{name}: {:?}", mesh.eyes());
        // The mirror image is turned the other way.
        let mirrored = image::imageops::flip_horizontal(&image);
        let face = analyser.detect(&mirrored).unwrap()[0];
        let other = analyser.landmarks(&mirrored, &face).unwrap().pose();
        assert!(
            (other.yaw + pose.yaw).abs() < 6.0,
            "{name}: {pose:?} {other:?}"
        );
        assert!(
            (other.pitch - pose.pitch).abs() < 6.0,
            "{name}: {pose:?} {other:?}"
        );
    }
}

#[test]
fn where_nobody_is_no_face_is_present() {
    let blank = RgbImage::from_pixel(300, 300, image::Rgb([90, 120, 60]));
    let bounds = BoundingBox {
        x: 100.0,
        y: 100.0,
        width: 100.0,
        height: 100.0,
    };
    let face = Face {
        bounds,
        landmarks: Landmarks::default(),
        confidence: 1.0,
    };
    let mesh = analyser().landmarks(&blank, &face).unwrap();
    assert!(mesh.presence() < 0.5, "{}", mesh.presence());
}
