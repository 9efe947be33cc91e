//! Sessions: a person proves on a page of the board that they live, and is compared with a picture.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use uuid::Uuid;

use super::error::OwnError;
use super::operations::{largest, wanted};
use super::request::Opening;
use super::wire::{
    ErrorAnswer, SessionAnswer, SessionComparison, SessionForm, SessionLiveness, SessionRequest,
};
use crate::domain::{Judgement, LivenessTest, PadScore, Policy, Presentation, Quality, Standing};
use crate::http::api::credentials::Caller;
use crate::http::api::sessions::{
    self, Findings, MediaUrl, Notice, Order, Redirect, Reference, Stage,
};
use crate::http::api::{ApiState, Dialect};

/// Opens a session. `url` is for the person's browser, within an hour.
#[utoipa::path(
    post, path = "/api/v1/sessions", tag = "sessions", security(("key" = ["verify"])),
    request_body(content(
        (SessionRequest = "application/json"),
        (SessionForm = "multipart/form-data"),
    )),
    responses(
        (status = 201, body = SessionAnswer),
        (status = "4XX", body = ErrorAnswer),
        (status = "5XX", body = ErrorAnswer),
    )
)]
pub(super) async fn open(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<(StatusCode, Json<SessionAnswer>), OwnError> {
    let Opening {
        reference,
        redirect_url,
        callback_url,
    } = Opening::read(request, state.fetcher()).await?;
    let mut references = Vec::new();
    if let Some(file) = reference {
        let picture = state.backend().examine(file, wanted(false)).await?;
        let (_, template) = largest(&picture, "the reference")?;
        references.push(Reference {
            // The caller has the picture; nothing here needs it again.
            picture: MediaUrl::elsewhere(""),
            template,
        });
    }
    let id = Uuid::new_v4();
    let order = Order {
        id: id.as_u128(),
        dialect: Dialect::Own,
        owner: caller.client,
        reference_id: None,
        is_unique: false,
        redirect: redirect_url.map(|url| Redirect { url, query }),
        notice: callback_url.map(|url| Notice { url, body }),
        references,
        complete: true,
        wants_place: false,
    };
    let token = state.sessions().add(order, state.monotonic())?;
    let answer = SessionAnswer {
        url: Some(sessions::page_url(&state.public_url(), &token)),
        ..answer(id.as_u128(), "ready", None, &state.settings().policy)
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// How a session stands, and what it came to; for 24 hours after its end.
#[utoipa::path(
    get, path = "/api/v1/sessions/{session}", tag = "sessions", security(("key" = ["verify"])),
    params(("session" = String, Path, description = "`id` of the session")),
    responses((status = 200, body = SessionAnswer), (status = "4XX", body = ErrorAnswer))
)]
pub(super) async fn show(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Path(session): Path<String>,
) -> Result<Json<SessionAnswer>, OwnError> {
    let id = Uuid::try_parse(&session).map_err(|_| OwnError::NoSession)?;
    let policy = &state.settings().policy;
    let found = state
        .sessions()
        .with(id.as_u128(), Dialect::Own, &caller.client, |session| {
            let findings = match &session.stage {
                Stage::Finished(findings) => Some(&**findings),
                _ => None,
            };
            answer(id.as_u128(), session.stage.code(), findings, policy)
        });
    found.map(Json).ok_or(OwnError::NoSession)
}

fn answer(
    id: u128,
    stage: &'static str,
    findings: Option<&Findings>,
    policy: &Policy,
) -> SessionAnswer {
    let told = |url: &Option<MediaUrl>| url.as_ref().map(|url| url.as_str().to_owned());
    let compared = findings.and_then(|findings| findings.matches.first());
    SessionAnswer {
        id: Uuid::from_u128(id).hyphenated().to_string(),
        stage,
        url: None,
        verdict: findings.and_then(|findings| verdict(findings, policy)),
        liveness: findings.map(|findings| {
            let (score, cues) = (findings.liveness.score, findings.liveness.cues);
            SessionLiveness {
                score: score.get(),
                bona_fide: is_bona_fide(findings, policy),
                challenge_passed: cues.challenge_passed,
                static_risk: cues.static_risk,
                prerecorded_risk: cues.prerecorded_risk,
            }
        }),
        comparison: compared.map(|compared| SessionComparison {
            similarity: compared.similarity.get(),
            cosine: compared.cosine.get(),
            steadiness: compared.steadiness,
        }),
        picture: findings.and_then(|findings| told(&findings.target)),
        video: findings.and_then(|findings| told(&findings.video)),
    }
}

fn is_bona_fide(findings: &Findings, policy: &Policy) -> bool {
    policy.is_bona_fide(findings.liveness.score) && !findings.liveness.cues.is_refused()
}

/// As of a verification; nothing without a reference.
fn verdict(findings: &Findings, policy: &Policy) -> Option<&'static str> {
    let compared = findings.matches.first()?;
    let score = if findings.liveness.cues.is_refused() {
        PadScore::MIN
    } else {
        findings.liveness.score
    };
    let presentation = Presentation {
        similarity: compared.similarity,
        standing: Standing::Valid,
        // Frames were chosen for their quality.
        quality: Quality::MAX,
        liveness: LivenessTest::Wanted(Some(score)),
    };
    Some(Judgement::of(&presentation, policy).code())
}

/// What is posted to `callback_url`: the session as it would be told.
fn body(state: &ApiState, order: &Order, _: &[MediaUrl], findings: &Findings) -> Vec<u8> {
    let policy = &state.settings().policy;
    let answer = answer(order.id, "finished", Some(findings), policy);
    serde_json::to_vec(&answer).unwrap_or_default()
}

/// What is added to `redirect_url`.
fn query(_: &ApiState, order: &Order, _: &Findings) -> Vec<(&'static str, String)> {
    let id = Uuid::from_u128(order.id).hyphenated().to_string();
    vec![("session", id)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Cosine, Similarity};
    use crate::http::api::sessions::{Cues, Liveness, Match};

    fn verdict_of(similarity: f32, score: f32, cues: Cues) -> Option<&'static str> {
        let findings = Findings {
            liveness: Liveness {
                score: PadScore::saturating(score),
                cues,
            },
            matches: vec![Match {
                similarity: Similarity::saturating(similarity),
                cosine: Cosine::saturating(similarity),
                steadiness: 1.0,
                frame: None,
            }],
            target: None,
            video: None,
            place: None,
        };
        verdict(&findings, &Policy::default())
    }

    #[test]
    fn who_did_not_pass_the_challenge_is_nobody() {
        let failed = Cues {
            challenge_passed: Some(false),
            ..Cues::default()
        };
        let still = Cues {
            static_risk: true,
            ..Cues::default()
        };
        assert_eq!(verdict_of(0.9, 1.0, Cues::default()), Some("mated"));
        assert_eq!(verdict_of(0.1, 1.0, Cues::default()), Some("non_mated"));
        for (score, cues) in [(1.0, failed), (1.0, still), (0.0, Cues::default())] {
            let verdict = verdict_of(0.9, score, cues);
            assert_eq!(verdict, Some("presentation_attack"), "{score} {cues:?}");
        }
    }
}
