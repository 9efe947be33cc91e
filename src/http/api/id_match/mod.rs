//! The `id_match` dialect: a selfie against the portrait on record for an ID number. See
//! docs/api/id_match.md.
//!
//! The reference comes from the identity source, never from the caller. What the source tells of a person
//! goes into the answer and nowhere else.

mod answer;
mod problem;
mod request;
mod selfie;
mod source;
mod wire;

use axum::extract::{Request, State};
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Json, Router};

use crate::domain::{Effort, FacesWanted, Wanted};

use super::credentials::{CredentialScheme, Guard, guard};
use super::decimal::Decimal;
use super::keys::Scope;
use super::{ApiState, Dialect, upload};

use answer::DOCUMENTED;
use problem::Problem;
use wire::{Body, Envelope};

/// Bytes of a request: the largest selfie in base64, and the rest.
const MAX_BODY: usize = request::MAX_SELFIE / 3 * 4 + (64 << 10);

/// The routes of this dialect.
pub fn routes(state: &ApiState) -> Router<ApiState> {
    let who = Guard {
        scheme: CredentialScheme::Bearer,
        scope: Scope::Verify,
        on_refusal: |refusal| Problem::from(refusal).into_response(),
    };
    let routes = Router::new().route("/v1/id-face-match", post(id_face_match));
    guard(routes, state, who)
}

async fn id_face_match(
    State(state): State<ApiState>,
    request: Request,
) -> Result<Json<Envelope>, Problem> {
    let settings = state.settings();
    let band = settings.bands(Dialect::IdMatch, DOCUMENTED).comparison;
    let [review_from, default_threshold] =
        [band.review_from, band.accept_from].map(|score| Decimal::rounded(score, 4).get());

    let body: Body = upload::json(request, MAX_BODY).await?;
    let asked = request::check(&body, default_threshold)?;
    // Its selfie has been decoded.
    drop(body);
    // The source first: it is quicker than the networks, and a number may be unknown.
    let on_record = source::look_up(&state, asked.key).await?;
    let wanted = Wanted {
        faces: FacesWanted::Largest,
        liveness: false,
        portrait: false,
        effort: Effort::Accurate,
    };
    let selfie = state.backend().examine(asked.selfie, wanted).await?;
    let probe = selfie::probe(selfie, settings.policy.quality_floor)?;
    let compared = state.backend().compare(probe, on_record.reference).await?;
    Ok(Json(answer::compared(
        compared.similarity,
        asked.threshold,
        review_from,
        on_record.identity,
    )))
}
