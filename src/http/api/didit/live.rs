//! The live face as an upload, for callers with a camera of their own.

use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::{Extension, Json};

use crate::domain::{Effort, FacesWanted, PictureFormat, Wanted};
use crate::http::api::ApiState;
use crate::http::api::Dialect;
use crate::http::api::credentials::Caller;
use crate::http::api::sessions::{
    self, Clip, Cues, Footage, JpegFile, LiveFrame, Session, StageError,
};
use crate::http::api::upload::{Form, FormLimits, UploadError};

use super::fault::Fault;
use super::number;
use super::wire::Taken;

/// A video's file.
const MAX_VIDEO: usize = 20 << 20;
/// As long as the video of a report may be.
const LONGEST: Duration = Duration::from_secs(15);
const ENVELOPE: usize = 64 << 10;

/// Takes a `video` or a `selfie`, compares it with the document and keeps the findings.
pub(super) async fn live(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<Taken>, Fault> {
    let number = number(&id)?;
    let owner = caller.client;
    // Before the upload is read, and once more when it is evaluated.
    with(&state, number, &owner, |session| session.ready_for_live())?;
    let limits = FormLimits {
        field: MAX_VIDEO,
        total: MAX_VIDEO + ENVELOPE,
        repeatable: &[],
    };
    let mut form = Form::read(request, limits).await?;
    let footage = match (form.take("video"), form.take("selfie")) {
        (Ok(video), Err(_)) => from_video(&state, video).await?,
        (Err(_), Ok(selfie)) => from_selfie(&state, selfie).await?,
        (Err(_), Err(_)) => return Err(UploadError::Missing("video or selfie".into()).into()),
        (Ok(_), Ok(_)) => return Err(Fault::Both),
    };
    let now = state.monotonic();
    let references = with(&state, number, &owner, |session| {
        session.evaluate_upload(now)
    })?;
    // On a task of its own: it comes to its end even if the caller hangs up.
    let evaluation = tokio::spawn(async move {
        let findings = sessions::evaluate(&state, &references, footage).await;
        sessions::finish(&state, number, findings);
    });
    evaluation.await.map_err(|_| Fault::Internal)?;
    Ok(Json(Taken {
        session_id: id,
        detail: "The report is ready.",
    }))
}

fn with<T>(
    state: &ApiState,
    number: u128,
    owner: &crate::http::api::keys::ClientId,
    work: impl FnOnce(&mut Session) -> Result<T, StageError>,
) -> Result<T, Fault> {
    state
        .sessions()
        .with(number, Dialect::Didit, owner, work)
        .ok_or(Fault::UnknownSession)?
        .map_err(Fault::from)
}

async fn from_video(state: &ApiState, file: Vec<u8>) -> Result<Footage, Fault> {
    let video = state.backend().examine_video(file, LONGEST, true).await?;
    let score = video.pad.ok_or(Fault::NoFace { field: "video" })?;
    let frames = video.frames.into_iter().map(|frame| LiveFrame {
        jpeg: JpegFile(frame.jpeg.0),
        template: frame.template,
        quality: frame.quality,
    });
    Ok(Footage {
        frames: frames.collect(),
        clip: video.clip.map_or(Clip::None, Clip::Mp4),
        cues: Cues {
            static_risk: video.static_risk,
            prerecorded_risk: video.prerecorded_risk,
            challenge_passed: None,
        },
        score: Some(score),
        place: None,
    })
}

/// A single picture. Its own file is the target image if that is a JPEG, else the portrait out of it.
async fn from_selfie(state: &ApiState, file: Vec<u8>) -> Result<Footage, Fault> {
    let wanted = Wanted {
        faces: FacesWanted::Largest,
        liveness: true,
        portrait: true,
        effort: Effort::Accurate,
    };
    let picture = state.backend().examine(file.clone(), wanted).await?;
    let face = picture.faces.into_iter().next();
    let face = face.ok_or(Fault::NoFace { field: "selfie" })?;
    let (Some(template), Some(score), Some(portrait)) = (face.template, face.pad, face.portrait)
    else {
        return Err(Fault::NoFace { field: "selfie" });
    };
    let jpeg = match picture.format {
        PictureFormat::Jpeg => file,
        PictureFormat::Png | PictureFormat::WebP => portrait.0,
    };
    Ok(Footage {
        frames: vec![LiveFrame {
            jpeg: JpegFile(jpeg),
            template,
            quality: face.quality,
        }],
        clip: Clip::None,
        cues: Cues::default(),
        score: Some(score),
        place: None,
    })
}
