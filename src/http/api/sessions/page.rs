//! The page that a person opens, and the files that a caller fetches. The token in the path is all the
//! permission they need, so nothing here says whether one exists that doesn't.

use axum::body::to_bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::{Deserialize, Serialize};

use crate::domain::Moment;
use crate::domain::challenge::ChallengeState;
use crate::http::api::ApiState;
use crate::http::api::Place;
use crate::http::api::backend::BackendError;

use super::session::{Session, Stage, StageError};
use super::table::MAX_CAPTURING;
use super::{JpegFile, LiveCapture, MEDIA, PAGES, keeper, url};

/// A frame's file.
const MAX_FRAME_BYTES: usize = 1 << 20;
const MAX_PLACE_BYTES: usize = 1 << 10;

/// Only what the page itself brings may run, no other site may frame it, and the address, which is a
/// secret, is told to nobody.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), geolocation=(self), microphone=()",
    ),
    (HeaderName::from_static("x-robots-tag"), "noindex"),
];

/// Pages of sessions and temporary files.
pub fn routes() -> Router<ApiState> {
    let file = |content_type, content| {
        get(move || async move { ([(header::CONTENT_TYPE, content_type)], content) })
    };
    Router::new()
        .route(
            &format!("{PAGES}/page.css"),
            file("text/css; charset=utf-8", include_str!("page/page.css")),
        )
        .route(
            &format!("{PAGES}/page.js"),
            file(
                "text/javascript; charset=utf-8",
                include_str!("page/page.js"),
            ),
        )
        .route(&format!("{PAGES}/{{token}}"), get(page))
        .route(&format!("{PAGES}/{{token}}/state"), get(state_of))
        .route(&format!("{PAGES}/{{token}}/frame"), post(frame))
        .route(&format!("{PAGES}/{{token}}/place"), post(place))
        .route(&format!("{MEDIA}/{{name}}"), get(media))
        .layer(middleware::map_response(with_headers))
}

/// The start of a capture, which is a call like any other.
pub fn start_route() -> Router<ApiState> {
    Router::new()
        .route(&format!("{PAGES}/{{token}}/start"), post(start))
        .layer(middleware::map_response(with_headers))
}

async fn with_headers(answer: Response) -> Response {
    (HEADERS, answer).into_response()
}

