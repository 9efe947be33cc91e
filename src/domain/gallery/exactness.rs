//! The search against the plainest way to write it.

use proptest::prelude::*;

use super::*;
use crate::domain::Template;

const NOW: UtcDateTime = UtcDateTime::UNIX_EPOCH;

fn template(values: Vec<f32>) -> Option<Template> {
    Template::new(ModelId::new("m"), values).ok()
}

fn subject(number: usize) -> Subject {
    Subject {
        id: number.to_string().parse().unwrap(),
        name: None,
        consented: NOW,
        expires: None,
        duress: false,
        schedule: None,
    }
}

fn empty(dimension: usize) -> Gallery {
    let calibration = SimilarityCalibration::new(vec![(-1.0, 0.0), (1.0, 1.0)]).unwrap();
    Gallery::new(ModelId::new("m"), dimension, calibration)
}

/// Templates near each other, so that the int8 form alone would often mistake their order, and now and then equal ones.
fn values(dimension: usize) -> impl Strategy<Value = Vec<f32>> {
    let spread = prop_oneof![Just(0.0_f32), Just(0.001), Just(0.03), Just(1.0)];
    (
        spread,
        prop::collection::vec(-1.0..1.0_f32, dimension),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(spread, noise, peaked)| {
            let base = |place: usize| if peaked && place > 0 { 0.0 } else { 0.3 };
            let noisy = noise.iter().enumerate();
            noisy.map(|(i, n)| base(i) + spread * n).collect()
        })
}

type Enrolled = (usize, bool, Vec<f32>);

/// A probe, and what is enrolled: number of the subject, whether it is the subject, and the template.
fn enrolled() -> impl Strategy<Value = (Vec<f32>, Vec<Enrolled>)> {
    (1..40_usize).prop_flat_map(|dimension| {
        let one = (0..30_usize, prop::bool::weighted(0.8), values(dimension));
        (values(dimension), prop::collection::vec(one, 0..150))
    })
}

/// The best cosine of each subject that no negative reference is nearer to, best first.
fn plain_search(probe: &Template, references: &[(usize, bool, Template)]) -> Vec<(usize, f32)> {
    let nearest = |wanted: usize, positive: bool| {
        let of = references
            .iter()
            .filter(|r| r.0 == wanted && r.1 == positive);
        of.map(|r| probe.compare(&r.2).unwrap().get())
            .fold(f32::NEG_INFINITY, f32::max)
    };
    let mut found: Vec<(usize, f32)> = (0..30)
        .map(|number| (number, nearest(number, true)))
        .filter(|&(number, cosine)| cosine > nearest(number, false))
        .collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found.truncate(MAX_CANDIDATES);
    found
}

proptest! {
    #[test]
    fn the_search_finds_what_a_plain_one_finds((probe, enrolled) in enrolled()) {
        let dimension = probe.len();
        let references: Vec<_> = enrolled
            .into_iter()
            .filter_map(|(number, positive, values)| Some((number, positive, template(values)?)))
            .collect();
        prop_assume!(template(probe.clone()).is_some());
        let probe = template(probe).unwrap();
        let mut gallery = empty(dimension);
        for (number, positive, template) in &references {
            let polarity = if *positive { Polarity::Positive } else { Polarity::Negative };
            let reference = Reference { template: template.clone(), polarity };
            gallery.insert(subject(*number), &[reference]).unwrap();
        }
        let Comparison::Identification(found) = gallery.identify(&probe, NOW).unwrap() else {
            panic!("not an identification");
        };
        let expected = plain_search(&probe, &references);
        let cosines: Vec<f32> = found.iter().map(|c| c.cosine.get()).collect();
        prop_assert_eq!(cosines, expected.iter().map(|e| e.1).collect::<Vec<_>>());
        for (candidate, (_, cosine)) in found.iter().zip(&expected) {
            let verified = gallery.verify(&probe, &candidate.subject, NOW).unwrap();
            prop_assert_eq!(verified.best().unwrap().cosine.get(), *cosine);
        }
    }
}

/// Unit vectors at small angles to each other: the first one is the most similar to the probe.
fn fan(place: usize, dimension: usize) -> Template {
    let angle = 0.001 * place as f32;
    let mut values = vec![0.0; dimension];
    (values[0], values[dimension - 1]) = (angle.cos(), angle.sin());
    template(values).unwrap()
}

fn best_of(gallery: &Gallery, probe: &Template) -> String {
    let found = gallery.identify(probe, NOW).unwrap();
    found.best().unwrap().subject.to_string()
}

#[test]
fn a_gallery_of_several_segments_is_searched_whole() {
    let mut gallery = empty(6);
    // The most similar comes last, so that none before it is passed over.
    for place in (0..1500).rev() {
        let reference = Reference {
            template: fan(place, 6),
            polarity: Polarity::Positive,
        };
        gallery.insert(subject(place), &[reference]).unwrap();
    }
    assert_eq!(gallery.templates(), 1500);
    for place in [0, 700, 1499] {
        assert_eq!(best_of(&gallery, &fan(place, 6)), place.to_string());
    }
}

#[test]
fn what_is_too_long_for_int8_is_compared_all_the_same() {
    let mut gallery = empty(2000);
    for place in 0..20 {
        let reference = Reference {
            template: fan(place * 50, 2000),
            polarity: Polarity::Positive,
        };
        gallery.insert(subject(place), &[reference]).unwrap();
    }
    assert_eq!(best_of(&gallery, &fan(760, 2000)), "15");
}

#[test]
fn a_copy_is_not_changed_with_the_original() {
    let mut gallery = empty(3);
    let add = |gallery: &mut Gallery, place| {
        let reference = Reference {
            template: fan(place, 3),
            polarity: Polarity::Positive,
        };
        gallery.insert(subject(place), &[reference]).unwrap();
    };
    add(&mut gallery, 0);
    let copy = gallery.clone();
    add(&mut gallery, 900);
    let probe = fan(900, 3);
    assert_eq!((copy.templates(), gallery.templates()), (1, 2));
    assert_eq!(
        (best_of(&copy, &probe), best_of(&gallery, &probe)),
        ("0".into(), "900".into())
    );
}
