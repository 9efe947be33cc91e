//! The truth tables of docs/door.md, played through without a door.

use proptest::prelude::*;

use super::DoorEvent::{Cleared, Closed, ExitRequested, Opened, Raised};
use super::*;

fn at(ms: u64) -> Moment {
    Moment::new(Duration::from_millis(ms))
}

/// Plays a door; effects are told apart from releases.
struct Leaf {
    supervision: Supervision,
    now: u64,
}

impl Leaf {
    /// A closed door.
    fn closed() -> Self {
        let supervision = Supervision::new(DoorRules::default());
        let mut leaf = Self {
            supervision,
            now: 0,
        };
        assert_eq!(leaf.sense(Sensor::Position, false), []);
        leaf
    }

    fn step(&mut self, input: DoorInput) -> Vec<DoorEffect> {
        self.supervision.step(at(self.now), input).to_vec()
    }

    /// A contact changes, and holds for longer than the debounce time.
    fn sense(&mut self, sensor: Sensor, active: bool) -> Vec<DoorEvent> {
        let first = self.step(DoorInput::Sensed { sensor, active });
        self.now += 60;
        let then = self.step(DoorInput::Tick);
        reports(first.into_iter().chain(then))
    }

    fn release(&mut self, ms: u64) -> Vec<DoorEvent> {
        let until = at(self.now + ms);
        reports(self.step(DoorInput::Released { until }))
    }

    fn wait(&mut self, ms: u64) -> Vec<DoorEvent> {
        self.now += ms;
        reports(self.step(DoorInput::Tick))
    }
}

fn reports(effects: impl IntoIterator<Item = DoorEffect>) -> Vec<DoorEvent> {
    let report = |effect| match effect {
        DoorEffect::Report(event) => Some(event),
        DoorEffect::Release(_) => None,
    };
    effects.into_iter().filter_map(report).collect()
}

#[test]
fn truth_table_of_an_opening_door() {
    // Strike released, REX pressed, how long before the opening in ms: is it forced?
    let table = [
        (false, false, 0, true),
        (true, false, 0, false),
        (true, false, 2_900, false),
        (true, false, 3_100, true),
        (false, true, 0, false),
        (false, true, 2_900, false),
        (false, true, 3_100, true),
        (true, true, 0, false),
    ];
    for (released, rex, before, forced) in table {
        let mut door = Leaf::closed();
        if released {
            assert_eq!(door.release(3_000), []);
        }
        if rex {
            assert_eq!(door.sense(Sensor::Rex, true), [ExitRequested]);
            door.sense(Sensor::Rex, false);
        }
        door.wait(before);
        let events = door.sense(Sensor::Position, true);
        let expected: &[DoorEvent] = if forced {
            &[Opened, Raised(Alarm::Forced)]
        } else {
            &[Opened]
        };
        assert_eq!(events, expected, "{released} {rex} {before}");
        let events = door.sense(Sensor::Position, false);
        let expected: &[DoorEvent] = if forced {
            &[Closed, Cleared(Alarm::Forced)]
        } else {
            &[Closed]
        };
        assert_eq!(events, expected, "{released} {rex} {before}");
    }
}

#[test]
fn a_door_held_open_warns_alarms_and_calms_down() {
    let mut door = Leaf::closed();
    door.release(3_000);
    assert_eq!(door.sense(Sensor::Position, true), [Opened]);
    assert_eq!(door.wait(19_900), []);
    assert_eq!(door.wait(100), [Raised(Alarm::HeldOpenSoon)]);
    assert!(door.supervision.wants_closing() && !door.supervision.is_alarmed());
    assert_eq!(
        door.wait(10_000),
        [Cleared(Alarm::HeldOpenSoon), Raised(Alarm::HeldOpen)]
    );
    assert!(door.supervision.wants_closing() && door.supervision.is_alarmed());
    assert_eq!(door.wait(60_000), [], "told once");
    assert_eq!(
        door.sense(Sensor::Position, false),
        [Closed, Cleared(Alarm::HeldOpen)]
    );
    assert!(!door.supervision.wants_closing() && !door.supervision.is_alarmed());
}

