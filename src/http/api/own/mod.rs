//! Our own API, `/api/v1`: the raw cosine is in every answer that compares.
//!
//! A picture comes as a part of a multipart form, or as base64 within JSON. Liveness is tested unless the
//! caller says otherwise, and the answer tells whether it was.

mod answer;
mod door;
mod error;
mod gallery;
mod openapi;
mod operations;
mod request;
mod sessions;
mod wire;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use super::ApiState;
use super::credentials::{CredentialScheme, Guard, guard};
use super::keys::Scope;

pub use openapi::document;

/// The routes, each behind the scope it needs.
pub fn routes(state: &ApiState) -> Router<ApiState> {
    let needs = |scope| Guard {
        scheme: CredentialScheme::Bearer,
        scope,
        on_refusal: error::refused,
    };
    let verify = Router::new()
        .route("/api/v1/verify", post(operations::verify))
        .route("/api/v1/identify", post(operations::identify))
        .route("/api/v1/sessions", post(sessions::open))
        .route("/api/v1/sessions/{session}", get(sessions::show));
    let enrol = Router::new()
        .route("/api/v1/gallery", get(gallery::list).post(gallery::enrol))
        .route(
            "/api/v1/gallery/{subject}",
            get(gallery::show).delete(gallery::remove),
        )
        .route("/api/v1/door/enrolments", post(door::begin))
        .route(
            "/api/v1/door/enrolments/{enrolment}",
            get(door::show).delete(door::cancel),
        );
    let admin = Router::new()
        .route("/api/v1/decisions", get(operations::decisions))
        .route("/api/v1/metrics", get(operations::metrics))
        // Where Prometheus looks unless told otherwise.
        .route("/metrics", get(operations::metrics));
    let public = Router::new()
        .route("/api/v1/health", get(operations::health))
        .route("/api/v1/openapi.json", get(operations::openapi))
        .layer(DefaultBodyLimit::max(0));
    guard(verify, state, needs(Scope::Verify))
        .merge(guard(enrol, state, needs(Scope::Enrol)))
        .merge(guard(admin, state, needs(Scope::Admin)))
        .merge(public)
}
