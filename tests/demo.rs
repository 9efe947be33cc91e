//! The whole way from camera frame to relay and MQTT message, as the demo tells it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Enough for the whole story, however few frames are skipped while liveness is tested.
const FRAMES: &str = "42";

#[test]
fn the_demo_denies_a_stranger_grants_the_enrolled_and_refuses_a_picture() {
    let data = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ostiary"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("RUST_LOG", "off")
        .args([
            "demo",
            "--json",
            "--fps",
            "2",
            "--max-frames",
            FRAMES,
            "--data",
        ])
        .arg(data.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let demo: Value = serde_json::from_slice(&output.stdout).unwrap();
    let decisions = demo["decisions"].as_array().unwrap();
    let reasons: Vec<&str> = decisions
        .iter()
        .map(|d| d["reason"].as_str().unwrap())
        .collect();
    let place = |reason| {
        reasons
            .iter()
            .position(|r| *r == reason)
            .unwrap_or_else(|| panic!("{reason}: {reasons:?}"))
    };
    assert!(
        place("unknown") < place("mated") && place("mated") < place("presentation_attack"),
        "{reasons:?}"
    );

    let granted = &decisions[place("mated")];
    assert_eq!(
        (granted["verdict"].as_str(), granted["subject"].as_str()),
        (Some("granted"), Some("44"))
    );
    assert!(
        granted["pad_score"].as_f64().unwrap() >= 0.5 && granted["frames"].as_u64().unwrap() >= 3
    );
    assert_eq!(
        demo["delivered"].as_u64(),
        Some(decisions.len() as u64),
        "each decision came back from the broker"
    );

    let panel = image::open(data.path().join("panel.png")).unwrap();
    assert_eq!((panel.width(), panel.height()), (800, 480));
    assert_eq!(
        audited(data.path()),
        reasons,
        "the audit log holds what was decided, in order"
    );
}

/// The reasons in the audit log.
fn audited(data: &Path) -> Vec<String> {
    let mut files: Vec<_> = std::fs::read_dir(data.join("audit"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "jsonl")
    });
    files.sort();
    let lines = files.iter().flat_map(|file| {
        let text = std::fs::read_to_string(file).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    lines
        .filter_map(|line| find_reason(&serde_json::from_str(&line).unwrap()))
        .collect()
}

/// The reason of a decision, at whatever depth the record has it.
fn find_reason(record: &Value) -> Option<String> {
    match record {
        Value::Object(entries) => match entries.get("reason") {
            Some(Value::String(reason)) => Some(reason.clone()),
            _ => entries.values().find_map(find_reason),
        },
        _ => None,
    }
}
