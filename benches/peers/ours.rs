//! Our side of `benches/peers/run`: runs a stage when it is told to and says how long it took.
//!
//! A line of standard input, `<stage> <runs>`, is answered by a line of JSON: processor time of each run in milliseconds, and what
//! the last one gave. Inputs are files in the folder that the first argument names: `frame.jpg`,
//! `<network>.f32` (an input tensor) and `templates.f32`, `probes.f32` (rows of 192 values).

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use ostiary::capture::FrameDecoder;
use ostiary::domain::{
    Gallery, ModelId, Polarity, Reference, SimilarityCalibration, Subject, Template,
};
use ostiary::vision::{
    Analyser, Arithmetic, DetectorChoice, Engine, InstructionSet, Manifest, Network,
    PlannedNetwork, Role, VisionOptions,
};
use time::UtcDateTime;

const DIMENSION: usize = 192;
/// Templates in the gallery that the frame is looked up in.
const ENROLLED: usize = 10_000;

type Outcome = Result<Vec<f32>, Box<dyn Error>>;
type Stage = Box<dyn FnMut() -> Outcome>;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1);
    let folder = PathBuf::from(folder.ok_or("usage: peers FOLDER")?);
    let mut stages = HashMap::<String, Stage>::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (name, runs) = line.split_once(' ').ok_or("a line is STAGE RUNS")?;
        if !stages.contains_key(name) {
            stages.insert(name.to_owned(), stage(&folder, name)?);
        }
        let Some(stage) = stages.get_mut(name) else {
            continue;
        };
        let mut times = Vec::new();
        let mut result = Vec::new();
        for _ in 0..runs.parse()? {
            let started = processor_ms();
            result = black_box(stage()?);
            times.push(processor_ms() - started);
        }
        let answer = serde_json::json!({ "ms": times, "result": result });
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

/// Processor time of this process so far, of all its threads.
fn processor_ms() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: writes to the place it is given, and the clock is one that Linux has.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn stage(folder: &Path, name: &str) -> Result<Stage, Box<dyn Error>> {
    match name {
        "detector" => network(folder, Role::Detector, name),
        "embedder" => network(folder, Role::Embedder, name),
        "embedder-f32" => network_f32(folder, Role::Embedder, "embedder"),
        "liveness" => network(folder, Role::Liveness, name),
        "liveness-f32" => network_f32(folder, Role::Liveness, "liveness"),
        "frame" => frame(folder),
        _ => match name.strip_prefix("search-") {
            Some(count) => search(folder, count.parse()?),
            None => Err(format!("no stage {name}").into()),
        },
    }
}

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
}

/// One network, as it ships, on one tensor; gives all its outputs.
fn network(folder: &Path, role: Role, name: &str) -> Result<Stage, Box<dyn Error>> {
    let manifest = Manifest::read(&models())?;
    runs(
        Engine::load(&manifest, manifest.model(role)?)?,
        folder,
        name,
    )
}

/// The same with our own kernels for f32.
fn network_f32(folder: &Path, role: Role, name: &str) -> Result<Stage, Box<dyn Error>> {
    let manifest = Manifest::read(&models())?;
    let model = manifest.model(role)?;
    let bytes = std::fs::read(manifest.file(model))?;
    let set = InstructionSet::detect();
    let network = PlannedNetwork::from_onnx(&bytes, model, set, Arithmetic::Floats)?;
    runs(network, folder, name)
}

fn runs(
    mut network: impl Network + 'static,
    folder: &Path,
    name: &str,
) -> Result<Stage, Box<dyn Error>> {
    let input = floats(&folder.join(format!("{name}.f32")))?;
    Ok(Box::new(move || Ok(network.run(&input)?.concat())))
}

/// From the bytes of a frame to all that a decision rests on; gives box, best cosine and PAD score.
fn frame(folder: &Path) -> Result<Stage, Box<dyn Error>> {
    let bytes = std::fs::read(folder.join("frame.jpg"))?;
    let options = VisionOptions {
        threads: 1,
        detector: DetectorChoice::ShortRange,
    };
    let mut analyser = Analyser::load(&models(), &options)?;
    analyser.preload()?;
    let gallery = gallery(folder, ENROLLED, analyser.model_id())?;
    let mut decoder = FrameDecoder::new(None);
    Ok(Box::new(move || {
        let image = decoder.decode(&bytes, &"frame.jpg")?;
        let face = *analyser.detect(&image)?.first().ok_or("no face")?;
        black_box(analyser.quality(&image, &face));
        let probe = analyser.embed(&image, &face)?;
        let found = gallery.identify(probe, UtcDateTime::UNIX_EPOCH)?;
        let best = found.best().ok_or("nobody enrolled")?.cosine.get();
        let pad = analyser.liveness(&image, &face)?.score.get();
        let b = face.bounds;
        Ok(vec![b.x, b.y, b.width, b.height, best, pad])
    }))
}

/// The next of the probes in a gallery; gives the number of the most similar template, its cosine, and the
/// number of the probe.
fn search(folder: &Path, count: usize) -> Result<Stage, Box<dyn Error>> {
    let model = ModelId::new("peers");
    let gallery = gallery(folder, count, &model)?;
    let probes = floats(&folder.join("probes.f32"))?
        .chunks_exact(DIMENSION)
        .map(|row| Template::new(model.clone(), row.to_vec()))
        .collect::<Result<Vec<_>, _>>()?;
    let mut turns = (0..probes.len()).cycle();
    Ok(Box::new(move || {
        let turn = turns.next().ok_or("no probes")?;
        let found = gallery.identify(&probes[turn], UtcDateTime::UNIX_EPOCH)?;
        let best = found.best().ok_or("nobody enrolled")?;
        let number: u32 = best.subject.as_str().parse()?;
        Ok(vec![number as f32, best.cosine.get(), turn as f32])
    }))
}

/// The first `count` templates, each of a subject of its own.
fn gallery(folder: &Path, count: usize, model: &ModelId) -> Result<Gallery, Box<dyn Error>> {
    let calibration = SimilarityCalibration::new(vec![(-1.0, 0.0), (1.0, 1.0)])?;
    let mut gallery = Gallery::new(model.clone(), DIMENSION, calibration);
    let mut file = BufReader::new(File::open(folder.join("templates.f32"))?);
    let mut row = [0; 4 * DIMENSION];
    for number in 0..count {
        file.read_exact(&mut row)?;
        let subject = Subject {
            id: number.to_string().parse()?,
            name: None,
            consented: UtcDateTime::UNIX_EPOCH,
            expires: None,
            duress: false,
            schedule: None,
        };
        let reference = Reference {
            template: Template::new(model.clone(), values(&row))?,
            polarity: Polarity::Positive,
        };
        gallery.insert(subject, &[reference])?;
    }
    Ok(gallery)
}

fn floats(path: &Path) -> Result<Vec<f32>, Box<dyn Error>> {
    Ok(values(&std::fs::read(path)?))
}

fn values(bytes: &[u8]) -> Vec<f32> {
    let (values, _) = bytes.as_chunks();
    values.iter().map(|v| f32::from_le_bytes(*v)).collect()
}
