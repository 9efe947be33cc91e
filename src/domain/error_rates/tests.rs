use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn sets(positives: &[f32], negatives: &[f32]) -> ScoreSets {
    ScoreSets::new(positives.to_vec(), negatives.to_vec()).unwrap()
}

/// 400 positives and 20,000 negatives on a grid of 1/2048, so with many ties: sums of four bytes of a
/// 64-bit linear congruential generator (Knuth's MMIX), the positives 400 steps higher.
fn pseudo_random() -> ScoreSets {
    let mut state = 2_382_u64;
    let mut score = move |shift: u32| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let sum: u32 = (4..8).map(|byte| (state >> (8 * byte)) as u32 & 0xff).sum();
        (sum + shift) as f32 / 2048.0
    };
    let positives = (0..400).map(|_| score(400)).collect();
    let negatives = (0..20_000).map(|_| score(0)).collect();
    ScoreSets::new(positives, negatives).unwrap()
}

#[test]
fn classes_that_are_empty_or_not_finite_are_refused() {
    let error = ScoreSets::new(vec![], vec![1.0]).unwrap_err();
    assert!(error.to_string().contains("positive"), "{error}");
    let error = ScoreSets::new(vec![1.0], vec![0.0, f32::NAN]).unwrap_err();
    assert!(matches!(error, ScoreError::NotFinite { index: 1, .. }));
    assert!(ScoreSets::new(vec![f32::INFINITY], vec![0.0]).is_err());
}

#[test]
fn separable_classes_have_no_errors() {
    let scores = sets(&[0.7, 0.6, 0.9], &[0.1, 0.5]);
    let eer = scores.eer();
    assert_eq!((eer.rate, eer.at.threshold), (0.0, 0.6));
    assert_eq!(scores.auc(), 1.0);
    let point = scores.fnmr_at_fmr(0.5).unwrap();
    assert_eq!((point.fmr.errors(), point.fnmr.errors()), (0, 0));
}

#[test]
fn a_score_at_the_threshold_is_accepted() {
    let scores = sets(&[0.4, 0.6, 0.8, 1.0], &[0.0, 0.2, 0.6, 0.4]);
    let point = scores.at(0.6);
    assert_eq!((point.fnmr.rate(), point.fmr.rate()), (0.25, 0.25));
    assert_eq!(scores.eer().at, point);
    // Of 16 comparisons 13 are won (.4: two, .6: three, .8 and 1: four each) and two are ties.
    assert_eq!(scores.auc(), 14.0 / 16.0);
}

#[test]
fn equal_scores_everywhere_are_a_coin_toss() {
    let scores = sets(&[0.5; 3], &[0.5; 7]);
    assert_eq!((scores.eer().rate, scores.auc()), (0.5, 0.5));
}

#[test]
fn agrees_with_the_reference_computation() {
    // Expected values: the same scores through independent code in NumPy.
    let scores = pseudo_random();
    let eer = scores.eer();
    assert!((eer.rate - 0.097_225).abs() < 1e-12, "{eer:?}");
    assert_eq!(eer.at.threshold, 705.0 / 2048.0);
    assert!((scores.auc() - 0.969_849_187_5).abs() < 1e-12);
    for (max_fmr, fnmr) in [(1e-2, 0.355), (1e-3, 0.57), (1e-4, 0.705)] {
        let point = scores.fnmr_at_fmr(max_fmr).unwrap();
        assert!((point.fnmr.rate() - fnmr).abs() < 1e-12, "{point:?}");
        assert!(point.fmr.rate() <= max_fmr);
    }
}

#[test]
fn an_fmr_below_one_negative_cannot_be_measured() {
    let scores = sets(&[0.9], &[0.1; 99]);
    assert!(scores.fnmr_at_fmr(0.01).is_none());
    for nonsense in [0.0, -1.0, 1.1, f64::NAN, f64::INFINITY] {
        assert!(scores.fnmr_at_fmr(nonsense).is_none(), "{nonsense}");
    }
    assert!(sets(&[0.9], &[0.1; 100]).fnmr_at_fmr(0.01).is_some());
}

#[test]
fn the_curve_of_many_scores_is_short_and_keeps_the_tails() {
    let curve = pseudo_random().det_curve();
    assert!(curve.len() <= ScoreSets::MAX_CURVE_POINTS);
    let (first, last) = (curve[0], curve[curve.len() - 1]);
    assert_eq!((first.fmr.rate(), first.fnmr.rate()), (1.0, 0.0));
    assert_eq!((last.fmr.rate(), last.fnmr.rate()), (0.0, 1.0));
    for errors in [1, 2, 5] {
        assert!(curve.iter().any(|p| p.fmr.errors() == errors), "{errors}");
    }
}

