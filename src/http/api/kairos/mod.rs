//! The `kairos` dialect: a selfie with liveness against a photo. See docs/api/kairos.md.

mod answer;
mod wire;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use time::UtcDateTime;
use time::macros::format_description;
use uuid::Uuid;

use crate::domain::{Effort, ExaminedPicture, FacesWanted, Similarity, Wanted};

use super::backend::{Backend, BackendError};
use super::calls::Outcome;
use super::credentials::{CredentialScheme, Guard, Refusal, guard, with_retry_after};
use super::keys::Scope;
use super::upload::{Form, FormLimits, UploadError};
use super::{ApiState, Dialect};

use answer::{DOCUMENTED, Findings, Rules};
use wire::{Answer, Failure};

/// The least width and height of a picture, in pixels.
const MIN_SIDE: u32 = 480;
/// Bytes of a picture.
const MAX_PICTURE: usize = 10 << 20;
const LIMITS: FormLimits = FormLimits {
    field: MAX_PICTURE,
    total: 2 * MAX_PICTURE + (64 << 10),
    repeatable: &[],
};

/// The routes of this dialect.
pub fn routes(state: &ApiState) -> Router<ApiState> {
    let routes = Router::new().route("/v0.1/biometric-verification", post(verify));
    let who = Guard {
        scheme: CredentialScheme::Pair {
            id: "app_id",
            secret: "app_key",
        },
        scope: Scope::Verify,
        on_refusal: |refusal| Problem::from(refusal).into_response(),
    };
    guard(routes, state, who)
}

async fn verify(State(state): State<ApiState>, request: Request) -> Result<Json<Answer>, Problem> {
    let requested_at = state.now();
    let mut form = Form::read(request, LIMITS).await?;
    let multiface = multiface(form.optional_text("image_multiface")?)?;
    let (selfie, image) = (form.take("selfie")?, form.take("image")?);
    let wanted = |faces, liveness| Wanted {
        faces,
        liveness,
        portrait: false,
        effort: Effort::Accurate,
    };
    let backend = state.backend();
    let selfie = examine(
        backend,
        "selfie",
        selfie,
        wanted(FacesWanted::Largest, true),
    )
    .await?;
    let faces = if multiface {
        FacesWanted::All
    } else {
        FacesWanted::Largest
    };
    let image = examine(backend, "image", image, wanted(faces, false)).await?;
    let findings = Findings {
        similarities: similarities(backend, &selfie, &image).await?,
        selfie: &selfie,
        image: &image,
        multiface,
    };
    let settings = state.settings();
    let rules = Rules {
        bands: settings.bands(Dialect::Kairos, DOCUMENTED),
        quality_floor: settings.policy.quality_floor,
    };
    Ok(Json(Answer {
        api_req_uid: Uuid::new_v4().to_string(),
        processed_at: date(state.now()),
        requested_at: date(requested_at),
        response_code: 1,
        response_data: answer::response_data(&findings, &rules),
    }))
}

fn multiface(text: Option<&str>) -> Result<bool, Problem> {
    match text.map(|text| text.trim().to_ascii_lowercase()).as_deref() {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(Problem::bad("image_multiface is true or false")),
    }
}

async fn examine(
    backend: &Backend,
    field: &str,
    file: Vec<u8>,
    wanted: Wanted,
) -> Result<ExaminedPicture, Problem> {
    let picture = backend.examine(file, wanted).await.map_err(|e| match e {
        BackendError::Undecodable { reason } => Problem::bad(format!(
            "{field} is no picture that can be read: {reason}; send JPEG, PNG or WebP"
        )),
        other => other.into(),
    })?;
    let (width, height) = (picture.width, picture.height);
    if width.min(height) < MIN_SIDE {
        return Err(Problem::bad(format!(
            "{field} has {width}x{height} pixels; at least {MIN_SIDE}x{MIN_SIDE} are needed"
        )));
    }
    Ok(picture)
}

/// Of the selfie's largest face with every face of the image that has a template.
async fn similarities(
    backend: &Backend,
    selfie: &ExaminedPicture,
    image: &ExaminedPicture,
) -> Result<Vec<Option<Similarity>>, Problem> {
    let probe = selfie.faces.first().and_then(|face| face.template.as_ref());
    let Some(probe) = probe else {
        return Ok(Vec::new());
    };
    let mut similarities = Vec::with_capacity(image.faces.len());
    for face in &image.faces {
        similarities.push(match &face.template {
            Some(reference) => {
                let compared = backend.compare(probe.clone(), reference.clone()).await?;
                Some(compared.similarity)
            }
            None => None,
        });
    }
    Ok(similarities)
}

fn date(at: UtcDateTime) -> String {
    let form = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    // A date of this calendar always has this form.
    at.format(form).unwrap_or_default()
}

/// Why a request was not carried out.
struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Problem {
    fn bad(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "INVALID_REQUEST",
            message: message.into(),
        }
    }
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        let (status, code) = match refusal {
            Refusal::Missing(_) | Refusal::Wrong => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED"),
            Refusal::Scope(_) => (StatusCode::FORBIDDEN, "FORBIDDEN"),
            // Documented: limits that are exceeded are 403.
            Refusal::LockedOut { .. } | Refusal::TooMany { .. } => {
                (StatusCode::FORBIDDEN, "LIMIT_EXCEEDED")
            }
            Refusal::Busy { .. } => (StatusCode::TOO_MANY_REQUESTS, "BUSY"),
        };
        Self {
            status,
            code,
            message: refusal.to_string(),
        }
    }
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        let status = match error {
            UploadError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            UploadError::WrongContentType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            UploadError::Timeout => StatusCode::REQUEST_TIMEOUT,
            _ => StatusCode::BAD_REQUEST,
        };
        Self {
            status,
            ..Self::bad(error.to_string())
        }
    }
}

impl From<BackendError> for Problem {
    fn from(error: BackendError) -> Self {
        let (status, code) = match error {
            BackendError::Busy { .. } => (StatusCode::TOO_MANY_REQUESTS, "BUSY"),
            BackendError::Undecodable { .. } => (StatusCode::BAD_REQUEST, "INVALID_REQUEST"),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "SERVER_ERROR"),
        };
        Self {
            status,
            code,
            message: error.to_string(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let failure = Failure {
            api_req_uid: Uuid::new_v4().to_string(),
            response_code: 0,
            error_code: self.code,
            message: self.message,
        };
        let mut answer = (self.status, Json(failure)).into_response();
        answer.extensions_mut().insert(Outcome(self.code));
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            return with_retry_after(answer, ApiState::RETRY_AFTER);
        }
        answer
    }
}
