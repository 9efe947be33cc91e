//! The server's thread.

use std::future::{Ready, ready};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use axum_server::Handle;
use axum_server::accept::Accept;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::TokioTimer;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::runtime;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use super::settings::TlsFiles;
use super::upload::MAX_BODY;
use super::{ApiError, ApiState, calls, sessions};
use crate::http::HttpError;

/// From the first byte of a request to the last of its headers.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// From a request's headers to its answer; longer than an upload and its analysis may take.
const REQUEST_TIME: Duration = Duration::from_secs(90);
/// Connections at a time; the files that they take are the door's too.
const MAX_CONNECTIONS: usize = 256;
/// What requests in hand have left when the server is stopped.
const FAREWELL: Duration = Duration::from_secs(3);

/// A running server. Dropping it lets requests in hand end, for a bounded time, and closes the port.
pub struct ApiServer {
    address: SocketAddr,
    handle: Handle<SocketAddr>,
    thread: Option<JoinHandle<()>>,
}

impl ApiServer {
    /// Serves the dialects that are switched on, where the settings say.
    ///
    /// # Errors
    /// If the address can't be listened on, or certificate or key can't be used.
    pub fn start(state: ApiState) -> Result<Self, HttpError> {
        let address = state.settings().listen;
        let listen = |source| HttpError::Listen { address, source };
        let tls = state.settings().tls.as_ref().map(tls).transpose()?;
        let listener = TcpListener::bind(address).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(HttpError::Start)?;
        state.listens_at(address);
        let handle = Handle::new();
        let keeper = sessions::keep(state.clone());
        let serve = serve(listener, tls, handle.clone(), layered(state));
        let thread = thread::Builder::new()
            .name("api".into())
            .spawn(move || {
                runtime.spawn(keeper);
                if let Err(error) = runtime.block_on(serve) {
                    tracing::error!(%error, "the local API has stopped");
                }
                // Secrets may still be hashed; nobody waits for them.
                runtime.shutdown_background();
            })
            .map_err(HttpError::Start)?;
        tracing::info!(%address, "local API");
        Ok(Self {
            address,
            handle,
            thread: Some(thread),
        })
    }

    /// Where it listens, with the port in use.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        self.handle.graceful_shutdown(Some(FAREWELL));
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the local API's thread has panicked");
        }
    }
}

/// Every call of the dialects is recorded; of a session's page, whose many frames are no calls, only the start.
fn layered(state: ApiState) -> Router {
    let routes = bounded(super::routes(&state).merge(sessions::start_route()))
        .layer(middleware::from_fn_with_state(state.clone(), calls::record));
    // What is found nowhere is recorded, too: the fallback is that of the last.
    bounded(sessions::routes()).merge(routes).with_state(state)
}

/// The outermost layer comes last.
fn bounded(routes: Router<ApiState>) -> Router<ApiState> {
    routes
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            REQUEST_TIME,
        ))
        .layer(CatchPanicLayer::custom(|_panic| {
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }))
        .layer(middleware::map_response(harden))
}

/// Answers are about people: no cache keeps them, no browser guesses at them.
async fn harden(mut answer: Response) -> Response {
    let is_refused = answer.status().is_client_error();
    let headers = answer.headers_mut();
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if is_refused {
        // It may not have been read to its end, and then the connection serves no other.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

async fn serve(
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    handle: Handle<SocketAddr>,
    router: Router,
) -> io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    match tls {
        Some(tls) => {
            let mut server = axum_server::from_tcp_rustls(listener, tls)?
                .handle(handle.clone())
                .map(|tls| tls.acceptor(Bounded(handle)));
            server
                .http_builder()
                .http1()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIME);
            server.http1_only().serve(service).await
        }
        None => {
            let mut server = axum_server::from_tcp(listener)?
                .handle(handle.clone())
                .acceptor(Bounded(handle));
            server
                .http_builder()
                .http1()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIME);
            server.http1_only().serve(service).await
        }
    }
}

/// Takes connections while there are not too many.
#[derive(Clone)]
struct Bounded(Handle<SocketAddr>);

impl<I, S> Accept<I, S> for Bounded {
    type Stream = I;
    type Service = S;
    type Future = Ready<io::Result<(I, S)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        // The one to be accepted counts already.
        ready(if self.0.connection_count() <= MAX_CONNECTIONS {
            Ok((stream, service))
        } else {
            Err(io::ErrorKind::ConnectionRefused.into())
        })
    }
}

fn tls(files: &TlsFiles) -> Result<RustlsConfig, ApiError> {
    let unfit = |problem: String| ApiError::Tls {
        certificate: files.certificate.clone(),
        key: files.key.clone(),
        problem,
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unfit(error.to_string()))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| unfit(error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| unfit(error.to_string()))?;
    Ok(RustlsConfig::from_config(Arc::new(config)))
}
