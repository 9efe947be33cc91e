use time::macros::utc_datetime;

use super::super::{Schedule, ScheduleName, Standing, Zone};
use super::*;

const NOW: UtcDateTime = UtcDateTime::UNIX_EPOCH;

fn template(values: &[f32]) -> Template {
    Template::new(ModelId::new("m"), values.to_vec()).unwrap()
}

fn subject(id: &str) -> Subject {
    Subject {
        id: id.parse().unwrap(),
        name: None,
        consented: NOW,
        expires: None,
        duress: false,
        schedule: None,
    }
}

fn positive(values: &[f32]) -> Reference {
    Reference {
        template: template(values),
        polarity: Polarity::Positive,
    }
}

fn gallery() -> Gallery {
    let calibration = SimilarityCalibration::new(vec![(-1.0, 0.0), (1.0, 1.0)]).unwrap();
    let mut gallery = Gallery::new(ModelId::new("m"), 2, calibration);
    gallery
        .insert(subject("east"), &[positive(&[1.0, 0.0])])
        .unwrap();
    gallery
        .insert(
            subject("north"),
            &[positive(&[0.0, 1.0]), positive(&[0.1, 1.0])],
        )
        .unwrap();
    gallery
}

fn names(comparison: &Comparison) -> Vec<&str> {
    match comparison {
        Comparison::Identification(candidates) => {
            candidates.iter().map(|c| c.subject.as_str()).collect()
        }
        Comparison::Verification { .. } => panic!("not an identification"),
    }
}

#[test]
fn candidates_come_best_first_and_once_each() {
    assert_eq!(
        names(&gallery().identify(&template(&[0.2, 1.0]), NOW).unwrap()),
        ["north", "east"]
    );
}

#[test]
fn only_the_best_few_are_kept_whatever_the_order() {
    let mut gallery = gallery();
    for k in 0..20 {
        let angle = 0.05 * f64::from(20 - k) as f32;
        gallery
            .insert(
                subject(&format!("s{k}")),
                &[positive(&[angle.cos(), angle.sin()])],
            )
            .unwrap();
    }
    let found = gallery.identify(&template(&[1.0, 0.0]), NOW).unwrap();
    assert_eq!(names(&found), ["east", "s19", "s18", "s17", "s16"]);
}

#[test]
fn a_nearer_negative_reference_takes_the_subject_out() {
    let mut gallery = gallery();
    let negative = Reference {
        template: template(&[1.0, 0.3]),
        polarity: Polarity::Negative,
    };
    gallery.insert(subject("east"), &[negative]).unwrap();
    assert_eq!(
        names(&gallery.identify(&template(&[1.0, 0.4]), NOW).unwrap()),
        ["north"]
    );
    assert_eq!(
        names(&gallery.identify(&template(&[1.0, 0.0]), NOW).unwrap()),
        ["east", "north"]
    );
    let verified = gallery
        .verify(&template(&[1.0, 0.4]), &"east".parse().unwrap(), NOW)
        .unwrap();
    assert_eq!(verified.best().unwrap().cosine, Cosine::MIN);
}

#[test]
fn a_claim_of_nobody_has_no_candidate() {
    let found = gallery()
        .verify(&template(&[1.0, 0.0]), &"nobody".parse().unwrap(), NOW)
        .unwrap();
    assert!(found.best().is_none());
}

#[test]
fn an_enrolment_for_duress_is_found_by_its_claim_alone() {
    let mut gallery = gallery();
    let mut silent = subject("east-2");
    silent.duress = true;
    gallery.insert(silent, &[positive(&[1.0, 0.0])]).unwrap();
    let probe = template(&[1.0, 0.0]);
    let Comparison::Identification(found) = gallery.identify(&probe, NOW).unwrap() else {
        panic!("1:N was asked for");
    };
    assert!(found.iter().all(|c| c.subject.as_str() != "east-2"));
    let claimed = gallery
        .verify(&probe, &"east-2".parse().unwrap(), NOW)
        .unwrap();
    assert_eq!(claimed.best().unwrap().subject.as_str(), "east-2");
}

#[test]
fn references_of_another_model_are_refused_whole() {
    let mut gallery = gallery();
    let foreign = Template::new(ModelId::new("other"), vec![1.0, 0.0]).unwrap();
    let references = [
        positive(&[1.0, 0.0]),
        Reference {
            template: foreign,
            polarity: Polarity::Positive,
        },
    ];
    assert!(gallery.insert(subject("new"), &references).is_err());
    assert_eq!((gallery.subjects().len(), gallery.templates()), (2, 3));
}

#[test]
fn an_enrolment_that_ran_out_says_so() {
    let mut gallery = gallery();
    let mut east = subject("east");
    east.expires = Some(NOW);
    gallery.insert(east, &[]).unwrap();
    let found = gallery.identify(&template(&[1.0, 0.0]), NOW).unwrap();
    assert_eq!(found.best().unwrap().standing, Standing::Expired);
}

#[test]
fn a_door_s_hours_count_where_there_is_a_door() {
    let always = ScheduleName::always();
    let nobody = Schedule {
        name: "nobody".parse().unwrap(),
        openings: Vec::new(),
    };
    let closed = AccessHours::new(Zone::utc(), nobody.name.clone(), vec![], vec![nobody]).unwrap();
    let mut gallery = gallery();
    let mut north = subject("north");
    north.schedule = Some(always);
    gallery.insert(north, &[positive(&[0.0, 1.0])]).unwrap();
    let standing = |gallery: &Gallery, id: &str| {
        let claimed = id.parse().unwrap();
        let found = gallery.verify(&template(&[1.0, 0.0]), &claimed, NOW);
        found.unwrap().best().unwrap().standing
    };
    assert_eq!(standing(&gallery, "east"), Standing::Valid);
    let at_door = gallery.for_door(Arc::new(closed));
    assert_eq!(standing(&at_door, "east"), Standing::OutsideHours);
    assert_eq!(standing(&at_door, "north"), Standing::Valid);
    let found = at_door.identify(&template(&[1.0, 0.0]), NOW).unwrap();
    assert_eq!(found.best().unwrap().standing, Standing::OutsideHours);
}

#[test]
fn while_the_clock_is_not_set_an_enrolment_that_ends_some_day_has_ended() {
    let mut east = subject("east");
    east.expires = Some(utc_datetime!(2030-01-01 0:00));
    let table = [
        (NOW, Standing::Expired),
        (utc_datetime!(2025-12-31 23:59), Standing::Expired),
        (utc_datetime!(2026-01-01 0:00), Standing::Valid),
        (utc_datetime!(2029-12-31 23:59), Standing::Valid),
        (utc_datetime!(2030-01-01 0:00), Standing::Expired),
    ];
    for (now, standing) in table {
        assert_eq!(east.standing(now, None), standing, "{now}");
    }
}
