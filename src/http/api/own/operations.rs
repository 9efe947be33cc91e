//! Verification, identification, and what the board tells of itself.

use axum::Json;
use axum::extract::{Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::answer;
use super::error::OwnError;
use super::request::{Against, Identify, Verify};
use super::wire::{
    DecisionsAnswer, ErrorAnswer, HealthAnswer, IdentifyAnswer, IdentifyForm, IdentifyRequest,
    VerifyAnswer, VerifyForm, VerifyRequest,
};
use crate::domain::{
    Compared, Effort, ExaminedFace, ExaminedPicture, FacesWanted, Judgement, LivenessTest,
    Presentation, Similarity, Standing, Template, Wanted,
};
use crate::http::api::{ApiState, RecentDecisions};

/// Compares the largest faces of two pictures, or a picture with an enrolled person.
#[utoipa::path(
    post, path = "/api/v1/verify", tag = "verification", security(("key" = ["verify"])),
    request_body(content(
        (VerifyRequest = "application/json"),
        (VerifyForm = "multipart/form-data"),
    )),
    responses(
        (status = 200, body = VerifyAnswer),
        (status = "4XX", body = ErrorAnswer),
        (status = "5XX", body = ErrorAnswer),
    )
)]
pub(super) async fn verify(
    State(state): State<ApiState>,
    request: Request,
) -> Result<Json<VerifyAnswer>, OwnError> {
    let Verify {
        probe,
        against,
        liveness,
        policy,
    } = Verify::read(request, state.settings().policy).await?;
    let backend = state.backend();
    let probe = backend.examine(probe, wanted(liveness)).await?;
    let (face, template) = largest(&probe, "the probe")?;
    let (compared, standing, reference, subject, quality);
    match against {
        Against::Picture(file) => {
            let picture = backend.examine(file, wanted(false)).await?;
            let (other, other_template) = largest(&picture, "the reference")?;
            compared = backend.compare(template, other_template).await?;
            quality = face.quality.min(other.quality);
            (standing, subject) = (Standing::Valid, None);
            reference = Some(answer::face(&picture, other));
        }
        Against::Subject(id) => {
            let candidate = backend.compare_with_subject(template, id).await?;
            let candidate = candidate.ok_or(OwnError::NotEnrolled)?;
            compared = Compared {
                cosine: candidate.cosine,
                similarity: candidate.similarity,
            };
            // What is enrolled has passed the rules of admission.
            (quality, standing) = (face.quality, candidate.standing);
            (subject, reference) = (Some(candidate.subject.to_string()), None);
        }
    }
    let test = liveness_test(liveness, face);
    let judgement = Judgement::of(
        &Presentation {
            similarity: compared.similarity,
            standing,
            quality,
            liveness: test,
        },
        &policy,
    );
    Ok(Json(VerifyAnswer {
        verdict: judgement.code(),
        similarity: compared.similarity.get(),
        cosine: compared.cosine.get(),
        thresholds: answer::thresholds(&policy),
        liveness: answer::liveness(test, &policy),
        probe: answer::face(&probe, face),
        reference,
        subject,
    }))
}