/// Why there is no answer for the page.
#[derive(Debug)]
enum PageError {
    Unknown,
    Busy,
    /// The request is none that the page makes.
    Unfit(&'static str),
    Stage(StageError),
    Failed,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::Unknown => (StatusCode::NOT_FOUND, "This link has ended.\n").into_response(),
            Self::Busy => {
                let seconds = ApiState::RETRY_AFTER.as_secs();
                let headers = [(header::RETRY_AFTER, seconds.to_string())];
                (StatusCode::TOO_MANY_REQUESTS, headers, "Busy.\n").into_response()
            }
            Self::Unfit(why) => (StatusCode::BAD_REQUEST, why).into_response(),
            Self::Stage(error) => (StatusCode::CONFLICT, format!("{error}\n")).into_response(),
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

impl From<StageError> for PageError {
    fn from(error: StageError) -> Self {
        Self::Stage(error)
    }
}

/// How a session stands, for the page.
#[derive(Debug, Default, Serialize)]
struct Standing {
    stage: &'static str,
    /// What the person is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction: Option<&'static str>,
    /// Why the last frame doesn't help.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'static str>,
    progress: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    passed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect: Option<String>,
    wants_place: bool,
}

impl Standing {
    fn of(state: &ApiState, session: &Session) -> Self {
        let standing = Self {
            stage: session.stage.code(),
            wants_place: session.order.wants_place,
            ..Self::default()
        };
        match &session.stage {
            Stage::Referenceless | Stage::Awaiting | Stage::Evaluating => standing,
            Stage::Capturing(capture) => Self {
                instruction: match capture.state() {
                    ChallengeState::Showing(instruction) => Some(instruction.code()),
                    ChallengeState::Passed | ChallengeState::Failed(_) => None,
                },
                progress: capture.progress(),
                ..standing
            },
            Stage::Finished(findings) => Self {
                passed: Some(!findings.liveness.cues.is_refused()),
                redirect: session.order.redirect.as_ref().and_then(|redirect| {
                    let query = (redirect.query)(state, &session.order, findings);
                    url::with_query(&redirect.url, &query)
                }),
                progress: 1.0,
                ..standing
            },
        }
    }
}

async fn page(
    State(state): State<ApiState>,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    known(&state, &token, |_| ())?;
    let content_type = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    Ok((content_type, include_str!("page/page.html")).into_response())
}

async fn state_of(
    State(state): State<ApiState>,
    Path(token): Path<String>,
) -> Result<Json<Standing>, PageError> {
    known(&state, &token, |session| {
        Json(Standing::of(&state, session))
    })
}

async fn start(
    State(state): State<ApiState>,
    Path(token): Path<String>,
) -> Result<Json<Standing>, PageError> {
    let seed = (state.sessions().seeds)().map_err(|error| {
        tracing::error!(%error, "no challenge can be drawn");
        PageError::Failed
    })?;
    let now = state.monotonic();
    let mut table = state.sessions().table();
    let capturing = table.capturing();
    let session = live(table.by_page(&token), now)?;
    if capturing >= MAX_CAPTURING && matches!(session.stage, Stage::Awaiting) {
        return Err(PageError::Busy);
    }
    session.begin(LiveCapture::new(seed, now), now)?;
    Ok(Json(Standing::of(&state, session)))
}

/// Has a frame looked at and takes it into the challenge; the answer says what comes next.
async fn frame(
    State(state): State<ApiState>,
    Path(token): Path<String>,
    request: Request,
) -> Result<Json<Standing>, PageError> {
    // Without a session nothing is read.
    known(&state, &token, |session| capturing(session).map(drop))??;
    let turn = state
        .sessions()
        .table()
        .turn(&token)
        .ok_or(PageError::Unknown)?;
    let Ok(_turn) = turn.try_lock() else {
        return Err(PageError::Busy);
    };
    let body = to_bytes(request.into_body(), MAX_FRAME_BYTES).await;
    let jpeg = body.map_err(|_| PageError::Unfit("A frame has at most 1 MiB.\n"))?;
    if !jpeg.starts_with(b"\xFF\xD8\xFF") {
        return Err(PageError::Unfit("A frame is a JPEG file.\n"));
    }
    let captured = state.monotonic();
    let observed = state.backend().observe(jpeg.to_vec(), captured).await;
    let observed = observed.map_err(|error| match error {
        BackendError::Busy { .. } => PageError::Busy,
        BackendError::Undecodable { .. } => PageError::Unfit("The frame can't be read.\n"),
        _ => PageError::Failed,
    })?;
    let hint = match observed.observation.faces {
        0 => Some("no_face"),
        1 => None,
        _ => Some("several_faces"),
    };

    let (id, outcome) = known(&state, &token, |session| {
        let id = session.order.id;
        let jpeg = JpegFile(jpeg.into());
        let now = state.monotonic();
        capturing(session).map(|capture| (id, capture.take(now, jpeg, observed)))
    })??;
    if !matches!(outcome, ChallengeState::Showing(_)) {
        keeper::end_capture(&state, id);
    }
    known(&state, &token, |session| {
        Json(Standing {
            hint,
            ..Standing::of(&state, session)
        })
    })
}

/// Where the browser is, if the person lets it tell.
#[derive(Debug, Deserialize)]
struct BrowserPlace {
    latitude: f64,
    longitude: f64,
}

async fn place(
    State(state): State<ApiState>,
    Path(token): Path<String>,
    request: Request,
) -> Result<Json<Standing>, PageError> {
    known(&state, &token, |session| capturing(session).map(drop))??;
    let unfit = || PageError::Unfit("A place has a latitude and a longitude in degrees.\n");
    let body = to_bytes(request.into_body(), MAX_PLACE_BYTES).await;
    let body = body.map_err(|_| unfit())?;
    let told: BrowserPlace = serde_json::from_slice(&body).map_err(|_| unfit())?;
    let on_earth =
        (-90.0..=90.0).contains(&told.latitude) && (-180.0..=180.0).contains(&told.longitude);
    if !on_earth {
        return Err(unfit());
    }
    known(&state, &token, |session| {
        let wanted = session.order.wants_place;
        let capture = capturing(session)?;
        if wanted {
            capture.place = Some(Place {
                latitude: told.latitude,
                longitude: told.longitude,
            });
        }
        Ok(Json(Standing::of(&state, session)))
    })?
}

async fn media(
    State(state): State<ApiState>,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    let (token, extension) = name.rsplit_once('.').ok_or(PageError::Unknown)?;
    let (kind, content) = state
        .sessions()
        .media()
        .get(token, state.monotonic())
        .map_err(|error| {
            tracing::error!(%error, "a temporary file is lost");
            PageError::Failed
        })?
        .filter(|(kind, _)| kind.extension() == extension)
        .ok_or(PageError::Unknown)?;
    Ok(([(header::CONTENT_TYPE, kind.content_type())], content).into_response())
}

/// Works with the session of a page.
fn known<T>(
    state: &ApiState,
    token: &str,
    work: impl FnOnce(&mut Session) -> T,
) -> Result<T, PageError> {
    let mut table = state.sessions().table();
    live(table.by_page(token), state.monotonic()).map(work)
}

fn live(session: Option<&mut Session>, now: Moment) -> Result<&mut Session, PageError> {
    session
        .filter(|session| !session.is_over(now))
        .ok_or(PageError::Unknown)
}

fn capturing(session: &mut Session) -> Result<&mut LiveCapture, PageError> {
    match &mut session.stage {
        Stage::Capturing(capture) => Ok(capture),
        _ => Err(PageError::Stage(StageError::NotCapturing)),
    }
}
