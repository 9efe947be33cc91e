//! Who is enrolled.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;

use super::answer;
use super::error::OwnError;
use super::request::{enrolling, subject_id};
use super::wire::{EnrolForm, EnrolRequest, EnrolledAnswer, ErrorAnswer, GalleryAnswer};
use crate::http::api::ApiState;

/// Enrols somebody, or adds pictures of one who is enrolled, by the rules of admission.
#[utoipa::path(
    post, path = "/api/v1/gallery", tag = "gallery", security(("key" = ["enrol"])),
    request_body(content(
        (EnrolRequest = "application/json"),
        (EnrolForm = "multipart/form-data"),
    )),
    responses(
        (status = 201, body = EnrolledAnswer),
        (status = "4XX", body = ErrorAnswer),
        (status = "5XX", body = ErrorAnswer),
    )
)]
pub(super) async fn enrol(
    State(state): State<ApiState>,
    request: Request,
) -> Result<(StatusCode, Json<EnrolledAnswer>), OwnError> {
    let person = enrolling(request).await?;
    let enrolled = state.backend().enrol(person).await??;
    Ok((StatusCode::CREATED, Json(answer::enrolled(enrolled))))
}

/// Everybody who is enrolled, by ID number.
#[utoipa::path(
    get, path = "/api/v1/gallery", tag = "gallery", security(("key" = ["enrol"])),
    responses((status = 200, body = GalleryAnswer), (status = "4XX", body = ErrorAnswer))
)]
pub(super) async fn list(State(state): State<ApiState>) -> Result<Json<GalleryAnswer>, OwnError> {
    let enrolled = state.backend().list_enrolled().await?;
    let subjects = enrolled.into_iter().map(answer::enrolled).collect();
    Ok(Json(GalleryAnswer { subjects }))
}

/// One person.
#[utoipa::path(
    get, path = "/api/v1/gallery/{subject}", tag = "gallery", security(("key" = ["enrol"])),
    params(("subject" = String, Path, description = "ID number")),
    responses((status = 200, body = EnrolledAnswer), (status = "4XX", body = ErrorAnswer))
)]
pub(super) async fn show(
    State(state): State<ApiState>,
    Path(subject): Path<String>,
) -> Result<Json<EnrolledAnswer>, OwnError> {
    let subject = subject_id(&subject)?;
    let enrolled = state.backend().list_enrolled().await?;
    let found = enrolled.into_iter().find(|e| e.subject.id == subject);
    Ok(Json(answer::enrolled(found.ok_or(OwnError::NotEnrolled)?)))
}

/// Removes a person with all templates.
#[utoipa::path(
    delete, path = "/api/v1/gallery/{subject}", tag = "gallery", security(("key" = ["enrol"])),
    params(("subject" = String, Path, description = "ID number")),
    responses((status = 204), (status = "4XX", body = ErrorAnswer))
)]
pub(super) async fn remove(
    State(state): State<ApiState>,
    Path(subject): Path<String>,
) -> Result<StatusCode, OwnError> {
    if state
        .backend()
        .remove_enrolled(subject_id(&subject)?)
        .await?
    {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(OwnError::NotEnrolled)
    }
}