#[test]
fn wilson_interval_of_known_cases() {
    // R. G. Newcombe, Statistics in Medicine 17, 1998, table I, method 3.
    let cases = [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ];
    for (errors, trials, low, high) in cases {
        let interval = Proportion::new(errors, trials).interval();
        assert!((interval.low - low).abs() < 5e-5, "{interval:?}");
        assert!((interval.high - high).abs() < 5e-5, "{interval:?}");
    }
}

#[test]
fn no_error_in_300_trials_means_at_most_one_percent() {
    assert_eq!(Proportion::new(0, 300).rule_of_three(), Some(0.01));
    assert_eq!(Proportion::new(0, 2).rule_of_three(), Some(1.0));
    assert_eq!(Proportion::new(1, 300).rule_of_three(), None);
}

fn pad_scores() -> PadScores {
    let bona_fide = (1..=20).map(|i| i as f32 / 20.0).collect();
    let attacks = [
        ("print", vec![0.1, 0.2, 0.3, 0.5]),
        ("replay", vec![0.2, 0.6]),
    ];
    let attacks = attacks.map(|(name, scores)| (name.to_owned(), scores));
    PadScores::new(bona_fide, BTreeMap::from(attacks)).unwrap()
}

#[test]
fn the_worst_species_counts_not_the_mean() {
    let scores = pad_scores();
    let rates: Vec<_> = scores.apcer(0.5).map(|(n, p)| (n, p.rate())).collect();
    assert_eq!(rates, [("print", 0.25), ("replay", 0.5)]);
    assert_eq!(scores.worst_apcer(0.5), ("replay", Proportion::new(1, 2)));
    assert_eq!(scores.worst_apcer(0.2).1.rate(), 1.0);
    assert_eq!(scores.sets().fmr(0.5).rate(), 2.0 / 6.0);
}

#[test]
fn the_threshold_at_a_bpcer_is_the_strictest_that_keeps_it() {
    let scores = pad_scores();
    for (max_bpcer, rejected) in [(0.0, 0), (0.01, 0), (0.05, 1), (0.15, 3), (1.0, 19)] {
        let threshold = scores.threshold_at_bpcer(max_bpcer);
        assert_eq!(scores.bpcer(threshold).errors(), rejected, "{max_bpcer}");
    }
}

#[test]
fn a_species_without_scores_is_named() {
    let attacks = BTreeMap::from([("mask".to_owned(), vec![])]);
    let error = PadScores::new(vec![1.0], attacks).unwrap_err();
    assert!(error.to_string().contains("mask"), "{error}");
    assert!(PadScores::new(vec![1.0], BTreeMap::new()).is_err());
}

prop_compose! {
    /// Scores on a coarse grid, so that ties are common.
    fn any_scores()(positives in vec(-8..8_i8, 1..60), negatives in vec(-8..8_i8, 1..60)) -> ScoreSets {
        let scores = |steps: Vec<i8>| steps.into_iter().map(|s| f32::from(s) / 8.0).collect();
        ScoreSets::new(scores(positives), scores(negatives)).unwrap()
    }
}

proptest! {
    #[test]
    fn rates_are_monotone_and_intervals_hold_them(scores in any_scores()) {
        let curve = scores.det_curve();
        prop_assert!(curve.len() <= ScoreSets::MAX_CURVE_POINTS);
        for point in &curve {
            prop_assert_eq!(*point, scores.at(point.threshold));
            for proportion in [point.fmr, point.fnmr] {
                let Interval { low, high } = proportion.interval();
                prop_assert!(0.0 <= low && low <= proportion.rate());
                prop_assert!(proportion.rate() <= high && high <= 1.0);
            }
        }
        for pair in curve.windows(2) {
            prop_assert!(pair[0].threshold < pair[1].threshold);
            prop_assert!(pair[0].fmr.rate() >= pair[1].fmr.rate());
            prop_assert!(pair[0].fnmr.rate() <= pair[1].fnmr.rate());
        }
    }

    #[test]
    fn eer_is_the_smallest_gap_of_any_threshold(scores in any_scores()) {
        let eer = scores.eer();
        prop_assert!((0.0..=1.0).contains(&eer.rate));
        let gap = |p: &OperatingPoint| (p.fmr.rate() - p.fnmr.rate()).abs();
        for score in scores.positives().iter().chain(scores.negatives()) {
            prop_assert!(gap(&eer.at) <= gap(&scores.at(*score)) + 1e-12);
        }
    }

    #[test]
    fn auc_of_exchanged_classes_is_the_complement(scores in any_scores()) {
        let exchanged = sets(scores.negatives(), scores.positives());
        prop_assert!((scores.auc() + exchanged.auc() - 1.0).abs() < 1e-12);
        prop_assert!((0.0..=1.0).contains(&scores.auc()));
    }

    #[test]
    fn fnmr_at_fmr_keeps_its_limit(scores in any_scores(), max_fmr in 0.02..1.0_f64) {
        if let Some(point) = scores.fnmr_at_fmr(max_fmr) {
            prop_assert!(point.fmr.rate() <= max_fmr);
        }
    }
}
