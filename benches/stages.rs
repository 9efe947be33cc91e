//! What each stage of a frame takes, and all of them, on one thread: `cargo bench --bench stages`. A frame of the demo,
//! 640x480 JPEG, with one face. `cargo bench --bench stages -- --save-baseline NAME` keeps times to compare with.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::Criterion;
use ostiary::capture::{FrameDecoder, PicturePool, pixels};
use ostiary::domain::TrackId;
use ostiary::domain::liveness::Novelty;
use ostiary::vision::{Analyser, DetectorChoice, VisionOptions, frame_print};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let jpeg = fs::read(root.join("boards/sim/frames/016-enrolled.jpg"))?;
    let options = VisionOptions {
        threads: 1,
        detector: DetectorChoice::ShortRange,
    };
    let mut analyser = Analyser::load(&root.join("models"), &options)?;
    analyser.preload()?;
    let mut decoder = FrameDecoder::new(None);
    let image = decoder.decode(&jpeg, &"frame")?;
    let face = *analyser
        .detect(&image)?
        .first()
        .ok_or("no face in the frame")?;

    let mut criterion = Criterion::default().configure_from_args();
    let mut stages = criterion.benchmark_group("frame");
    stages.bench_function("decode", |b| {
        b.iter(|| black_box(decoder.decode(&jpeg, &"frame")))
    });
    let yuyv = vec![128; 640 * 480 * 2];
    let mut pictures = PicturePool::default();
    stages.bench_function("convert YUYV", |b| {
        b.iter(|| {
            pictures.picture(640, 480, |picture| {
                pixels::read_yuyv(&yuyv, picture).ok_or("too few bytes")
            })
        })
    });
    stages.bench_function("detect", |b| b.iter(|| black_box(analyser.detect(&image))));
    stages.bench_function("quality", |b| {
        b.iter(|| black_box(analyser.quality(&image, &face)))
    });
    let (mut novelty, track) = (Novelty::default(), TrackId(1));
    stages.bench_function("print", |b| {
        b.iter(|| black_box(novelty.is_new(track, frame_print(&image))))
    });
    stages.bench_function("align", |b| {
        b.iter(|| black_box(analyser.align(&image, &face)))
    });
    stages.bench_function("embed", |b| {
        b.iter(|| black_box(analyser.embed_aligned().is_ok()))
    });
    stages.bench_function("liveness", |b| {
        b.iter(|| black_box(analyser.liveness(&image, &face)))
    });
    stages.bench_function("cues", |b| {
        b.iter(|| black_box(analyser.image_cues(&image, &face)))
    });
    stages.bench_function("all", |b| {
        b.iter(|| {
            let image = decoder.decode(&jpeg, &"frame")?;
            let faces = analyser.detect(&image)?;
            let face = *faces.first().ok_or("no face in the frame")?;
            black_box((analyser.quality(&image, &face), frame_print(&image)));
            black_box(analyser.image_cues(&image, &face));
            let judged = analyser.embed_and_judge(&image, &face)?.1;
            Ok::<_, Box<dyn Error>>(judged.score)
        })
    });
    stages.finish();
    criterion.final_summary();
    Ok(())
}
