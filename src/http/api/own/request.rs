//! Requests as they come, in JSON or as a form, brought to one shape.

use std::ops::RangeInclusive;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use time::macros::format_description;
use time::{Date, UtcDateTime};
use uuid::Uuid;

use super::error::OwnError;
use super::wire::{
    DoorEnrolmentRequest, EnrolRequest, IdentifyRequest, SessionRequest, VerifyRequest,
};
use crate::domain::{EnrolmentOrder, Policy, Similarity, Subject, SubjectId};
use crate::http::api::backend::{Bytes, Enrolling};
use crate::http::api::fetch::Fetcher;
use crate::http::api::sessions::is_web_address;
use crate::http::api::upload::{self, Form, FormLimits, UploadError, base64_image};

/// Of one picture, in bytes.
pub(super) const MAX_PICTURE: usize = 10 << 20;
/// Two pictures in base64 with room for the rest; enough for the pictures of an enrolment, which are
/// smaller.
const MAX_REQUEST: usize = 30 << 20;
const LIMITS: FormLimits = FormLimits {
    field: MAX_PICTURE,
    total: MAX_REQUEST,
    repeatable: &["picture"],
};
/// Below it, most strangers match.
const LOWEST_ACCEPT: f32 = 0.5;

/// A checked verification.
pub(super) struct Verify {
    pub probe: Vec<u8>,
    pub against: Against,
    pub liveness: bool,
    /// With the caller's threshold.
    pub policy: Policy,
}

pub(super) enum Against {
    Picture(Vec<u8>),
    Subject(SubjectId),
}

impl Verify {
    pub async fn read(request: Request, policy: Policy) -> Result<Self, OwnError> {
        let (probe, reference, subject, liveness, accept);
        if is_form(request.headers()) {
            let mut form = Form::read(request, LIMITS).await?;
            probe = form.take("probe")?;
            reference = optional(form.take("reference"))?;
            subject = form.optional_text("subject")?.map(str::to_owned);
            liveness = flag(&form, "liveness")?;
            accept = match form.optional_text("accept_similarity")? {
                Some(text) => Some(text.parse().map_err(|_| OwnError::Value {
                    field: "accept_similarity",
                    problem: "is no number".into(),
                })?),
                None => None,
            };
        } else {
            let wire: VerifyRequest = upload::json(request, MAX_REQUEST).await?;
            probe = picture("probe", &wire.probe)?;
            reference = match &wire.reference {
                Some(text) => Some(picture("reference", text)?),
                None => None,
            };
            (subject, liveness, accept) = (wire.subject, wire.liveness, wire.accept_similarity);
        }
        let against = match (reference, subject) {
            (Some(reference), None) => Against::Picture(reference),
            (None, Some(subject)) => Against::Subject(subject_id(&subject)?),
            (None, None) => return Err(UploadError::Missing("reference".into()).into()),
            (Some(_), Some(_)) => {
                return Err(OwnError::Value {
                    field: "subject",
                    problem: "send either a reference or a subject, not both".into(),
                });
            }
        };
        Ok(Self {
            probe,
            against,
            liveness: liveness.unwrap_or(true),
            policy: with_accept(policy, accept)?,
        })
    }
}

/// A checked identification.
pub(super) struct Identify {
    pub probe: Vec<u8>,
    pub liveness: bool,
}

impl Identify {
    pub async fn read(request: Request) -> Result<Self, OwnError> {
        let (probe, liveness) = if is_form(request.headers()) {
            let mut form = Form::read(request, LIMITS).await?;
            let liveness = flag(&form, "liveness")?;
            (form.take("probe")?, liveness)
        } else {
            let wire: IdentifyRequest = upload::json(request, MAX_REQUEST).await?;
            (picture("probe", &wire.probe)?, wire.liveness)
        };
        Ok(Self {
            probe,
            liveness: liveness.unwrap_or(true),
        })
    }
}

/// A checked session.
pub(super) struct Opening {
    pub reference: Option<Vec<u8>>,
    pub redirect_url: Option<String>,
    pub callback_url: Option<String>,
}

impl Opening {
    pub async fn read(request: Request, fetcher: &Fetcher) -> Result<Self, OwnError> {
        let opening = if is_form(request.headers()) {
            let mut form = Form::read(request, LIMITS).await?;
            Self {
                redirect_url: form.optional_text("redirect_url")?.map(str::to_owned),
                callback_url: form.optional_text("callback_url")?.map(str::to_owned),
                reference: optional(form.take("reference"))?,
            }
        } else {
            let wire: SessionRequest = upload::json(request, MAX_REQUEST).await?;
            Self {
                reference: match &wire.reference {
                    Some(text) => Some(picture("reference", text)?),
                    None => None,
                },
                redirect_url: wire.redirect_url,
                callback_url: wire.callback_url,
            }
        };
        let redirect = opening.redirect_url.as_deref();
        if redirect.is_some_and(|url| !is_web_address(url)) {
            return Err(OwnError::Value {
                field: "redirect_url",
                problem: "is no http or https address".into(),
            });
        }
        if let Some(url) = &opening.callback_url {
            fetcher.check(url).map_err(|error| OwnError::Value {
                field: "callback_url",
                problem: error.to_string(),
            })?;
        }
        Ok(opening)
    }
}

