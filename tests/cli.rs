//! The program as a script sees it: JSON keys, exit statuses, one line on standard error.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/samples")
        .join(name)
}

fn ostiary(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ostiary"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("RUST_LOG", "off")
        .args(["--json", "--data"])
        .arg(data)
        .args(arguments)
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn compare_tells_mated_from_non_mated() {
    let data = tempfile::tempdir().unwrap();
    let (obama, obama2, biden) = (
        sample("obama.jpg"),
        sample("obama2.jpg"),
        sample("biden.jpg"),
    );
    let mated = ostiary(data.path(), &["compare", text(&obama), text(&obama2)]);
    assert_eq!(mated.status.code(), Some(0), "{mated:?}");
    assert_eq!(
        keys(&json(&mated)),
        ["cosine", "reason", "similarity", "verdict"]
    );
    let other = ostiary(data.path(), &["compare", text(&obama), text(&biden)]);
    assert_eq!(
        (other.status.code(), json(&other)["verdict"].as_str()),
        (Some(1), Some("non_mated"))
    );
}

#[test]
fn enrolled_people_are_identified_and_strangers_unknown() {
    let data = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| ostiary(data.path(), arguments);
    let enrolled = run(&[
        "enroll",
        "--id",
        "44",
        "--name",
        "Barack",
        text(&sample("obama.jpg")),
    ]);
    assert_eq!(enrolled.status.code(), Some(0), "{enrolled:?}");
    assert_eq!(keys(&json(&enrolled)), ["quality", "subject", "templates"]);

    let known = run(&["identify", text(&sample("obama2.jpg"))]);
    assert_eq!(
        (known.status.code(), json(&known)["subject"].as_str()),
        (Some(0), Some("44"))
    );
    let stranger = run(&["identify", text(&sample("astronaut.jpg"))]);
    assert_eq!(
        (stranger.status.code(), json(&stranger)["verdict"].as_str()),
        (Some(1), Some("unknown"))
    );
    assert_eq!(
        keys(&json(&stranger)),
        ["candidates", "similarity", "subject", "verdict"]
    );

    let again = run(&["enroll", "--id", "45", text(&sample("obama2.jpg"))]);
    assert_eq!(again.status.code(), Some(2));
    assert!(
        json(&again)["error"]["message"]
            .as_str()
            .unwrap()
            .contains("already enrolled as 44")
    );
}

#[test]
fn a_gallery_travels_in_one_sealed_file() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let passphrase = here.path().join("passphrase");
    std::fs::write(&passphrase, "correct horse battery\n").unwrap();
    let file = here.path().join("gallery.ostiary");
    ostiary(
        here.path(),
        &["enroll", "--id", "44", text(&sample("obama.jpg"))],
    );
    let carry = ["--passphrase-file", text(&passphrase), text(&file)];
    let exported = ostiary(here.path(), &[&["gallery", "export"], &carry[..]].concat());
    assert_eq!(exported.status.code(), Some(0), "{exported:?}");
    let imported = ostiary(there.path(), &[&["gallery", "import"], &carry[..]].concat());
    assert_eq!(json(&imported)["added"], 1);
    assert_eq!(
        json(&ostiary(there.path(), &["gallery", "list"]))["subjects"][0]["subject"],
        "44"
    );
    assert_eq!(
        ostiary(there.path(), &["gallery", "remove", "44"])
            .status
            .code(),
        Some(0)
    );
    let gone = ostiary(there.path(), &["gallery", "show", "44"]);
    assert_eq!(
        (gone.status.code(), json(&gone)["error"]["code"].as_str()),
        (Some(2), Some("not_enrolled"))
    );
}

#[test]
fn liveness_shows_its_cues() {
    let data = tempfile::tempdir().unwrap();
    let output = ostiary(data.path(), &["liveness", text(&sample("obama.jpg"))]);
    assert_eq!(
        keys(&json(&output)),
        ["cues", "frames", "network_score", "pad_score", "verdict"]
    );
}

#[test]
fn bad_input_is_one_clear_line_and_exit_2() {
    let data = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = data.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let noise = file("noise.jpg", b"not an image at all");
    let empty = file("empty.png", b"");
    let plain = data.path().join("plain.png");
    image::RgbImage::from_pixel(640, 480, image::Rgb([90, 90, 90]))
        .save(&plain)
        .unwrap();
    let typo = file("typo.toml", b"[policy]\naccept_similarty = 0.8\n");
    let obama = sample("obama.jpg");
    let cases: [(&[&str], &str, &str); 8] = [
        (
            &["compare", text(&noise), text(&obama)],
            "image",
            "noise.jpg",
        ),
        (&["liveness", text(&empty)], "image", "empty"),
        (
            &["identify", "/nowhere/x.jpg"],
            "enrolment",
            "enrol somebody first",
        ),
        (
            &["compare", "/nowhere/x.jpg", text(&obama)],
            "image",
            "/nowhere/x.jpg",
        ),
        (&["liveness", text(&plain)], "no_face", "no face"),
        (
            &["enroll", "--id", "../etc", text(&obama)],
            "invalid_id",
            "../etc",
        ),
        (
            &["config", "check", text(&typo)],
            "unknown_config_key",
            "did you mean policy.accept_similarity?",
        ),
        (&["frobnicate"], "usage", "frobnicate"),
    ];
    for (arguments, code, part) in cases {
        let output = ostiary(data.path(), arguments);
        let error = &json(&output)["error"];
        assert_eq!(
            (output.status.code(), error["code"].as_str()),
            (Some(2), Some(code)),
            "{output:?}"
        );
        let line = String::from_utf8(output.stderr).unwrap();
        assert!(
            line.contains(part) && line.lines().count() == 1,
            "{arguments:?}: {line}"
        );
    }
}

