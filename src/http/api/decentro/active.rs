//! Active video liveness: a session with a page, and its results.

use axum::extract::{Path, Request, State};
use axum::{Extension, Json};
use serde_json::Value;
use uuid::Uuid;

use crate::domain::{Effort, FacesWanted, PictureFormat, Wanted};
use crate::http::api::ApiState;
use crate::http::api::Dialect;
use crate::http::api::credentials::Caller;
use crate::http::api::sessions::{
    self, Findings, MediaKind, MediaUrl, Notice, Order, Redirect, Reference, SessionError,
};
use crate::http::api::upload;

use super::fault::Fault;
use super::passive::optional_text;
use super::wire::{ActiveResult, Initiate, Initiated, Terms};
use super::{answer, bands, transaction};

/// Images that may be matched.
const MAX_IMAGES: usize = 4;
const MAX_IMAGE: usize = 10 << 20;
const MAX_BODY: usize = MAX_IMAGES * MAX_IMAGE / 3 * 4 + (64 << 10);
const MAX_TERMS: usize = 64 << 10;

pub(super) async fn initiate(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Initiated>, Fault> {
    let asked: Initiate = upload::json(request, MAX_BODY).await?;
    let agreed = asked.terms.agreed()?;
    let redirect = optional_text(asked.redirect_url.as_ref(), "redirect_url")?;
    if redirect
        .as_ref()
        .is_some_and(|url| !sessions::is_web_address(url))
    {
        return Err(Fault::Url {
            field: "redirect_url",
            problem: "it is no http or https address".into(),
        });
    }
    let callback = optional_text(asked.callback_url.as_ref(), "callback_url")?;
    if let Some(url) = &callback {
        state.fetcher().check(url).map_err(|error| Fault::Url {
            field: "callback_url",
            problem: error.to_string(),
        })?;
    }
    let urls = texts(asked.face_image_urls.as_ref(), "face_image_urls")?;
    let encoded = texts(asked.face_image_base64s.as_ref(), "face_image_base64s")?;
    if urls.len() + encoded.len() > MAX_IMAGES {
        return Err(Fault::TooManyImages(urls.len() + encoded.len()));
    }
    let mut references = Vec::new();
    for url in urls {
        let fetched = state.fetcher().get(url, MAX_IMAGE).await;
        let file = fetched.map_err(|error| Fault::Url {
            field: "face_image_urls",
            problem: error.to_string(),
        })?;
        references.push(reference(&state, file, Some(url)).await?);
    }
    for text in encoded {
        let file = upload::base64_image("face_image_base64s", text, MAX_IMAGE)?;
        references.push(reference(&state, file, None).await?);
    }
    let id = Uuid::new_v4().as_u128();
    let order = Order {
        id,
        dialect: Dialect::Decentro,
        owner: caller.client,
        reference_id: Some(agreed.reference_id),
        is_unique: true,
        redirect: redirect.map(|url| Redirect { url, query }),
        notice: callback.map(|url| Notice { url, body }),
        references,
        complete: true,
        wants_place: true,
    };
    let added = state.sessions().add(order, state.monotonic());
    let token = added.map_err(|error| match error {
        SessionError::Taken => Fault::DuplicateReferenceId,
        SessionError::Full(_) => Fault::Later {
            seconds: ApiState::RETRY_AFTER.as_secs(),
        },
        other => {
            tracing::error!(error = %other, "a session can't be opened");
            Fault::Internal
        }
    })?;
    Ok(Json(Initiated {
        head: answer::success(transaction::write(id)),
        video_liveness_url: sessions::page_url(&state.public_url(), &token),
    }))
}

pub(super) async fn data(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Path(transaction): Path<String>,
    request: Request,
) -> Result<Json<ActiveResult>, Fault> {
    let terms: Terms = upload::json(request, MAX_TERMS).await?;
    let agreed = terms.agreed()?;
    let id = transaction::read(&transaction).ok_or(Fault::UnknownSession)?;
    let found = state
        .sessions()
        .with(id, Dialect::Decentro, &caller.client, |session| {
            if session.order.reference_id.as_ref() != Some(&agreed.reference_id) {
                return Err(Fault::UnknownSession);
            }
            let findings = session.findings().ok_or(Fault::SessionNotCompleted)?;
            Ok(result(&state, id, &session.originals, findings))
        });
    found.unwrap_or(Err(Fault::UnknownSession)).map(Json)
}

fn result(state: &ApiState, id: u128, originals: &[MediaUrl], findings: &Findings) -> ActiveResult {
    ActiveResult {
        head: answer::success(transaction::write(id)),
        data: answer::active(findings, originals, &bands(state)),
    }
}

/// What is posted to `callback_url`: the same as the results.
fn body(state: &ApiState, order: &Order, originals: &[MediaUrl], findings: &Findings) -> Vec<u8> {
    serde_json::to_vec(&result(state, order.id, originals, findings)).unwrap_or_default()
}

/// What is added to `redirect_url`.
fn query(_: &ApiState, order: &Order, _: &Findings) -> Vec<(&'static str, String)> {
    vec![("decentroTxnId", transaction::write(order.id))]
}

/// A face to match. A picture that came by URL is shown by it, any other is kept as a temporary file.
async fn reference(state: &ApiState, file: Vec<u8>, url: Option<&str>) -> Result<Reference, Fault> {
    let wanted = Wanted {
        faces: FacesWanted::Largest,
        liveness: false,
        portrait: false,
        effort: Effort::Accurate,
    };
    let picture = state.backend().examine(file.clone(), wanted).await?;
    let kind = match picture.format {
        PictureFormat::Jpeg => MediaKind::Jpeg,
        PictureFormat::Png => MediaKind::Png,
        PictureFormat::WebP => {
            return Err(Fault::FileFormat {
                field: "face image",
                wanted: "a JPG or PNG image",
            });
        }
    };
    let face = picture.faces.into_iter().next();
    let template = face.and_then(|face| face.template);
    let picture = match url {
        Some(url) => MediaUrl::elsewhere(url),
        None => sessions::store(state, kind, &file).ok_or(Fault::Later {
            seconds: ApiState::RETRY_AFTER.as_secs(),
        })?,
    };
    Ok(Reference {
        picture,
        template: template.ok_or(Fault::NoFace("face image"))?,
    })
}

fn texts<'v>(value: Option<&'v Value>, field: &'static str) -> Result<Vec<&'v str>, Fault> {
    let entries = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(entries)) => entries,
        Some(_) => return Err(Fault::InvalidImages { field }),
    };
    entries
        .iter()
        .map(|entry| entry.as_str().ok_or(Fault::InvalidImages { field }))
        .collect()
}
