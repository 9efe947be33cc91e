//! The curl calls of docs/api, and those of the documents that the dialects follow, as somebody pastes them into a
//! shell: with the host, the credentials and the files filled in.

use std::path::PathBuf;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ostiary::http::api::keys::{NewKey, Scope};
use serde_json::Value;

use crate::photograph::{video, with_exif};
use crate::server::{TestServer, root, sample};

/// The curl calls in a text: each from its `curl` to where the shell would take it for complete.
fn calls(text: &str) -> Vec<String> {
    let mut calls: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in text.lines().map(str::trim_end) {
        if is_open {
            let call = calls.last_mut().unwrap();
            call.push('\n');
            call.push_str(line);
        } else if line.starts_with("curl ") {
            calls.push(line.to_owned());
        } else {
            continue;
        }
        is_open = !is_complete(calls.last().unwrap());
    }
    calls
}

fn is_complete(call: &str) -> bool {
    if call.contains("<<END") {
        return call.ends_with("\nEND");
    }
    let quotes = |quote| call.replace("\\\"", "").matches(quote).count();
    !call.ends_with('\\') && quotes('\'') % 2 == 0 && quotes('"') % 2 == 0
}

/// A shell in a folder with the files that the calls name.
struct Shell<'s> {
    server: &'s TestServer,
    key: &'s NewKey,
    folder: tempfile::TempDir,
    /// Id of the session that the calls are about.
    session: String,
}

impl<'s> Shell<'s> {
    fn new(server: &'s TestServer, key: &'s NewKey) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let small = with_exif(&sample("obama.jpg"));
        for (name, content) in [
            ("visitor.jpg", sample("obama.jpg")),
            ("ann.jpg", sample("obama.jpg")),
            ("probe.jpg", sample("obama.jpg")),
            ("passport.jpg", sample("obama2.jpg")),
            ("gallery.jpg", sample("obama2.jpg")),
            ("card.jpg", sample("obama2.jpg")),
            ("selfie.jpg", sample("obama2.jpg")),
            ("photograph.jpg", small),
        ] {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        if let Some(video) = video("mp4", "910:1136", 2) {
            std::fs::write(folder.path().join("face.mp4"), video).unwrap();
        }
        Self {
            server,
            key,
            folder,
            session: String::new(),
        }
    }

    fn filled_in(&self, call: &str) -> String {
        let file = |name: &str| self.folder.path().join(name).display().to_string();
        let upload = if call.contains("video=") {
            "face.mp4"
        } else {
            "photograph.jpg"
        };
        let photograph = std::fs::read(file("photograph.jpg")).unwrap();
        let (id, secret) = (self.key.id.as_str(), self.key.secret.as_str());
        let module = self.key.module_secret.as_str();
        [
            ("https://idv-eu.kairos.com", self.server.url("")),
            ("https://in.staging.decentro.tech", self.server.url("")),
            ("http://127.0.0.1:8089", self.server.url("")),
            ("put_app_id_here", id.into()),
            ("put_id_here", id.into()),
            ("put_app_key_here", secret.into()),
            ("put_secret_here", secret.into()),
            ("put_bearer_here", self.key.bearer().to_string()),
            ("<your_client_id>", id.into()),
            ("<your_client_secret>", secret.into()),
            ("<your_module_secret>", module.into()),
            ("client_id: XXXXX'", format!("client_id: {id}'")),
            (
                "client_secret: XXXXXX'",
                format!("client_secret: {secret}'"),
            ),
            (
                "module_secret: XXXXXXXX'",
                format!("module_secret: {module}'"),
            ),
            ("<BASE64>", STANDARD.encode(photograph)),
            ("/path/to/selfie_image", file("visitor.jpg")),
            ("/path/to/photo_image", file("passport.jpg")),
            ("/path/to/file", file(upload)),
        ]
        .into_iter()
        .fold(call.to_owned(), |call, (from, to)| call.replace(from, &to))
    }

    /// Status and answer.
    fn run(&self, call: &str) -> (u16, Value) {
        // Where the answer would go is not of interest here.
        let call = call.split(" > ").next().unwrap_or(call);
        let filled_in = self.filled_in(call);
        let script = filled_in.replacen("curl ", "curl -sS -w '\\n%{http_code}' ", 1);
        // Too long for an argument.
        let file = self.folder.path().join("call.sh");
        std::fs::write(&file, script).unwrap();
        let output = Command::new("sh")
            .arg(file)
            .current_dir(self.folder.path())
            .env("URL", self.server.url(""))
            .env("BEARER", self.key.bearer().as_str())
            .env("KEY", self.key.bearer().as_str())
            .env("ID", &self.session)
            .output()
            .unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        let (answer, status) = told
            .rsplit_once('\n')
            .unwrap_or_else(|| panic!("{call}: {}", String::from_utf8_lossy(&output.stderr)));
        let answer = serde_json::from_str(answer).unwrap_or(Value::Null);
        (status.parse().unwrap(), answer)
    }
}

fn has_curl() -> bool {
    let found = Command::new("curl").arg("--version").output().is_ok();
    if !found {
        eprintln!("skipped: curl is not installed");
    }
    found
}

#[tokio::test]
async fn every_call_of_our_pages_works() {
    if !has_curl() {
        return;
    }
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify, Scope::Enrol]);
    // The number that the page's call asks for.
    crate::id_match::import(&server, "12345678");
    let mut shell = Shell::new(&server, &key);
    let has_video = shell.folder.path().join("face.mp4").exists();
    let mut tried = Vec::new();
    for page in [
        "README", "kairos", "verifik", "didit", "decentro", "id_match", "own",
    ] {
        let text = std::fs::read_to_string(root(&format!("docs/api/{page}.md"))).unwrap();
        let mut calls = calls(&text);
        // Somebody has to be enrolled before they are looked for.
        calls.sort_by_key(|call| page == "own" && !call.contains("/gallery"));
        for call in calls {
            if call.contains("video=") && !has_video {
                continue;
            }
            let (status, answer) = shell.run(&call);
            // Results of a session that nobody has come to.
            let is_early = call.contains("active_video_liveness/$ID");
            let expected: &[u16] = if is_early { &[409] } else { &[200, 201] };
            assert!(
                expected.contains(&status),
                "{page}: {call}\n{status} {answer}"
            );
            let opened = answer.get("session_id").or(answer.get("decentroTxnId"));
            if let Some(id) = opened.and_then(Value::as_str) {
                id.clone_into(&mut shell.session);
            }
            tried.push(page);
        }
    }
    for page in [
        "README", "kairos", "verifik", "didit", "decentro", "id_match", "own",
    ] {
        assert!(tried.contains(&page), "no call of {page}.md was tried");
    }
}

#[tokio::test]
async fn every_call_of_the_documents_works() {
    let folder: PathBuf = root("../shared/seeds");
    let Ok(documents) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not here", folder.display());
        return;
    };
    if !has_curl() {
        return;
    }
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    let shell = Shell::new(&server, &key);
    let has_video = shell.folder.path().join("face.mp4").exists();
    let mut tried = 0;
    for document in documents {
        let bytes = std::fs::read(document.unwrap().path()).unwrap();
        for call in calls(&String::from_utf8_lossy(&bytes)) {
            if call.contains("video=") && !has_video {
                continue;
            }
            let (status, answer) = shell.run(&call);
            assert_eq!(status, 200, "{call}\n{answer}");
            tried += 1;
        }
    }
    assert!(tried >= 3, "{tried}");
}
