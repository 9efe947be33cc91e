//! Passive liveness: one image, or one short video.

use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::domain::{Effort, FacesWanted, PictureFormat, Wanted};
use crate::http::api::ApiState;
use crate::http::api::sessions::{Cues, Liveness};
use crate::http::api::upload::{self, Form, FormLimits};

use super::fault::{Fault, SIDES};
use super::terms::truth;
use super::wire::{self, ImageLiveness, Passive, Terms, VideoLiveness};
use super::{answer, bands, metadata, transaction};

/// An image's file. The document sets no limit.
const MAX_IMAGE: usize = 10 << 20;
/// A video's file.
const MAX_VIDEO: usize = 20_000_000;
const VIDEO_LIMIT: &str = "20 MB";
const LONGEST: Duration = Duration::from_secs(10);
/// What a form or JSON has beside its file.
const ENVELOPE: usize = 64 << 10;

const IMAGES: &str = "a JPG or PNG image";

/// A file, sent with consent and a purpose, and what was said with it.
struct Sent {
    file: Vec<u8>,
    skip_metadata: bool,
}

pub(super) async fn image(
    State(state): State<ApiState>,
    request: Request,
) -> Result<Json<Passive<ImageLiveness>>, Fault> {
    let sent = if is_json(&request) {
        image_json(request).await?
    } else {
        image_form(request).await?
    };
    let lacking = metadata::missing_tags(&sent.file);
    let wanted = Wanted {
        faces: FacesWanted::Largest,
        liveness: true,
        portrait: false,
        effort: Effort::Fast,
    };
    let picture = state.backend().examine(sent.file, wanted).await?;
    if picture.format == PictureFormat::WebP {
        return Err(Fault::FileFormat {
            field: "image",
            wanted: IMAGES,
        });
    }
    let (width, height) = (picture.width, picture.height);
    if !SIDES.contains(&width) || !SIDES.contains(&height) {
        return Err(Fault::Resolution { width, height });
    }
    if !sent.skip_metadata && !lacking.is_empty() {
        return Err(Fault::Metadata(lacking.join(", ")));
    }
    let face = picture.faces.first().ok_or(Fault::NoFace("image"))?;
    let score = face.pad.ok_or(Fault::Internal)?;
    Ok(Json(Passive {
        head: answer::success(transaction::new_id()),
        message: "Passive liveness check performed successfully",
        data: answer::image(score, &bands(&state)),
        response_key: "success_liveness_check",
    }))
}

pub(super) async fn video(
    State(state): State<ApiState>,
    request: Request,
) -> Result<Json<Passive<VideoLiveness>>, Fault> {
    let (file, url) = if is_json(&request) {
        let sent: wire::PassiveVideo = json(request, MAX_VIDEO).await?;
        sent.terms.agreed()?;
        let file = optional_base64(sent.video.as_ref(), "video")?;
        let url = optional_text(sent.video_url.as_ref(), "video_url")?;
        (file, url)
    } else {
        let mut form = Form::read(request, limits(MAX_VIDEO)).await?;
        terms(&form)?.agreed()?;
        let file = form.take("video").ok().filter(|file| !file.is_empty());
        let url = form.optional_text("video_url")?.map(str::to_owned);
        (file, url.filter(|url| !url.is_empty()))
    };
    let file = match (file, url) {
        (Some(file), None) => file,
        (None, Some(url)) => fetch_video(&state, &url).await?,
        (None, None) => return Err(Fault::MissingFile { field: "video" }),
        (Some(_), Some(_)) => {
            let both = "send either video or video_url, not both";
            return Err(Fault::Malformed(both.into()));
        }
    };
    let video = state.backend().examine_video(file, LONGEST, false).await?;
    let (width, height) = (video.width, video.height);
    if !SIDES.contains(&width) || !SIDES.contains(&height) {
        return Err(Fault::Resolution { width, height });
    }
    let score = video.pad.ok_or(Fault::NoFace("video"))?;
    let liveness = Liveness {
        score,
        cues: Cues {
            static_risk: video.static_risk,
            prerecorded_risk: video.prerecorded_risk,
            challenge_passed: None,
        },
    };
    Ok(Json(Passive {
        head: answer::success(transaction::new_id()),
        message: "Liveliness check performed successfully",
        data: answer::video(&liveness, &bands(&state)),
        response_key: "success_liveness_check",
    }))
}

