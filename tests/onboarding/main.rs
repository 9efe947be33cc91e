//! Enrolment at the door: a front desk asks over the local API, and whoever stands in front of the camera of a real
//! daemon, with real networks, agrees or does not.

#[path = "../api/contract.rs"]
#[expect(dead_code, reason = "the dialects' documents have samples")]
mod contract;
#[path = "../api/puppet.rs"]
#[expect(dead_code, reason = "the challenge's test begins with it")]
mod puppet;

mod daemon;
mod film;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ostiary::domain::Screen;
use serde_json::{Value, json};

use daemon::Daemon;
use film::{Turn, film};

/// A photograph that is bent by a program is not alive, so its score must not matter.
const ANY_SCORE: &str = "liveness_threshold = 0.0001\n";
const PATIENCE: Duration = Duration::from_secs(240);

/// The person moves in real time, so that one door at a time is work enough.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Asks for an enrolment; its id.
fn ask(door: &Daemon, subject: &str) -> String {
    let order = json!({"subject": subject, "name": "Ada Lovelace", "time_limit_s": 200});
    let (status, begun) = door.call("POST", "/api/v1/door/enrolments", Some(&order));
    assert_eq!(
        (status, &begun["state"]),
        (201, &json!("asking")),
        "{begun}"
    );
    assert_eq!(begun["asked_by"], "desk");
    begun["id"].as_str().unwrap().to_owned()
}

fn show(door: &Daemon, id: &str) -> Value {
    let (status, shown) = door.call("GET", &format!("/api/v1/door/enrolments/{id}"), None);
    assert_eq!(status, 200, "{shown}");
    let documented = json!({
        "id": "uuid", "subject": "text", "state": "text", "ended": "bool", "rule": "text|null",
        "frames_done": "percent|null", "frames_wanted": "percent|null", "asked_by": "=desk",
        "consented_at": "text|null"
    });
    contract::hold(&shown, &documented);
    shown
}

/// Waits until it has ended; how it stood on the way, each state once. The strike is secured all the time.
fn follow(door: &Daemon, id: &str) -> (Vec<String>, Value) {
    let (start, mut states) = (Instant::now(), Vec::new());
    loop {
        let shown = show(door, id);
        let state = shown["state"].as_str().unwrap().to_owned();
        if states.last() != Some(&state) {
            states.push(state);
        }
        if shown["ended"] == true {
            return (states, shown);
        }
        assert!(!door.is_released(), "nobody is let in meanwhile");
        assert!(start.elapsed() < PATIENCE, "{states:?}\n{}", door.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn who_turns_right_is_enrolled_once_and_then_let_in() {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let door = Daemon::start(film(Turn::Right), ANY_SCORE);
    let first = ask(&door, "17");
    door.await_screen(&Screen::Consent);
    let order = json!({"subject": "18"});
    let (status, busy) = door.call("POST", "/api/v1/door/enrolments", Some(&order));
    assert_eq!((status, &busy["error"]["code"]), (409, &json!("door_busy")));
    let (states, enrolled) = follow(&door, &first);
    assert_eq!(states.first().map(String::as_str), Some("asking"));
    assert!(states.contains(&"capturing".to_owned()), "{states:?}");
    assert_eq!(enrolled["state"], "enrolled", "{states:?}\n{}", door.log());

    let (status, listed) = door.call("GET", "/api/v1/gallery/17", None);
    assert_eq!((status, &listed["name"]), (200, &json!("Ada Lovelace")));
    assert_eq!(listed["templates"], 5);
    let second = |value: &Value| value.as_str().unwrap()[..19].to_owned();
    let consented = second(&enrolled["consented_at"]);
    assert_eq!(second(&listed["consented_at"]), consented);
    door.wait_for("the door lets in whom it knows", || door.is_released());

    // The same face under another number.
    door.wait_for("the strike is secured", || !door.is_released());
    let again = ask(&door, "18");
    let (_, refused) = follow(&door, &again);
    assert_eq!(refused["state"], "already_enrolled", "{}", door.log());
    let (status, _) = door.call("GET", "/api/v1/gallery/18", None);
    assert_eq!(status, 404);

    // What the desk takes back.
    let third = ask(&door, "19");
    let path = format!("/api/v1/door/enrolments/{third}");
    assert_eq!(door.call("DELETE", &path, None).0, 204);
    let (_, cancelled) = follow(&door, &third);
    assert_eq!(cancelled["state"], "cancelled");
    let (status, late) = door.call("DELETE", &path, None);
    assert_eq!((status, &late["error"]["code"]), (409, &json!("too_late")));

    let told: Vec<_> = door
        .audited("enrolment")
        .iter()
        .map(|entry| {
            assert_eq!(entry["asked_by"], "desk");
            let told = [&entry["subject"], &entry["state"]];
            told.map(|text| text.as_str().unwrap().to_owned()).join(" ")
        })
        .collect();
    let expected = [
        "17 asking",
        "17 capturing",
        "17 enrolled",
        "18 asking",
        "18 capturing",
        "18 already_enrolled",
        "19 asking",
        "19 cancelled",
    ];
    assert_eq!(told, expected);
    door.wait_for("the broker is told", || {
        door.published("enrolment") == expected.len()
    });
}

#[test]
fn who_turns_left_is_not_enrolled() {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let door = Daemon::start(film(Turn::Left), ANY_SCORE);
    let (_, declined) = follow(&door, &ask(&door, "17"));
    assert_eq!(declined["state"], "declined", "{}", door.log());
    assert_eq!(declined["consented_at"], Value::Null);
    let (_, gallery) = door.call("GET", "/api/v1/gallery", None);
    assert_eq!(gallery, json!({"subjects": []}));
    door.await_screen(&Screen::Denied(ostiary::domain::DenialReason::Unknown));
}

#[test]
fn who_does_not_live_is_not_enrolled() {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let door = Daemon::start(film(Turn::Right), "liveness_threshold = 0.9999\n");
    let (_, refused) = follow(&door, &ask(&door, "17"));
    assert_eq!(refused["state"], "presentation_attack", "{}", door.log());
    let (_, gallery) = door.call("GET", "/api/v1/gallery", None);
    assert_eq!(gallery, json!({"subjects": []}));
}