#[test]
fn a_model_that_is_not_the_manifests_is_refused_with_both_hashes() {
    let data = tempfile::tempdir().unwrap();
    let models = data.path().join("models");
    std::fs::create_dir(&models).unwrap();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("models")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, models.join(path.file_name().unwrap())).unwrap();
        }
    }
    let embedder = models.join("embedder.onnx");
    let mut bytes = std::fs::read(&embedder).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&embedder, bytes).unwrap();
    let obama = sample("obama.jpg");
    let output = ostiary(
        data.path(),
        &[
            "compare",
            "--models",
            text(&models),
            text(&obama),
            text(&obama),
        ],
    );
    assert_eq!(
        (
            output.status.code(),
            json(&output)["error"]["code"].as_str()
        ),
        (Some(2), Some("model_hash"))
    );
    let line = String::from_utf8(output.stderr).unwrap();
    let hashes = line
        .split_whitespace()
        .filter(|word| word.len() >= 64)
        .count();
    assert_eq!(hashes, 2, "{line}");
}

#[test]
fn a_missing_key_is_named_and_nothing_is_overwritten() {
    let data = tempfile::tempdir().unwrap();
    ostiary(
        data.path(),
        &["enroll", "--id", "44", text(&sample("obama.jpg"))],
    );
    let key = data.path().join("keys/store.key");
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let output = ostiary(
        data.path(),
        &["enroll", "--id", "45", text(&sample("biden.jpg"))],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("store.key")
    );
    assert!(!key.exists());
    std::fs::write(&key, kept).unwrap();
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(
        json(&ostiary(data.path(), &["gallery", "list"]))["subjects"][0]["subject"],
        "44"
    );
}

#[test]
fn a_register_is_imported_and_what_will_not_do_is_named() {
    let data = tempfile::tempdir().unwrap();
    let register = data.path().join("register.csv");
    let rows = format!(
        "id_type,id_number,portrait,full_name\nNIN,44,{},Barack Obama\nNIN,45,missing.jpg,Nobody\n",
        text(&sample("obama.jpg"))
    );
    std::fs::write(&register, rows).unwrap();
    let run = |arguments: &[&str]| ostiary(data.path(), arguments);

    let imported = run(&["identity", "import", text(&register)]);
    assert_eq!(imported.status.code(), Some(2), "{imported:?}");
    let answer = json(&imported);
    assert_eq!(
        (&answer["added"], &answer["replaced"]),
        (&1.into(), &0.into())
    );
    assert_eq!(answer["left_out"][0]["line"], 3);
    assert!(!format!("{imported:?}").contains("Barack"));

    let listed = json(&run(&["identity", "list"]));
    assert_eq!(listed["documents"][0]["id_number"], "44");
    let remove = [
        "identity",
        "remove",
        "--id-type",
        "nin",
        "--id-number",
        "44",
    ];
    assert_eq!(run(&remove).status.code(), Some(0));
    let gone = run(&remove);
    assert_eq!(gone.status.code(), Some(2));
    assert_eq!(json(&gone)["error"]["code"], "unknown_identity");
}

#[test]
fn a_key_is_shown_once_and_listed_without_its_secret() {
    let data = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| ostiary(data.path(), arguments);
    let made = run(&["api", "key", "add", "desk", "--scope", "verify,enrol"]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let made = json(&made);
    assert_eq!(
        keys(&made),
        ["bearer", "id", "module_secret", "name", "secret"]
    );
    let listed = json(&run(&["api", "key", "list"]));
    assert_eq!(
        listed["keys"][0]["scopes"],
        serde_json::json!(["verify", "enrol"])
    );
    assert!(
        !listed
            .to_string()
            .contains(made["secret"].as_str().unwrap())
    );

    let twice = run(&["api", "key", "add", "desk"]);
    assert_eq!(twice.status.code(), Some(2));
    let odd = run(&["api", "key", "add", "other", "--scope", "everything"]);
    assert_eq!(odd.status.code(), Some(2));
    assert_eq!(
        run(&["api", "key", "revoke", "desk"]).status.code(),
        Some(0)
    );
    assert_eq!(
        run(&["api", "key", "revoke", "desk"]).status.code(),
        Some(2)
    );
}
