//! Enrolment at the door: the person who stands there is asked on the panel, and enrolled.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use uuid::Uuid;

use super::answer;
use super::error::OwnError;
use super::request::door_enrolment;
use super::wire::{DoorEnrolmentAnswer, DoorEnrolmentRequest, ErrorAnswer};
use crate::http::api::ApiState;
use crate::http::api::credentials::Caller;
use crate::http::api::enrolments::DoorRefusal;

/// Asks the door to enrol the person who stands there. The panel asks for consent first.
#[utoipa::path(
    post, path = "/api/v1/door/enrolments", tag = "door", security(("key" = ["enrol"])),
    request_body = DoorEnrolmentRequest,
    responses(
        (status = 201, body = DoorEnrolmentAnswer),
        (status = "4XX", body = ErrorAnswer),
        (status = "5XX", body = ErrorAnswer),
    )
)]
pub(super) async fn begin(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<(StatusCode, Json<DoorEnrolmentAnswer>), OwnError> {
    let order = door_enrolment(request, caller.name).await?;
    let begun = state.enrolments().begin(order).await?;
    Ok((StatusCode::CREATED, Json(answer::door_enrolment(&begun))))
}

/// How an enrolment at the door stands; at least the latest 64 are remembered, until the program ends.
#[utoipa::path(
    get, path = "/api/v1/door/enrolments/{enrolment}", tag = "door", security(("key" = ["enrol"])),
    params(("enrolment" = String, Path, description = "`id` of the enrolment")),
    responses((status = 200, body = DoorEnrolmentAnswer), (status = "4XX", body = ErrorAnswer))
)]
pub(super) async fn show(
    State(state): State<ApiState>,
    Path(enrolment): Path<String>,
) -> Result<Json<DoorEnrolmentAnswer>, OwnError> {
    let found = state.enrolments().find(id(&enrolment)?)?;
    Ok(Json(answer::door_enrolment(&found)))
}

/// Cancels an enrolment at the door, unless it is being stored or has ended.
#[utoipa::path(
    delete, path = "/api/v1/door/enrolments/{enrolment}", tag = "door", security(("key" = ["enrol"])),
    params(("enrolment" = String, Path, description = "`id` of the enrolment")),
    responses((status = 204), (status = "4XX", body = ErrorAnswer))
)]
pub(super) async fn cancel(
    State(state): State<ApiState>,
    Path(enrolment): Path<String>,
) -> Result<StatusCode, OwnError> {
    state.enrolments().cancel(id(&enrolment)?)?;
    Ok(StatusCode::NO_CONTENT)
}

fn id(text: &str) -> Result<u128, OwnError> {
    let id = Uuid::try_parse(text).map_err(|_| DoorRefusal::NoSuchEnrolment)?;
    Ok(id.as_u128())
}
