//! A local API without a door, on a port of its own.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use ostiary::app::{LocalApi, Priority, State, SystemClock};
use ostiary::config::{Board, Config, Dialect};
use ostiary::http::api::keys::{NewKey, Scope};
use ostiary::http::api::sessions::{SeedSource, random_seed};
use reqwest::{RequestBuilder, Response, multipart};
use serde_json::Value;
use tempfile::TempDir;
use time::UtcDateTime;

/// Our own verification.
pub const VERIFY: &str = "/api/v1/verify";

/// Each server loads networks of its own: more at a time would take the machine's memory and time.
const AT_A_TIME: usize = 2;
static RUNNING: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();

/// Leave to run a server.
struct Turn {
    servers: usize,
}

impl Turn {
    /// Waits for room for so many servers.
    fn wait(servers: usize) -> Self {
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut running = ENDED
            .wait_while(running, |running| *running + servers > AT_A_TIME)
            .unwrap_or_else(PoisonError::into_inner);
        *running += servers;
        Self { servers }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) -= self.servers;
        ENDED.notify_all();
    }
}

/// Ends with the test.
pub struct TestServer {
    api: LocalApi,
    state: State,
    client: reqwest::Client,
    // Removed last.
    _data: TempDir,
    _turn: Turn,
}

impl TestServer {
    /// All dialects, and as many requests as anybody likes.
    pub fn start() -> Self {
        Self::start_with(|_| ())
    }

    /// As [`Self::start`] with a changed config.
    pub fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::run(change, random_seed, Turn::wait(1))
    }

    /// As [`Self::start_with`] with known challenges, and with no other server beside it: a person has to
    /// follow them in time.
    pub fn start_alone(change: impl FnOnce(&mut Config), seeds: SeedSource) -> Self {
        Self::run(change, seeds, Turn::wait(AT_A_TIME))
    }

    fn run(change: impl FnOnce(&mut Config), seeds: SeedSource, turn: Turn) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut config = Config {
            data: data.path().join("state"),
            ..Config::default()
        };
        config.api.enabled = true;
        config.api.listen = "127.0.0.1:0".parse().unwrap();
        config.api.requests_per_minute = NonZeroU32::new(100_000).unwrap();
        config.api.dialects = vec![
            Dialect::Own,
            Dialect::Kairos,
            Dialect::Verifik,
            Dialect::Didit,
            Dialect::Decentro,
            Dialect::IdMatch,
        ];
        change(&mut config);
        let board = Board::read(&root("boards/sim.toml")).unwrap();
        let clock = Arc::new(SystemClock::start());
        let (api, _door) = LocalApi::start_seeded(
            &config,
            &board,
            &root("models"),
            clock,
            Priority::Normal,
            None,
            seeds,
        )
        .unwrap();
        let client = reqwest::Client::builder()
            .danger_accept_invalid_certs(true)
            .build()
            .unwrap();
        Self {
            api,
            state: State::new(&config.data),
            client,
            _data: data,
            _turn: turn,
        }
    }

    /// Address and port.
    pub fn host(&self) -> String {
        self.api.address().to_string()
    }

    /// `http://127.0.0.1:…` and `path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host())
    }

    /// A new key.
    pub fn key(&self, name: &str, scopes: &[Scope]) -> NewKey {
        let scopes = scopes.iter().copied().collect();
        self.state
            .api_keys()
            .add(name, scopes, UtcDateTime::now())
            .unwrap()
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// A POST to `path` with the key as bearer.
    pub fn post(&self, path: &str, key: &NewKey) -> RequestBuilder {
        self.client
            .post(self.url(path))
            .bearer_auth(key.bearer().as_str())
    }

    /// A GET of `path` with the key as bearer.
    pub fn get(&self, path: &str, key: &NewKey) -> RequestBuilder {
        self.client
            .get(self.url(path))
            .bearer_auth(key.bearer().as_str())
    }

    /// Of [`LocalApi`], without the scheme.
    pub fn address(&self) -> std::net::SocketAddr {
        self.api.address()
    }
}

/// A path of the source tree.
pub fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A sample picture.
pub fn sample(name: &str) -> Vec<u8> {
    std::fs::read(root("tests/samples").join(name)).unwrap()
}

/// Status and JSON of an answer.
pub async fn told(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let json = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (status, json)
}

/// Whether an honest request is answered.
pub async fn works(server: &TestServer, key: &NewKey) -> bool {
    let form = multipart::Form::new()
        .part("probe", multipart::Part::bytes(sample("obama.jpg")))
        .text("liveness", "false");
    let answer = server.post("/api/v1/identify", key).multipart(form).send();
    answer.await.is_ok_and(|answer| answer.status() == 200)
}
