//! The `verifik` dialect: a selfie with liveness against a gallery of selfies. See docs/api/verifik.md.
//!
//! Liveness is tested only of a probe whose comparison succeeds, and the answer says so. Every answer is
//! signed with the board's key.

mod answer;
mod problem;
mod request;
pub mod signature;
mod wire;

use axum::extract::{Request, State};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::domain::{ExaminedFace, FacesWanted, Similarity, Wanted};

use super::backend::{Backend, BackendError};
use super::credentials::{Caller, CredentialScheme, Guard, guard};
use super::keys::Scope;
use super::{ApiState, upload};

use answer::{Findings, Parties};
use problem::Problem;
use request::{Asked, Terms};
use wire::Body;

/// Bytes of a picture.
const MAX_PICTURE: usize = 10 << 20;
/// Bytes of a request: eleven pictures of an ordinary size, or one of the largest; several are in memory at a time.
const MAX_BODY: usize = 24 << 20;

/// The routes of this dialect.
pub fn routes(state: &ApiState) -> Router<ApiState> {
    let who = Guard {
        scheme: CredentialScheme::Bearer,
        scope: Scope::Verify,
        on_refusal: |refusal| Problem::from(refusal).into_response(),
    };
    let compare = Router::new().route(
        "/v2/face-recognition/compare-with-liveness",
        post(compare_with_liveness),
    );
    // Whoever is shown an answer may check it.
    guard(compare, state, who).route("/v2/face-recognition/public-key", get(public_key))
}

async fn public_key(State(state): State<ApiState>) -> Json<Value> {
    let key = answer::hex(&state.signer().public_key());
    Json(json!({"algorithm": "Ed25519", "publicKey": key}))
}

async fn compare_with_liveness(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let body: Body = upload::json(request, MAX_BODY).await?;
    let asked = request::check(&body)?;
    // Its pictures have been decoded.
    drop(body);
    let terms = asked.terms;
    let findings = find(&state, asked).await?;
    let parties = Parties {
        client: caller.client.as_str().to_owned(),
        device: state.settings().device.clone(),
        public_key: state.signer().public_key(),
    };
    let answer = answer::answer(&terms, findings, &parties);
    let mut answer = serde_json::to_value(answer).map_err(|_| BackendError::Failed)?;
    signature::sign(&mut answer, state.signer());
    Ok(Json(answer))
}

async fn find(state: &ApiState, asked: Asked) -> Result<Findings, Problem> {
    let Asked {
        probe: probe_file,
        gallery,
        terms,
    } = asked;
    let backend = state.backend();
    let probe = face(backend, "probe", probe_file.clone(), wanted(&terms)).await?;
    let probe = probe.template.ok_or_else(|| Problem::no_face("probe"))?;

    let (mut best, mut crops) = (Similarity::MIN, Vec::new());
    for (index, picture) in gallery.into_iter().enumerate() {
        let name = format!("gallery[{index}]");
        let wanted = Wanted {
            portrait: terms.crop_face,
            ..wanted(&terms)
        };
        let face = face(backend, &name, picture, wanted).await?;
        crops.extend(face.portrait.map(|portrait| STANDARD.encode(portrait.0)));
        let reference = face.template.ok_or_else(|| Problem::no_face(&name))?;
        let compared = backend.compare(probe.clone(), reference).await?;
        if compared.similarity > best {
            best = compared.similarity;
        }
    }
    let compared_at = state.now();
    let pad = if answer::is_match(&terms, best) {
        let wanted = Wanted {
            liveness: true,
            ..wanted(&terms)
        };
        face(backend, "probe", probe_file, wanted).await?.pad
    } else {
        None
    };
    Ok(Findings {
        best,
        compared_at,
        pad,
        tested_at: state.now(),
        crops,
    })
}

fn wanted(terms: &Terms) -> Wanted {
    Wanted {
        faces: FacesWanted::Largest,
        liveness: false,
        portrait: false,
        effort: terms.effort(),
    }
}

/// The largest face of a picture; `name` is what problems call it.
async fn face(
    backend: &Backend,
    name: &str,
    file: Vec<u8>,
    wanted: Wanted,
) -> Result<ExaminedFace, Problem> {
    let picture = backend.examine(file, wanted).await.map_err(|e| match e {
        BackendError::Undecodable { reason } => Problem::invalid(format!(
            "{name} is no picture that can be read: {reason}; send JPEG, PNG or WebP"
        )),
        other => other.into(),
    })?;
    let mut faces = picture.faces.into_iter();
    faces.next().ok_or_else(|| Problem::no_face(name))
}