async fn fetch_video(state: &ApiState, url: &str) -> Result<Vec<u8>, Fault> {
    let fetched = state.fetcher().get(url, MAX_VIDEO).await;
    fetched.map_err(|error| Fault::Url {
        field: "video_url",
        problem: error.to_string(),
    })
}

async fn image_json(request: Request) -> Result<Sent, Fault> {
    let sent: wire::PassiveImage = json(request, MAX_IMAGE).await?;
    sent.terms.agreed()?;
    let text = optional_text(sent.image.as_ref(), "image")?;
    let text = text.ok_or(Fault::MissingFile { field: "image" })?;
    Ok(Sent {
        file: upload::base64_image("image", &text, MAX_IMAGE)?,
        skip_metadata: flag(
            sent.skip_metadata_validation.as_ref(),
            "skip_metadata_validation",
        )?,
    })
}

async fn image_form(request: Request) -> Result<Sent, Fault> {
    let mut form = Form::read(request, limits(MAX_IMAGE)).await?;
    terms(&form)?.agreed()?;
    let file = form.take("image").unwrap_or_default();
    if file.is_empty() {
        return Err(Fault::MissingFile { field: "image" });
    }
    let skip = "skip_metadata_validation";
    let told = form.optional_text(skip)?.map(Value::from);
    Ok(Sent {
        file,
        skip_metadata: flag(told.as_ref(), skip)?,
    })
}

fn terms(form: &Form) -> Result<Terms, Fault> {
    let text = |name: &str| -> Result<Option<Value>, Fault> {
        Ok(form.optional_text(name)?.map(Value::from))
    };
    Ok(Terms {
        reference_id: text("reference_id")?,
        consent: text("consent")?,
        purpose: match text("purpose")? {
            None => text("consent_purpose")?,
            told => told,
        },
    })
}

fn flag(value: Option<&Value>, name: &str) -> Result<bool, Fault> {
    match value {
        None | Some(Value::Null) => Ok(false),
        told => {
            truth(told).ok_or_else(|| Fault::Malformed(format!("{name} must be true or false")))
        }
    }
}

/// A text that is there and not empty.
pub(super) fn optional_text(
    value: Option<&Value>,
    field: &'static str,
) -> Result<Option<String>, Fault> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(Fault::Malformed(format!("{field} must be text"))),
    }
}

fn optional_base64(value: Option<&Value>, field: &'static str) -> Result<Option<Vec<u8>>, Fault> {
    let Some(text) = optional_text(value, field)? else {
        return Ok(None);
    };
    let file = STANDARD.decode(text).map_err(|_| Fault::FileFormat {
        field,
        wanted: "base64",
    })?;
    if file.len() > MAX_VIDEO {
        return Err(Fault::FileSize {
            field,
            limit: VIDEO_LIMIT,
        });
    }
    Ok(Some(file))
}

fn limits(file: usize) -> FormLimits {
    FormLimits {
        field: file,
        total: file + ENVELOPE,
        repeatable: &[],
    }
}

/// Reads JSON with one file in base64, which takes a third more.
async fn json<T: serde::de::DeserializeOwned>(request: Request, file: usize) -> Result<T, Fault> {
    Ok(upload::json(request, file / 3 * 4 + ENVELOPE).await?)
}

fn is_json(request: &Request) -> bool {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let text = content_type.and_then(|value| value.to_str().ok());
    text.is_some_and(|text| text.starts_with("application/json"))
}
