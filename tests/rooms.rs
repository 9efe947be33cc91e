//! Holds the table of rooms in ARCHITECTURE.md: who may import whom.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms and what they may import of ours. `app` and `cli` may import everything.
const MAY_IMPORT: [(&str, &[&str]); 9] = [
    ("domain", &[]),
    ("capture", &["domain"]),
    ("vision", &["domain"]),
    ("enrolment", &["domain"]),
    ("panel", &["domain"]),
    ("door", &["domain"]),
    ("telemetry", &["domain"]),
    ("http", &["domain"]),
    ("config", &["domain"]),
];

/// Crates that tie the domain to a device, a wire or a network.
const FOREIGN_TO_DOMAIN: [&str; 9] = [
    "serde",
    "serde_json",
    "tract_onnx",
    "rusqlite",
    "rumqttc",
    "tokio",
    "std::fs",
    "std::net",
    "std::thread",
];

const MAX_LINES: usize = 400;

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The code of a file without its comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The first segments after every `crate::`, also in `use crate::{a, b}`.
fn imported_rooms(code: &str) -> Vec<String> {
    let word = |text: &str| {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    code.match_indices("crate::")
        .flat_map(|(at, found)| {
            let rest = &code[at + found.len()..];
            match rest.strip_prefix('{') {
                Some(group) => {
                    let end = group.find('}').unwrap_or(group.len());
                    group[..end]
                        .split(',')
                        .map(|part| word(part.trim()))
                        .collect()
                }
                None => vec![word(rest)],
            }
        })
        .collect()
}

#[test]
fn rooms_import_only_what_the_design_allows() {
    let rooms: BTreeMap<&str, &[&str]> = MAY_IMPORT.into_iter().collect();
    let mut offences = Vec::new();
    for (room, allowed) in &rooms {
        for file in sources(&src().join(room)) {
            for import in imported_rooms(&code(&file)) {
                let is_room = rooms.contains_key(import.as_str())
                    || ["app", "cli"].contains(&import.as_str());
                if is_room && import != *room && !allowed.contains(&import.as_str()) {
                    offences.push(format!("{} imports {import}", file.display()));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn every_room_is_in_the_table() {
    for entry in fs::read_dir(src()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let known = MAY_IMPORT.iter().any(|(room, _)| *room == name)
                || ["app", "cli"].contains(&name.as_str());
            assert!(
                known,
                "the room {name} is in no table: add it here and in ARCHITECTURE.md"
            );
        }
    }
}

#[test]
fn the_domain_knows_no_outside() {
    for file in sources(&src().join("domain")) {
        let code = code(&file);
        for foreign in FOREIGN_TO_DOMAIN {
            let imports = [
                format!("use {foreign}::"),
                format!("use {foreign};"),
                format!(" {foreign}::"),
            ];
            assert!(
                !imports.iter().any(|i| code.contains(i)),
                "{} uses {foreign}",
                file.display()
            );
        }
        assert!(
            !code.contains("Instant::now"),
            "{} reads a clock",
            file.display()
        );
    }
}

#[test]
fn unsafe_code_of_the_domain_is_in_its_kernels_alone() {
    for file in sources(&src().join("domain")) {
        let kernels = file.components().any(|part| part.as_os_str() == "scan");
        assert!(
            kernels || !code(&file).contains("unsafe"),
            "{} has unsafe code",
            file.display()
        );
    }
}

#[test]
fn the_map_names_every_room() {
    let map =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    for (room, _) in MAY_IMPORT {
        assert!(
            map.contains(&format!("`{room}/`")),
            "ARCHITECTURE.md does not name {room}/"
        );
    }
}

#[test]
fn no_file_is_too_long_to_read_in_one_go() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for file in sources(&src()).into_iter().chain(sources(&tests)) {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= MAX_LINES, "{} has {lines} lines", file.display());
    }
}

#[test]
fn imports_are_found_however_they_are_written() {
    assert_eq!(imported_rooms("use crate::domain::Face;"), ["domain"]);
    assert_eq!(
        imported_rooms("use crate::{capture, door::Strike};"),
        ["capture", "door"]
    );
    assert_eq!(imported_rooms("let x = crate::vision::load();"), ["vision"]);
}