/// A checked enrolment.
pub(super) async fn enrolling(request: Request) -> Result<Enrolling, OwnError> {
    let (subject, name, until, force, pictures);
    if is_form(request.headers()) {
        let form = Form::read(request, LIMITS).await?;
        subject = form.text("subject")?.to_owned();
        name = form.optional_text("name")?.map(str::to_owned);
        until = form.optional_text("until")?.map(str::to_owned);
        force = flag(&form, "force")?;
        pictures = form.files("picture").map(<[u8]>::to_vec).collect();
    } else {
        let wire: EnrolRequest = upload::json(request, MAX_REQUEST).await?;
        pictures = wire
            .picture
            .iter()
            .map(|text| picture("picture", text))
            .collect::<Result<Vec<_>, _>>()?;
        (subject, name, until, force) = (wire.subject, wire.name, wire.until, wire.force);
    }
    if pictures.is_empty() {
        return Err(UploadError::Missing("picture".into()).into());
    }
    check_name(name.as_deref())?;
    Ok(Enrolling {
        subject: subject_id(&subject)?,
        name,
        expires: until.as_deref().map(end_of_day).transpose()?,
        force: force.unwrap_or(false),
        pictures: pictures.into_iter().map(Bytes).collect(),
    })
}

/// Seconds that an enrolment at the door may take.
const DOOR_TIME: RangeInclusive<u16> = 10..=300;
const DEFAULT_DOOR_TIME: u16 = 60;
/// A checked enrolment at the door, with an id of its own.
pub(super) async fn door_enrolment(
    request: Request,
    asked_by: String,
) -> Result<EnrolmentOrder, OwnError> {
    const MAX_ORDER: usize = 16 << 10;
    let wire: DoorEnrolmentRequest = upload::json(request, MAX_ORDER).await?;
    let refused = |field, problem| Err(OwnError::Value { field, problem });
    check_name(wire.name.as_deref())?;
    let seconds = wire.time_limit_s.unwrap_or(DEFAULT_DOOR_TIME);
    if !DOOR_TIME.contains(&seconds) {
        let (least, most) = (DOOR_TIME.start(), DOOR_TIME.end());
        return refused("time_limit_s", format!("must be from {least} to {most}"));
    }
    Ok(EnrolmentOrder {
        id: Uuid::new_v4().as_u128(),
        subject: subject_id(&wire.subject)?,
        name: wire.name,
        expires: wire.until.as_deref().map(end_of_day).transpose()?,
        asked_by,
        time_limit: Duration::from_secs(seconds.into()),
    })
}

/// Holds a name to what the store takes.
fn check_name(name: Option<&str>) -> Result<(), OwnError> {
    if name.is_none_or(Subject::is_name) {
        return Ok(());
    }
    Err(OwnError::Value {
        field: "name",
        problem: format!(
            "is longer than {} bytes, or has control characters",
            Subject::MAX_NAME
        ),
    })
}

/// An ID number.
pub(super) fn subject_id(text: &str) -> Result<SubjectId, OwnError> {
    text.parse()
        .map_err(|error: crate::domain::SubjectIdError| OwnError::Value {
            field: "subject",
            problem: error.to_string(),
        })
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"multipart/"))
}

fn picture(field: &str, text: &str) -> Result<Vec<u8>, UploadError> {
    base64_image(field, text, MAX_PICTURE)
}

fn optional<T>(found: Result<T, UploadError>) -> Result<Option<T>, UploadError> {
    match found {
        Err(UploadError::Missing(_)) => Ok(None),
        other => other.map(Some),
    }
}

fn flag(form: &Form, field: &'static str) -> Result<Option<bool>, OwnError> {
    match form.optional_text(field)? {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(OwnError::Value {
            field,
            problem: "is neither true nor false".into(),
        }),
    }
}

fn with_accept(policy: Policy, accept: Option<f32>) -> Result<Policy, OwnError> {
    let Some(accept) = accept else {
        return Ok(policy);
    };
    let refused = || OwnError::Value {
        field: "accept_similarity",
        problem: format!("must be from {LOWEST_ACCEPT} to 1"),
    };
    let accept = Similarity::new(accept).map_err(|_| refused())?;
    if accept.get() < LOWEST_ACCEPT {
        return Err(refused());
    }
    let review = if policy.review_similarity <= accept {
        policy.review_similarity
    } else {
        accept
    };
    Ok(Policy {
        accept_similarity: accept,
        review_similarity: review,
        ..policy
    })
}

/// The enrolment ends when the day after `date` begins.
fn end_of_day(date: &str) -> Result<UtcDateTime, OwnError> {
    let refused = || OwnError::Value {
        field: "until",
        problem: "is no date like 2027-12-31".into(),
    };
    let day = Date::parse(date, format_description!("[year]-[month]-[day]"));
    let next = day.ok().and_then(Date::next_day).ok_or_else(refused)?;
    Ok(next.midnight().as_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_a_number_within_reason() {
        let policy = Policy::default();
        let accept = |value| with_accept(policy, Some(value)).map(|p| p.accept_similarity.get());
        assert_eq!(accept(0.9).unwrap(), 0.9);
        for value in [0.49, 1.01, -1.0, f32::NAN, f32::INFINITY] {
            assert!(accept(value).is_err(), "{value}");
        }
        let lower = with_accept(policy, Some(0.5)).unwrap();
        assert!(lower.validated().is_ok());
    }

    #[test]
    fn a_name_has_no_control_characters() {
        assert!(check_name(None).is_ok() && check_name(Some("Ada Lovelace")).is_ok());
        for name in ["Ada\nLovelace", "\x1b[2J", &"x".repeat(256)] {
            assert!(check_name(Some(name)).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_day_ends_when_the_next_begins() {
        let ends = end_of_day("2026-12-31").unwrap();
        assert_eq!(ends, time::macros::utc_datetime!(2027-01-01 0:00));
        for text in ["", "2026-13-01", "tomorrow", "9999-12-31T"] {
            assert!(end_of_day(text).is_err(), "{text}");
        }
    }
}
