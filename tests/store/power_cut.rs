//! Enrolment while the process is killed and the power fails.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use ostiary::domain::SubjectId;
use ostiary::enrolment::Store;

use super::{Place, enrol, id, open, reference, same, subject};

/// Name of the variable that turns the test below into the process to be killed.
const VICTIM: &str = "OSTIARY_TEST_VICTIM";
const TEMPLATES: u32 = 3;

#[test]
fn kill_at_any_time_loses_nothing_acknowledged_and_leaves_nothing_half_written() {
    if let Some(data) = std::env::var_os(VICTIM) {
        return enrol_until_killed(Path::new(&data));
    }
    let place = Place::new();
    drop(place.store());
    let mut acknowledged = Vec::new();
    for round in 0..25_usize {
        let name = "power_cut::kill_at_any_time_loses_nothing_acknowledged_and_leaves_nothing_half_written";
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args([name, "--exact", "--nocapture", "--test-threads=1"])
            .env(VICTIM, place.data())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(victim.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| Some(line.split_once("enrolled ")?.1.to_owned()));
        // The kill falls somewhere into the enrolment after this one.
        acknowledged.extend(lines.by_ref().take(1 + round * 7 % 13));
        std::thread::sleep(std::time::Duration::from_micros(round as u64 * 97 % 1500));
        victim.kill().unwrap();
        acknowledged.extend(lines);
        victim.wait().unwrap();

        let store = place.store();
        let there = store.subjects().unwrap();
        let lost: Vec<_> = acknowledged
            .iter()
            .filter(|number| !there.iter().any(|l| l.subject.id.as_str() == **number))
            .collect();
        assert!(lost.is_empty(), "round {round}: lost {lost:?}");
        assert!(
            there.len() <= acknowledged.len() + round + 1,
            "at most one more a kill"
        );
        for listing in &there {
            assert_whole(&store, &listing.subject.id);
        }
    }
    assert!(acknowledged.len() >= 25, "the victims did enrol");
}

fn enrol_until_killed(data: &Path) {
    let mut store = open(data).unwrap();
    let first = store.subjects().unwrap().len() as u32;
    // Bounded, should the parent be killed instead.
    for number in first..first + 1_000 {
        let references: Vec<_> = (0..TEMPLATES).map(|k| reference(number * 8 + k)).collect();
        enrol(&mut store, &number.to_string(), &references);
        let mut out = std::io::stdout().lock();
        writeln!(out, "\nenrolled {number}").unwrap();
        out.flush().unwrap();
    }
}

fn assert_whole(store: &Store, id: &SubjectId) {
    let number: u32 = id.as_str().parse().unwrap();
    let enrolment = store.enrolment(id).unwrap().unwrap();
    let expected: Vec<_> = (0..TEMPLATES).map(|k| reference(number * 8 + k)).collect();
    assert_eq!(enrolment.subject, subject(id.as_str()));
    assert!(same(&enrolment.references, &expected), "{id}");
}

/// A power cut, unlike a kill, also loses the end of the write-ahead log.
#[test]
fn a_log_cut_anywhere_leaves_whole_enrolments_in_order() {
    let (place, copy) = (Place::new(), Place::new());
    let mut store = place.store();
    for number in 0..8_u32 {
        let references: Vec<_> = (0..TEMPLATES).map(|k| reference(number * 8 + k)).collect();
        enrol(&mut store, &number.to_string(), &references);
    }
    let log = fs::read(place.data().join("store.sqlite-wal")).unwrap();
    let mut before = 0;
    let steps = 60;
    for step in 0..=steps {
        let _ = fs::remove_dir_all(copy.data());
        fs::create_dir(copy.data()).unwrap();
        for file in ["store.key", "store.sqlite"] {
            fs::copy(place.data().join(file), copy.data().join(file)).unwrap();
        }
        let end = log.len() * step / steps;
        fs::write(copy.data().join("store.sqlite-wal"), &log[..end]).unwrap();

        let store = copy.store();
        let there = store.subjects().unwrap();
        assert!(there.len() >= before, "cut at {end}");
        before = there.len();
        for (number, listing) in there.iter().enumerate() {
            assert_eq!(listing.subject.id, id(&number.to_string()), "cut at {end}");
            assert_whole(&store, &listing.subject.id);
        }
    }
    assert_eq!(before, 8);
}
