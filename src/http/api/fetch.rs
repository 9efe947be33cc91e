//! Requests that the board makes on behalf of a caller: pictures by URL, callbacks.
//!
//! A caller must not reach through the board what it can't reach itself (SSRF): hosts are on a list, their
//! names are resolved first and every address must be public, the connection goes to the address that
//! was checked, and no redirect is followed. Private addresses and ports other than 443 need an entry
//! `host:port` of their own.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode, Url, redirect};

use super::ApiError;
use super::public_address::is_public;

/// From the first packet to the last.
const TIME: Duration = Duration::from_secs(15);
/// What is read of the answer to a callback.
const MAX_RECEIPT: usize = 64 << 10;
/// Longer URLs are refused.
const MAX_URL: usize = 2048;

/// Why nothing was fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    #[error("the URL is none that can be fetched: {0}")]
    Url(&'static str),
    #[error("{host} is not among the allowed hosts")]
    NotAllowed { host: String },
    #[error("{host} has a private address")]
    Private { host: String },
    #[error("{host} can't be reached")]
    Unreachable { host: String },
    #[error("{host} answers {status}")]
    Status { host: String, status: u16 },
    #[error("{host} answers with more than {limit} bytes")]
    TooLarge { host: String, limit: usize },
    #[error("{host} takes longer than {} s", TIME.as_secs())]
    Timeout { host: String },
}

/// Fetches from allowed hosts.
pub struct Fetcher {
    allowed: Vec<String>,
}

/// A URL that may be fetched, and where its host is.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    url: Url,
    host: String,
    /// None if the URL names an address itself.
    addresses: Vec<SocketAddr>,
}

impl Fetcher {
    /// `allowed` are entries `host`, for HTTPS on port 443 with a public address, or `host:port`, for
    /// any address and plain HTTP too.
    ///
    /// # Errors
    /// If no client can be made here.
    pub fn new(allowed: &[String]) -> Result<Self, ApiError> {
        // An error means that the process has a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let allowed = allowed.iter().map(|entry| entry.to_ascii_lowercase());
        Ok(Self {
            allowed: allowed.collect(),
        })
    }

    /// The content at `url`, of at most `limit` bytes.
    ///
    /// # Errors
    /// [`FetchError`]
    pub async fn get(&self, url: &str, limit: usize) -> Result<Vec<u8>, FetchError> {
        let target = self.target(url).await?;
        let client = client(&target)?;
        let request = client.get(target.url.clone());
        answer(request, &target.host, limit).await
    }

    /// Posts `body` as JSON with more headers, such as a signature; the answer's content is not wanted.
    ///
    /// # Errors
    /// [`FetchError`]; a status other than success is one.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<(), FetchError> {
        let target = self.target(url).await?;
        let client = client(&target)?;
        let request = client
            .post(target.url.clone())
            .header("content-type", "application/json")
            .body(body);
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        answer(request, &target.host, MAX_RECEIPT).await.map(drop)
    }

    /// Posts `question` as JSON, and gives the content of the answer, of at most `limit` bytes.
    ///
    /// # Errors
    /// [`FetchError`]
    pub async fn ask(
        &self,
        url: &str,
        question: Vec<u8>,
        limit: usize,
    ) -> Result<Vec<u8>, FetchError> {
        let target = self.target(url).await?;
        let client = client(&target)?;
        let request = client
            .post(target.url.clone())
            .header("content-type", "application/json")
            .body(question);
        answer(request, &target.host, limit).await
    }

    /// Whether `url` may be fetched, as far as that can be told without the network: for refusing a
    /// callback when it is named, not when it is due.
    ///
    /// # Errors
    /// [`FetchError::Url`] or [`FetchError::NotAllowed`]
    pub fn check(&self, url: &str) -> Result<(), FetchError> {
        self.permitted(url).map(drop)
    }

    /// The URL, its host, and whether the list has `host:port`.
    fn permitted(&self, url: &str) -> Result<(Url, String, u16, bool), FetchError> {
        if url.len() > MAX_URL {
            return Err(FetchError::Url("it is too long"));
        }
        let url = Url::parse(url).map_err(|_| FetchError::Url("it can't be read"))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(FetchError::Url("it is neither https nor http"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Url("it has a user name in it"));
        }
        let host = url.host_str().ok_or(FetchError::Url("it has no host"))?;
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let port = url.port_or_known_default().unwrap_or_default();
        let is_listed = |entry: &str| self.allowed.iter().any(|allowed| allowed == entry);
        let explicit = is_listed(&format!("{host}:{port}"));
        let ordinary = url.scheme() == "https" && port == 443;
        let is_allowed = explicit || (ordinary && is_listed(&host));
        if !is_allowed {
            return Err(FetchError::NotAllowed { host });
        }
        Ok((url, host, port, explicit))
    }

    async fn target(&self, url: &str) -> Result<Target, FetchError> {
        let (url, host, port, explicit) = self.permitted(url)?;
        // An IPv6 address stands in brackets.
        let name = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = name.parse::<IpAddr>() {
            if !explicit && !is_public(address) {
                return Err(FetchError::Private { host });
            }
            let addresses = Vec::new();
            return Ok(Target {
                url,
                host,
                addresses,
            });
        }
        let unreachable = || FetchError::Unreachable { host: host.clone() };
        let addresses: Vec<SocketAddr> =
            tokio::time::timeout(TIME, tokio::net::lookup_host((name, port)))
                .await
                .map_err(|_| FetchError::Timeout { host: host.clone() })?
                .map_err(|_| unreachable())?
                .collect();
        if addresses.is_empty() {
            return Err(unreachable());
        }
        if !explicit && !addresses.iter().all(|address| is_public(address.ip())) {
            return Err(FetchError::Private { host });
        }
        Ok(Target {
            url,
            host,
            addresses,
        })
    }
}

