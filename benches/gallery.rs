//! The 1:N scan against the plainest way to write it, in one run: `cargo bench --bench gallery`.

use std::hint::black_box;
use std::time::Instant;

use ostiary::domain::{
    Cosine, Gallery, ModelId, Polarity, Reference, SimilarityCalibration, Subject, Template,
};
use time::UtcDateTime;

const DIMENSION: usize = 192;
const RUNS: usize = 30;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("templates   gallery ms   plain ms   ratio");
    for count in [1_000, 10_000, 100_000] {
        let templates: Vec<Template> = (0..count)
            .map(|seed| template(seed as u64))
            .collect::<Result<_, _>>()?;
        let gallery = gallery(&templates)?;
        let probe = template(u64::MAX)?;
        let now = UtcDateTime::now();
        let ours = median(|| drop(black_box(gallery.identify(&probe, now))));
        let plain = median(|| {
            black_box(plain_scan(&templates, &probe));
        });
        println!(
            "{count:>9} {ours:>12.3} {plain:>10.3} {:>7.2}",
            ours / plain
        );
    }
    Ok(())
}

/// Compares one pair after the other and keeps the best.
fn plain_scan(templates: &[Template], probe: &Template) -> Option<(usize, Cosine)> {
    let scores = templates
        .iter()
        .enumerate()
        .filter_map(|(place, t)| Some((place, probe.compare(t).ok()?)));
    scores.max_by(|a, b| a.1.get().total_cmp(&b.1.get()))
}

fn gallery(templates: &[Template]) -> Result<Gallery, Box<dyn std::error::Error>> {
    let calibration = SimilarityCalibration::new(vec![(-1.0, 0.0), (1.0, 1.0)])?;
    let mut gallery = Gallery::new(ModelId::new("bench"), DIMENSION, calibration);
    for (number, template) in templates.iter().enumerate() {
        let subject = Subject {
            id: number.to_string().parse()?,
            name: None,
            consented: UtcDateTime::now(),
            expires: None,
            duress: false,
            schedule: None,
        };
        gallery.insert(
            subject,
            &[Reference {
                template: template.clone(),
                polarity: Polarity::Positive,
            }],
        )?;
    }
    Ok(gallery)
}

/// A pseudo-random template (SplitMix64): how similar they are makes no difference to the scan.
fn template(seed: u64) -> Result<Template, ostiary::domain::ComparisonError> {
    let mut state = seed;
    let values = (0..DIMENSION).map(|_| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z >> 40) as f32 / (1 << 24) as f32) - 0.5
    });
    Template::new(ModelId::new("bench"), values.collect())
}

/// Median time of a run, in milliseconds.
fn median(mut run: impl FnMut()) -> f64 {
    run();
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            run();
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[RUNS / 2]
}
