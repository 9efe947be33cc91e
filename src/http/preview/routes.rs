//! The page, its pictures and its events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio_stream::wrappers::{BroadcastStream, WatchStream};
use tokio_stream::{Stream, StreamExt, iter};

use super::guard::guard;
use super::hub::Hub;

const BOUNDARY: &str = "ostiary-frame";

pub(super) fn router(hub: Arc<Hub>) -> Router {
    let file = |content_type, content| get(move || async move { file(content_type, content) });
    Router::new()
        .route(
            "/",
            file("text/html; charset=utf-8", include_str!("page.html")),
        )
        .route(
            "/page.css",
            file("text/css; charset=utf-8", include_str!("page.css")),
        )
        .route(
            "/page.js",
            file("text/javascript; charset=utf-8", include_str!("page.js")),
        )
        .route("/camera.mjpeg", get(camera))
        .route("/panel.png", get(panel))
        .route("/events", get(events))
        .fallback(async || (StatusCode::NOT_FOUND, "There is no such page here.\n"))
        .layer(middleware::from_fn(guard))
        .with_state(hub)
}

fn file(content_type: &'static str, content: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, content_type)], content)
}

/// The camera as JPEGs that replace each other; a slow reader misses some.
async fn camera(State(hub): State<Arc<Hub>>) -> impl IntoResponse {
    let first = Bytes::from(format!("--{BOUNDARY}\r\n"));
    let pictures = WatchStream::new(hub.pictures())
        .filter(|jpeg| !jpeg.is_empty())
        .map(|jpeg| part(&jpeg));
    let parts = tokio_stream::once(first).chain(pictures);
    let body = Body::from_stream(parts.map(Ok::<_, Infallible>));
    let content_type = format!("multipart/x-mixed-replace; boundary={BOUNDARY}");
    ([(header::CONTENT_TYPE, content_type)], body)
}

/// One picture and the boundary after it: browsers show a picture when they have seen its end.
fn part(jpeg: &[u8]) -> Bytes {
    let head = format!(
        "Content-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n",
        jpeg.len()
    );
    let end = format!("\r\n--{BOUNDARY}\r\n");
    [head.as_bytes(), jpeg, end.as_bytes()].concat().into()
}

/// The panel's latest screen. The events tell its revision, which the page puts in the query.
async fn panel(State(hub): State<Arc<Hub>>) -> Response {
    let png = hub.panel_picture();
    if png.is_empty() {
        return (StatusCode::NOT_FOUND, "The panel has shown nothing yet.\n").into_response();
    }
    ([(header::CONTENT_TYPE, "image/png")], png).into_response()
}

/// The current state first, then what happens.
///
/// The stream ends for a reader that falls too far behind: its browser connects again and starts
/// from the current state.
async fn events(State(hub): State<Arc<Hub>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (state, next) = hub.subscribe();
    let next = BroadcastStream::new(next).map_while(Result::ok);
    let events = iter(state)
        .chain(next)
        .map(|text| Ok(Event::default().data(&*text)));
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}