/// A client for this target alone: its name means the checked addresses and nothing else.
fn client(target: &Target) -> Result<Client, FetchError> {
    let name = target.url.host_str().unwrap_or_default();
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(TIME)
        .resolve_to_addrs(name, &target.addresses)
        .build()
        .map_err(|error| {
            tracing::error!(%error, "no client for outgoing requests");
            FetchError::Unreachable {
                host: target.host.clone(),
            }
        })
}

async fn answer(request: RequestBuilder, host: &str, limit: usize) -> Result<Vec<u8>, FetchError> {
    let host = || host.to_owned();
    let failed = |error: reqwest::Error| {
        if error.is_timeout() {
            FetchError::Timeout { host: host() }
        } else {
            FetchError::Unreachable { host: host() }
        }
    };
    let too_large = || FetchError::TooLarge {
        host: host(),
        limit,
    };
    let mut response = request.send().await.map_err(failed)?;
    // Redirects come out here too.
    if !response.status().is_success() || response.status() == StatusCode::PARTIAL_CONTENT {
        return Err(FetchError::Status {
            host: host(),
            status: response.status().as_u16(),
        });
    }
    if response.content_length().is_some_and(|l| l > limit as u64) {
        return Err(too_large());
    }
    let mut content = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if content.len() + chunk.len() > limit {
            return Err(too_large());
        }
        content.extend_from_slice(&chunk);
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn fetcher(allowed: &[&str]) -> Fetcher {
        let allowed: Vec<String> = allowed.iter().map(|&entry| entry.to_owned()).collect();
        Fetcher::new(&allowed).unwrap()
    }

    /// Answers each request with the same words; the port it listens on.
    async fn server(answer: &'static str) -> u16 {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        port
    }

    #[tokio::test]
    async fn only_listed_hosts_are_asked() {
        let fetcher = fetcher(&["pictures.example", "localhost", "127.0.0.1:9", "10.0.0.7"]);
        let not_allowed = |host: &str| FetchError::NotAllowed { host: host.into() };
        for (url, error) in [
            ("https://other.example/x", not_allowed("other.example")),
            ("http://pictures.example/x", not_allowed("pictures.example")),
            (
                "https://pictures.example:8443/x",
                not_allowed("pictures.example"),
            ),
            (
                "https://pictures.example.evil.example/",
                not_allowed("pictures.example.evil.example"),
            ),
            ("https://127.0.0.1/", not_allowed("127.0.0.1")),
            ("https://0x7f.1/", not_allowed("127.0.0.1")),
            (
                "https://localhost/",
                FetchError::Private {
                    host: "localhost".into(),
                },
            ),
            (
                "https://10.0.0.7/",
                FetchError::Private {
                    host: "10.0.0.7".into(),
                },
            ),
            (
                "file:///etc/passwd",
                FetchError::Url("it is neither https nor http"),
            ),
            (
                "https://a:b@pictures.example/",
                FetchError::Url("it has a user name in it"),
            ),
            ("picture.jpg", FetchError::Url("it can't be read")),
        ] {
            assert_eq!(fetcher.get(url, 10).await, Err(error), "{url}");
        }
    }

    #[tokio::test]
    async fn an_explicit_entry_opens_one_port_of_one_host() {
        let port = server("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await;
        let fetcher = fetcher(&[&format!("localhost:{port}")]);
        let url = format!("http://localhost:{port}/x");
        assert_eq!(fetcher.get(&url, 5).await.unwrap(), b"hello");
        assert!(matches!(
            fetcher.get(&url, 4).await,
            Err(FetchError::TooLarge { .. })
        ));
        let url = format!("http://127.0.0.1:{port}/x");
        assert!(matches!(
            fetcher.get(&url, 5).await,
            Err(FetchError::NotAllowed { .. })
        ));
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed_and_an_endless_answer_is_cut() {
        let port = server(
            "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n",
        )
        .await;
        let url = format!("http://localhost:{port}/");
        let found = fetcher(&[&format!("localhost:{port}")]).get(&url, 10).await;
        assert!(matches!(found, Err(FetchError::Status { status: 302, .. })));

        let port = server("HTTP/1.1 200 OK\r\n\r\n0123456789abcdef").await;
        let url = format!("http://localhost:{port}/");
        let found = fetcher(&[&format!("localhost:{port}")]).get(&url, 10).await;
        assert!(matches!(found, Err(FetchError::TooLarge { .. })));
    }

    #[tokio::test]
    async fn a_callback_is_posted_with_its_headers() {
        let port = server("HTTP/1.1 204 No Content\r\n\r\n").await;
        let fetcher = fetcher(&[&format!("localhost:{port}")]);
        let url = format!("http://localhost:{port}/");
        let headers = [("x-signature", "00")];
        fetcher.post(&url, &headers, b"{}".to_vec()).await.unwrap();
    }
}
