//! The local API with the real networks behind it, on a port of this process, and a plain client.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ostiary::app::{LocalApi, Priority, State};
use ostiary::config::{Board, Config, Dialect};
use ostiary::http::api::keys::{NewKey, Scope};
use ostiary::http::api::sessions::random_seed;
use time::UtcDateTime;

use crate::{HastyClock, empty_folder, root};

/// Longer than any answer takes but one that never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running API and a key that may do everything.
pub struct Server {
    address: SocketAddr,
    key: NewKey,
    _api: LocalApi,
}

/// Where a target sends the input, and as what.
pub struct Request {
    pub method: &'static str,
    pub path: &'static str,
    pub content_type: &'static str,
}

/// A form's parts are separated by this.
pub const FORM: &str = "multipart/form-data; boundary=x";
pub const JSON: &str = "application/json";

/// The server of this process.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(start)
}

fn start() -> Server {
    let mut config = Config {
        data: empty_folder("state"),
        ..Config::default()
    };
    config.api.enabled = true;
    config.api.listen = "127.0.0.1:0".parse().unwrap();
    config.api.requests_per_minute = NonZeroU32::MAX;
    config.api.dialects = vec![
        Dialect::Own,
        Dialect::Kairos,
        Dialect::Verifik,
        Dialect::Didit,
        Dialect::Decentro,
        Dialect::IdMatch,
    ];
    let board = Board::read(&root("boards/sim.toml")).unwrap();
    let clock = Arc::new(HastyClock::default());
    let (api, _door) = LocalApi::start_seeded(
        &config,
        &board,
        &root("models"),
        clock,
        Priority::Normal,
        None,
        random_seed,
    )
    .unwrap();
    let scopes = [Scope::Verify, Scope::Enrol, Scope::Admin];
    let keys = State::new(&config.data).api_keys();
    Server {
        address: api.address(),
        key: keys.add("fuzz", scopes.into(), UtcDateTime::now()).unwrap(),
        _api: api,
    }
}

impl Server {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// As [`Self::send_to`].
    pub fn send(&self, request: &Request, body: &[u8]) -> (u16, Vec<u8>) {
        self.send_to(request.method, request.path, request.content_type, body)
    }

    /// Sends a body with the credentials of every dialect; the answer, and its status.
    pub fn send_to(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &[u8],
    ) -> (u16, Vec<u8>) {
        let (id, secret) = (self.key.id.as_str(), self.key.secret.as_str());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: {content_type}\r\n\
             content-length: {}\r\nauthorization: Bearer {id}.{secret}\r\nx-api-key: {id}.{secret}\r\n\
             app_id: {id}\r\napp_key: {secret}\r\nclient_id: {id}\r\nclient_secret: {secret}\r\n\
             module_secret: {}\r\n\r\n",
            body.len(),
            self.key.module_secret.as_str(),
        );
        let answer = talk(self.address, &[head.as_bytes(), body].concat(), PATIENCE);
        let status = answer
            .get(9..12)
            .and_then(|text| str::from_utf8(text).ok()?.parse().ok());
        (status.expect("an answer"), answer)
    }

    /// Sends the input to the route that its first byte, a digit, chooses. Whatever it says, the board is not to fail.
    pub fn try_one(&self, requests: &[Request], input: &[u8]) {
        let Some((&choice, body)) = input.split_first() else {
            return;
        };
        let request = &requests[usize::from(choice.wrapping_sub(b'0')) % requests.len()];
        let (status, answer) = self.send(request, body);
        assert!(status != 500, "{}", String::from_utf8_lossy(&answer));
    }
}

/// Sends bytes and reads to the end, or until nothing came for so long. The other side may hang up before it has read
/// them; whoever closes the way there first is taken for gone, and gets no answer.
pub fn talk(address: SocketAddr, bytes: &[u8], patience: Duration) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(patience)).unwrap();
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    // What came before an error is there all the same.
    let _ = stream.read_to_end(&mut answer);
    answer
}
