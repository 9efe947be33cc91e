//! What a similarity stands for, computed afresh from the sets of faces beside the project.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use image::RgbImage;
use image::imageops::{self, FilterType};
use ostiary::domain::{Cosine, Template};
use ostiary::vision::{Analyser, DetectorChoice, VisionError, VisionOptions};

/// How far a knot may be from what this test finds: another arithmetic moves scores a little.
const TOLERANCE: f32 = 0.02;
/// As fit for a rate as these many comparisons above a threshold make it.
const ENOUGH: f64 = 5.0;
/// False match rates and what the normal distribution is exceeded by so often.
const DEVIATES: [(f64, f32); 3] = [(1e-2, 2.326_35), (1e-3, 3.090_23), (1e-4, 3.719_02)];
const DEVIATE_OF_A_MILLIONTH: f32 = 4.753_42;

/// Cosines of non-mated comparisons, falling.
struct NonMated(Vec<f32>);

impl NonMated {
    fn new(mut cosines: Vec<f32>) -> Self {
        cosines.sort_by(|a, b| b.total_cmp(a));
        Self(cosines)
    }

    /// The cosine that so great a share of the comparisons reaches; `None` if they are too few to tell.
    fn at(&self, rate: f64) -> Option<f32> {
        let above = self.0.len() as f64 * rate;
        (above >= ENOUGH).then(|| self.0[above as usize])
    }
}

#[test]
fn the_knots_are_those_of_the_error_rates() {
    let faces = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/faces");
    if !faces.is_dir() {
        println!("skipped: {} is not here", faces.display());
        return;
    }
    let mut analyser = analyser();
    let colour = [
        listed_pairs(&mut analyser, &faces.join("pairs")),
        all_pairs(&faces.join("series"), |image| image),
    ];
    let grey = all_pairs(&faces.join("orl"), |image| with_border(&image));
    let sets = [NonMated::new(colour.concat()), NonMated::new(grey)];
    // The stricter of the sets that are large enough.
    let threshold = |rate| {
        let found = sets.iter().filter_map(|set| set.at(rate));
        found.fold(f32::MIN, f32::max)
    };
    let similarity = |cosine: f32| {
        let cosine = Cosine::new(cosine).unwrap();
        analyser.calibration().similarity(cosine).get()
    };
    let measured = DEVIATES.map(|(rate, deviate)| (deviate, threshold(rate)));
    let millionth = on_line(measured, DEVIATE_OF_A_MILLIONTH);
    for (name, cosine, stands_for) in [
        ("1e-2", measured[0].1, 0.60),
        ("1e-4", measured[2].1, 0.75),
        ("1e-6, extrapolated", millionth, 0.85),
    ] {
        let found = similarity(cosine);
        println!("FMR {name}: cosine {cosine:.4}, similarity {found:.3}");
        assert!(
            (found - stands_for).abs() <= TOLERANCE,
            "FMR {name} is at cosine {cosine}, which the manifest calls {found} and not {stands_for}"
        );
    }
}

fn analyser() -> Analyser {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let options = VisionOptions {
        threads: 1,
        detector: DetectorChoice::ShortRange,
    };
    Analyser::load(&models, &options).unwrap()
}

/// The least-squares line through `points`, at `x`.
fn on_line(points: [(f32, f32); 3], x: f32) -> f32 {
    let count = points.len() as f32;
    let mean = |of: fn(&(f32, f32)) -> f32| points.iter().map(of).sum::<f32>() / count;
    let (mean_x, mean_y) = (mean(|p| p.0), mean(|p| p.1));
    let along: f32 = points.iter().map(|p| (p.0 - mean_x) * (p.1 - mean_y)).sum();
    let square: f32 = points.iter().map(|p| (p.0 - mean_x).powi(2)).sum();
    mean_y + along / square * (x - mean_x)
}

/// The pairs of different people in a list.
fn listed_pairs(analyser: &mut Analyser, folder: &Path) -> Vec<f32> {
    let list = fs::read_to_string(folder.join("pairs.csv")).unwrap();
    let mut templates: BTreeMap<String, Option<Template>> = BTreeMap::new();
    let mut cosines = Vec::new();
    for line in list.lines().skip(1) {
        let [a, b, mated] = line.split(',').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let [a, b] = [a, b].map(|name| {
            let entry = templates.entry(name.to_owned());
            entry
                .or_insert_with(|| template(analyser, &picture(&folder.join(name))))
                .clone()
        });
        if let (Some(a), Some(b), "No") = (a, b, mated) {
            cosines.push(a.compare(&b).unwrap().get());
        }
    }
    cosines
}

/// All pairs of different people in a folder with one folder a person.
fn all_pairs(
    folder: &Path,
    prepare: impl Fn(RgbImage) -> RgbImage + Copy + Send + Sync,
) -> Vec<f32> {
    let people: Vec<PathBuf> = sorted(folder)
        .into_iter()
        .filter(|path| path.is_dir())
        .collect();
    let of_person = |analyser: &mut Analyser, person: &PathBuf| -> Vec<(PathBuf, Template)> {
        let files = sorted(person).into_iter();
        let made = files.filter_map(|file| template(analyser, &prepare(picture(&file))));
        made.map(|template| (person.clone(), template)).collect()
    };
    // Most of the time goes here.
    let (some, others) = people.split_at(people.len() / 2);
    let templates: Vec<(PathBuf, Template)> = thread::scope(|scope| {
        let of = |people: &[PathBuf]| {
            let mut analyser = analyser();
            let made = people
                .iter()
                .flat_map(|person| of_person(&mut analyser, person));
            made.collect::<Vec<_>>()
        };
        let some = scope.spawn(move || of(some));
        let others = of(others);
        [some.join().unwrap(), others].concat()
    });
    let mut cosines = Vec::new();
    for (index, (person, probe)) in templates.iter().enumerate() {
        let others = templates[..index].iter();
        for (_, reference) in others.filter(|(other, _)| other != person) {
            cosines.push(probe.compare(reference).unwrap().get());
        }
    }
    cosines
}

fn template(analyser: &mut Analyser, image: &RgbImage) -> Option<Template> {
    match analyser.probe(image) {
        Err(VisionError::NoFace) => None,
        probe => Some(probe.unwrap().template),
    }
}

fn picture(path: &Path) -> RgbImage {
    image::open(path).unwrap().into_rgb8()
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}

/// Small portraits, cropped tightly: with 20 pixels of replicated border and doubled, as the set's notes ask for.
fn with_border(image: &RgbImage) -> RgbImage {
    const BORDER: u32 = 20;
    let (width, height) = image.dimensions();
    let within = |at: u32, length: u32| at.saturating_sub(BORDER).min(length - 1);
    let bordered = RgbImage::from_fn(width + 2 * BORDER, height + 2 * BORDER, |x, y| {
        *image.get_pixel(within(x, width), within(y, height))
    });
    let (width, height) = bordered.dimensions();
    imageops::resize(&bordered, 2 * width, 2 * height, FilterType::CatmullRom)
}