/// Looks the largest face of a picture up among the enrolled people.
#[utoipa::path(
    post, path = "/api/v1/identify", tag = "verification", security(("key" = ["verify"])),
    request_body(content(
        (IdentifyRequest = "application/json"),
        (IdentifyForm = "multipart/form-data"),
    )),
    responses(
        (status = 200, body = IdentifyAnswer),
        (status = "4XX", body = ErrorAnswer),
        (status = "5XX", body = ErrorAnswer),
    )
)]
pub(super) async fn identify(
    State(state): State<ApiState>,
    request: Request,
) -> Result<Json<IdentifyAnswer>, OwnError> {
    let Identify { probe, liveness } = Identify::read(request).await?;
    let policy = state.settings().policy;
    let probe = state.backend().examine(probe, wanted(liveness)).await?;
    let (face, template) = largest(&probe, "the probe")?;
    let candidates = state.backend().identify(template).await?;
    let test = liveness_test(liveness, face);
    let presentation = |similarity, standing| Presentation {
        similarity,
        standing,
        quality: face.quality,
        liveness: test,
    };
    let best = candidates.first();
    let judgement = match best {
        Some(best) => Judgement::of(&presentation(best.similarity, best.standing), &policy),
        // Nobody is enrolled: as unlike as can be.
        None => {
            let nobody = Similarity::MIN;
            Judgement::of(&presentation(nobody, Standing::Valid), &policy)
        }
    };
    Ok(Json(IdentifyAnswer {
        verdict: judgement.code(),
        candidates: candidates.iter().map(answer::candidate).collect(),
        thresholds: answer::thresholds(&policy),
        liveness: answer::liveness(test, &policy),
        probe: answer::face(&probe, face),
    }))
}

/// How many decisions are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Limit {
    /// At most so many, 1 to 100.
    limit: Option<usize>,
}

/// The door's latest decisions since it was started; the audit log has all of them.
#[utoipa::path(
    get, path = "/api/v1/decisions", tag = "door", params(Limit), security(("key" = ["admin"])),
    responses((status = 200, body = DecisionsAnswer), (status = "4XX", body = ErrorAnswer))
)]
pub(super) async fn decisions(
    State(state): State<ApiState>,
    query: Result<Query<Limit>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<DecisionsAnswer>, OwnError> {
    let limit = query.map(|Query(limit)| limit.limit.unwrap_or(RecentDecisions::KEPT));
    let limit = limit
        .ok()
        .filter(|limit| (1..=RecentDecisions::KEPT).contains(limit))
        .ok_or_else(|| OwnError::Value {
            field: "limit",
            problem: format!("must be from 1 to {}", RecentDecisions::KEPT),
        })?;
    let decisions = state.decisions().latest(limit);
    Ok(Json(DecisionsAnswer { decisions }))
}

/// That the server answers; needs no key.
#[utoipa::path(
    get, path = "/api/v1/health", tag = "board", responses((status = 200, body = HealthAnswer))
)]
pub(super) async fn health(State(state): State<ApiState>) -> Json<HealthAnswer> {
    Json(HealthAnswer {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        device: state.settings().device.clone(),
        waiting: state.backend().waiting(),
    })
}

/// Counts and times for Prometheus (OpenMetrics text); also at `/metrics`.
#[utoipa::path(
    get, path = "/api/v1/metrics", tag = "board", security(("key" = ["admin"])),
    responses((status = 200, body = String, content_type = "application/openmetrics-text"))
)]
pub(super) async fn metrics(State(state): State<ApiState>) -> Response {
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match state.metrics().text(state.backend().waiting()) {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics can't be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// This document; needs no key.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "board", responses((status = 200, body = Object))
)]
pub(super) async fn openapi() -> Response {
    const JSON: &str = "application/json";
    ([(header::CONTENT_TYPE, JSON)], super::document()).into_response()
}

pub(super) fn wanted(liveness: bool) -> Wanted {
    Wanted {
        faces: FacesWanted::Largest,
        liveness,
        portrait: false,
        effort: Effort::Accurate,
    }
}

/// The largest face with its template.
pub(super) fn largest<'p>(
    picture: &'p ExaminedPicture,
    name: &'static str,
) -> Result<(&'p ExaminedFace, Template), OwnError> {
    let face = picture.faces.first().ok_or(OwnError::NoFace(name))?;
    let template = face.template.clone();
    Ok((face, template.ok_or(OwnError::NotComparable(name))?))
}

fn liveness_test(wanted: bool, face: &ExaminedFace) -> LivenessTest {
    if wanted {
        LivenessTest::Wanted(face.pad)
    } else {
        LivenessTest::NotWanted
    }
}
