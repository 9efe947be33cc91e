//! Faces with something painted over them, and how often that is noticed.

mod covers;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use image::imageops::{self, FilterType};
use image::{ImageReader, RgbImage};
use ostiary::domain::Covered;
use ostiary::vision::{Analyser, DetectorChoice, VisionError, VisionOptions, covered};

use covers::{Cover, Painter};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn analyser() -> Analyser {
    let options = VisionOptions {
        threads: 1,
        detector: DetectorChoice::ShortRange,
    };
    Analyser::load(&root("models"), &options).unwrap()
}

/// A picture of at most 480 pixels a side.
fn picture(path: &Path) -> RgbImage {
    const LONGEST: u32 = 480;
    let reader = ImageReader::open(path).unwrap();
    let picture = reader.with_guessed_format().unwrap().decode().unwrap();
    let picture = picture.into_rgb8();
    let longest = picture.width().max(picture.height());
    if longest <= LONGEST {
        return picture;
    }
    let shrunk = |length: u32| length * LONGEST / longest;
    let (width, height) = (shrunk(picture.width()), shrunk(picture.height()));
    imageops::resize(&picture, width, height, FilterType::Triangle)
}

/// What is told of the largest face; `None` if none is seen.
fn judged(analyser: &mut Analyser, picture: &RgbImage) -> Option<Covered> {
    let located = match analyser.locate(picture) {
        Err(VisionError::NoFace) => return None,
        located => located.unwrap(),
    };
    let mesh = analyser.landmarks(&located.image, &located.largest);
    Some(covered(&located.image, &mesh.unwrap()))
}

fn painter<'p>(analyser: &mut Analyser, picture: &'p RgbImage) -> Painter<'p> {
    let face = analyser.locate(picture).unwrap().largest;
    Painter::new(picture, &analyser.landmarks(picture, &face).unwrap())
}

#[test]
fn a_bare_face_is_bare_and_a_covered_one_says_where() {
    let mut analyser = analyser();
    for sample in ["obama", "obama2", "biden", "astronaut"] {
        let bare = picture(&root(&format!("tests/samples/{sample}.jpg")));
        assert_eq!(
            judged(&mut analyser, &bare),
            Some(Covered::default()),
            "{sample}"
        );
        let painter = painter(&mut analyser, &bare);
        for cover in [Cover::BlueMask, Cover::BlackMask, Cover::HandOnMouth] {
            let told = judged(&mut analyser, &painter.painted(cover));
            assert!(
                told.is_none_or(|told| told.mouth),
                "{sample} {cover:?} {told:?}"
            );
        }
        for cover in [Cover::BlackGlasses, Cover::HandOnEye, Cover::Telephone] {
            let told = judged(&mut analyser, &painter.painted(cover));
            assert!(
                told.is_none_or(|told| told.eyes),
                "{sample} {cover:?} {told:?}"
            );
        }
    }
}

fn pictures(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            pictures(&path, found);
        } else if ["jpg", "png"]
            .iter()
            .any(|e| path.extension() == Some(e.as_ref()))
        {
            found.push(path);
        }
    }
}

/// Every third cover on each face, for the sake of time: every cover on every third face.
#[test]
fn masks_and_sunglasses_are_noticed_and_bare_faces_are_not() {
    let faces = root("../shared/faces");
    if !faces.is_dir() {
        println!("skipped: {} is not here", faces.display());
        return;
    }
    let mut analyser = analyser();
    let mut paths = Vec::new();
    for set in ["pairs", "series"] {
        pictures(&faces.join(set), &mut paths);
    }
    let (mut bare, mut alarms) = (0, Vec::new());
    // How often each cover was noticed and tried.
    let mut covers: BTreeMap<Cover, [u32; 2]> = BTreeMap::new();
    for path in &paths {
        let picture = picture(path);
        let Some(told) = judged(&mut analyser, &picture) else {
            continue;
        };
        if told != Covered::default() {
            alarms.push((path, told));
        }
        let painter = painter(&mut analyser, &picture);
        for cover in Cover::ALL.into_iter().skip(bare % 3).step_by(3) {
            let told = judged(&mut analyser, &painter.painted(cover));
            let is_noticed = told.is_none_or(|told| told != Covered::default());
            let [noticed, tried] = covers.entry(cover).or_default();
            *noticed += u32::from(is_noticed);
            *tried += 1;
        }
        bare += 1;
    }
    println!("bare: {} of {bare}", alarms.len());
    assert!(bare >= 90, "{bare}");
    assert!(alarms.len() as f64 <= 0.02 * bare as f64, "{alarms:?}");
    for (cover, [noticed, tried]) in covers {
        println!("{cover:?}: {noticed} of {tried}");
        let least = cover.least_rate() * f64::from(tried);
        assert!(
            f64::from(noticed) >= least,
            "{cover:?}: {noticed} of {tried}"
        );
    }
}