#[test]
fn the_next_person_begins_the_open_time_anew() {
    let mut door = Leaf::closed();
    door.release(3_000);
    door.sense(Sensor::Position, true);
    assert_eq!(door.wait(20_000), [Raised(Alarm::HeldOpenSoon)]);
    assert_eq!(door.release(3_000), [Cleared(Alarm::HeldOpenSoon)]);
    assert_eq!(door.wait(19_900), []);
    assert_eq!(door.wait(100), [Raised(Alarm::HeldOpenSoon)]);
}

#[test]
fn a_rex_releases_once_for_each_press_whatever_the_alarms() {
    let mut door = Leaf::closed();
    door.sense(Sensor::Position, true);
    assert_eq!(door.sense(Sensor::Tamper, true), [Raised(Alarm::Tamper)]);
    door.step(DoorInput::Sensed {
        sensor: Sensor::Rex,
        active: true,
    });
    door.now += 50;
    let effects = door.step(DoorInput::Tick);
    let rex_time = DoorRules::default().rex_time;
    assert_eq!(effects.first(), Some(&DoorEffect::Release(rex_time)));
    assert_eq!(
        door.wait(60_000).first(),
        Some(&Raised(Alarm::HeldOpen)),
        "a stuck button"
    );
    assert_eq!(door.sense(Sensor::Rex, false), []);
    assert_eq!(door.sense(Sensor::Rex, true), [ExitRequested]);
    assert_eq!(door.sense(Sensor::Tamper, false), [Cleared(Alarm::Tamper)]);
}

#[test]
fn a_release_that_ends_while_the_opening_is_debounced_still_counts() {
    let mut door = Leaf::closed();
    door.release(3_000);
    door.wait(2_980);
    assert_eq!(door.sense(Sensor::Position, true), [Opened]);
}

#[test]
fn a_door_open_at_the_start_is_not_forced_but_may_be_held_open() {
    let mut leaf = Leaf {
        supervision: Supervision::new(DoorRules::default()),
        now: 0,
    };
    assert_eq!(leaf.sense(Sensor::Position, true), [Opened]);
    assert_eq!(leaf.wait(30_000), [Raised(Alarm::HeldOpen)]);
}

fn inputs() -> impl Strategy<Value = Vec<(u64, DoorInput)>> {
    let sensor = prop_oneof![
        Just(Sensor::Position),
        Just(Sensor::Rex),
        Just(Sensor::Tamper)
    ];
    let input = prop_oneof![
        6 => (sensor, any::<bool>())
            .prop_map(|(sensor, active)| DoorInput::Sensed { sensor, active }),
        1 => (0u64..200_000).prop_map(|ms| DoorInput::Released { until: at(ms) }),
        3 => Just(DoorInput::Tick),
    ];
    proptest::collection::vec((0u64..8_000, input), 0..80)
}

proptest! {
    /// Whatever happens: alarms begin and end in turn, a closed door has none of its own, and the strike
    /// is released for a REX only.
    #[test]
    fn alarms_begin_and_end_in_turn(inputs in inputs()) {
        let mut supervision = Supervision::new(DoorRules::default());
        let mut now = 0;
        let mut raised: Vec<Alarm> = Vec::new();
        let mut open = false;
        for (wait, input) in inputs {
            now += wait;
            let effects = supervision.step(at(now), input);
            let releases = effects.iter().filter(|e| matches!(e, DoorEffect::Release(_))).count();
            let requests = effects.contains(&DoorEffect::Report(ExitRequested));
            prop_assert_eq!(releases, usize::from(requests));
            for event in reports(effects) {
                match event {
                    Raised(alarm) => {
                        prop_assert!(!raised.contains(&alarm));
                        raised.push(alarm);
                    }
                    Cleared(alarm) => {
                        prop_assert!(raised.contains(&alarm));
                        raised.retain(|other| *other != alarm);
                    }
                    Opened => { prop_assert!(!open); open = true; }
                    Closed => { prop_assert!(open); open = false; }
                    ExitRequested | DoorEvent::Duress => {}
                }
            }
            if !open {
                prop_assert!(raised.iter().all(|alarm| *alarm == Alarm::Tamper), "{:?}", raised);
            }
        }
    }
}
