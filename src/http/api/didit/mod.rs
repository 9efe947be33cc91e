//! The dialect of a verification service with sessions: a document, a live face, a report on both.
//!
//! The document has the report only; how a session comes about is told in docs/api/didit.md.

mod answer;
mod fault;
mod live;
mod wire;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use uuid::Uuid;

use crate::domain::{Effort, FacesWanted, Wanted};
use crate::http::api::ApiState;
use crate::http::api::credentials::{Caller, CredentialScheme, Guard, guard};
use crate::http::api::keys::Scope;
use crate::http::api::sessions::{
    self, Findings, MediaKind, Order, Redirect, Reference, StageError,
};
use crate::http::api::upload::{self, Form, FormLimits};
use crate::http::api::{Dialect, ScoreBands};

use fault::Fault;
use wire::{CreateSession, Report, Session, Taken};

/// A document's file.
const MAX_DOCUMENT: usize = 10 << 20;
const MAX_CREATE: usize = 64 << 10;
/// Of what a caller says about itself, in characters.
const MAX_TEXT: usize = 512;

/// Sessions, their uploads and their reports.
pub fn routes(state: &ApiState) -> Router<ApiState> {
    let routes = Router::new()
        .route("/v2/session/", post(create))
        .route("/v2/session/{id}/document/", post(document))
        .route("/v2/session/{id}/live/", post(live::live))
        .route("/v2/session/{id}/decision/", get(decision));
    let asked = Guard {
        scheme: CredentialScheme::ApiKey {
            header: "x-api-key",
        },
        scope: Scope::Verify,
        on_refusal: |refusal| Fault::from(refusal).into_response(),
    };
    guard(routes, state, asked)
}

fn bands(state: &ApiState) -> ScoreBands {
    state.settings().bands(Dialect::Didit, answer::BANDS)
}

/// Opens a session.
async fn create(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<(StatusCode, Json<Session>), Fault> {
    let asked: CreateSession = upload::json(request, MAX_CREATE).await?;
    for (field, text) in [
        ("workflow_id", &asked.workflow_id),
        ("vendor_data", &asked.vendor_data),
    ] {
        if text.as_ref().is_some_and(|t| t.chars().count() > MAX_TEXT) {
            return Err(Fault::TooLong { field });
        }
    }
    if asked
        .callback
        .as_ref()
        .is_some_and(|url| !sessions::is_web_address(url))
    {
        return Err(Fault::Callback);
    }
    let id = Uuid::new_v4();
    let order = Order {
        id: id.as_u128(),
        dialect: Dialect::Didit,
        owner: caller.client,
        reference_id: asked.vendor_data.clone(),
        is_unique: false,
        redirect: asked.callback.clone().map(|url| Redirect { url, query }),
        notice: None,
        references: Vec::new(),
        complete: false,
        wants_place: false,
    };
    let token = state.sessions().add(order, state.monotonic())?;
    let session = Session {
        session_id: id.hyphenated().to_string(),
        url: sessions::page_url(&state.public_url(), &token),
        session_token: token.as_str().to_owned(),
        status: "Not Started",
        workflow_id: asked.workflow_id,
        vendor_data: asked.vendor_data,
        callback: asked.callback,
    };
    Ok((StatusCode::CREATED, Json(session)))
}

/// Takes the identity document and the portrait in it.
async fn document(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<Taken>, Fault> {
    let number = number(&id)?;
    let theirs = |work: &mut dyn FnMut(&mut sessions::Session) -> Result<(), StageError>| {
        state
            .sessions()
            .with(number, Dialect::Didit, &caller.client, |session| {
                work(session)
            })
            .ok_or(Fault::UnknownSession)?
            .map_err(Fault::from)
    };
    // Before the upload is read, and once more when its portrait is kept.
    theirs(&mut |session| session.lacks_reference())?;
    let limits = FormLimits {
        field: MAX_DOCUMENT,
        total: MAX_DOCUMENT + MAX_CREATE,
        repeatable: &[],
    };
    let file = Form::read(request, limits).await?.take("document")?;
    let wanted = Wanted {
        faces: FacesWanted::Largest,
        liveness: false,
        portrait: true,
        effort: Effort::Accurate,
    };
    let examined = state.backend().examine(file, wanted).await?;
    let face = examined.faces.into_iter().next();
    let face = face.ok_or(Fault::NoFace { field: "document" })?;
    let (Some(template), Some(portrait)) = (face.template, face.portrait) else {
        return Err(Fault::NoFace { field: "document" });
    };
    let picture = sessions::store(&state, MediaKind::Jpeg, &portrait.0).ok_or(Fault::Full)?;
    let mut reference = Some(Reference { picture, template });
    theirs(&mut |session| match reference.take() {
        Some(reference) => session.refer(reference, state.monotonic()),
        None => Ok(()),
    })?;
    Ok(Json(Taken {
        session_id: id,
        detail: "The document was taken.",
    }))
}

/// The report as far as it is known.
async fn decision(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Report>, Fault> {
    let found = state
        .sessions()
        .with(number(&id)?, Dialect::Didit, &caller.client, |session| {
            let source = session.originals.first();
            Report {
                session_id: id.clone(),
                vendor_data: session.order.reference_id.clone(),
                face: answer::face(source, session.findings(), &bands(&state)),
            }
        });
    found.map(Json).ok_or(Fault::UnknownSession)
}

/// What is added to the address that the person's browser goes to.
fn query(state: &ApiState, order: &Order, findings: &Findings) -> Vec<(&'static str, String)> {
    let status = answer::face(None, Some(findings), &bands(state)).status;
    vec![
        (
            "verificationSessionId",
            Uuid::from_u128(order.id).hyphenated().to_string(),
        ),
        ("status", status.word().to_owned()),
    ]
}

/// The number of a session, in the one way that it is written.
fn number(id: &str) -> Result<u128, Fault> {
    Uuid::try_parse(id)
        .ok()
        .filter(|uuid| uuid.hyphenated().to_string() == id)
        .map(|uuid| uuid.as_u128())
        .ok_or(Fault::UnknownSession)
}
