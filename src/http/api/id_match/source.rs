//! Where the reference comes from: the board's own table, or a register that is asked over HTTP.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::{Effort, FacesWanted, Identity, IdentityKey, IdentityLookup, Template, Wanted};
use crate::http::api::ApiState;
use crate::http::api::backend::BackendError;
use crate::http::api::fetch::FetchError;
use crate::http::api::upload::base64_image;

use super::problem::{Code, Problem};

/// What is known of who holds a document.
pub struct OnRecord {
    pub reference: Template,
    pub identity: Map<String, Value>,
}

/// Bytes of a portrait, and of an answer with one in base64.
const MAX_PORTRAIT: usize = 10 << 20;
const MAX_ANSWER: usize = 16 << 20;

/// Asks the register if one is configured, else the board's own table.
///
/// # Errors
/// [`Code::IdNotFound`], [`Code::SubscriptionRequired`] if this board has no source,
/// [`Code::LandmarksNotFound`] if the portrait on record won't do, or [`Code::ServiceError`].
pub async fn look_up(state: &ApiState, key: IdentityKey) -> Result<OnRecord, Problem> {
    if let Some(url) = &state.settings().identity_url {
        return ask_register(state, url, &key).await;
    }
    match state.backend().look_up(key).await? {
        IdentityLookup::Known(identity) => Ok(of_table(*identity)),
        IdentityLookup::Unknown => Err(not_found()),
        IdentityLookup::NoSource => Err(Problem::new(
            Code::SubscriptionRequired,
            "this board has no identity source; import one with `ostiary identity import`, or set api.identity_url",
        )),
    }
}

fn of_table(identity: Identity) -> OnRecord {
    let key = [
        ("id_type", identity.key.id_type()),
        ("id_number", identity.key.number()),
    ];
    let key = key
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.into()));
    let attributes = identity
        .attributes
        .into_iter()
        .map(|(name, text)| (name, Value::String(text)));
    OnRecord {
        identity: key.chain(attributes).collect(),
        reference: identity.reference,
    }
}

/// What a register is asked. In the body, so that no number is in anybody's access log.
#[derive(Serialize)]
struct Question<'k> {
    id_type: &'k str,
    id_number: &'k str,
}

/// What it answers; `404` if it does not know the number.
#[derive(Deserialize)]
struct Register {
    identity: Map<String, Value>,
    /// Base64 or a data URL.
    photo: String,
}

async fn ask_register(state: &ApiState, url: &str, key: &IdentityKey) -> Result<OnRecord, Problem> {
    let question = Question {
        id_type: key.id_type(),
        id_number: key.number(),
    };
    let question = serde_json::to_vec(&question).map_err(|_| BackendError::Failed)?;
    let answered = state.fetcher().ask(url, question, MAX_ANSWER).await;
    let content = match answered {
        Err(FetchError::Status { status: 404, .. }) => return Err(not_found()),
        other => other?,
    };
    let unreadable = || {
        tracing::error!("the identity source answers something else than an identity and a photo");
        Problem::from(BackendError::Failed)
    };
    let Register { identity, photo } =
        serde_json::from_slice(&content).map_err(|_| unreadable())?;
    let photo = base64_image("photo", &photo, MAX_PORTRAIT).map_err(|_| unreadable())?;
    let reference = reference(state, photo).await?;
    Ok(OnRecord {
        reference,
        identity,
    })
}

async fn reference(state: &ApiState, photo: Vec<u8>) -> Result<Template, Problem> {
    let wanted = Wanted {
        faces: FacesWanted::Largest,
        liveness: false,
        portrait: false,
        effort: Effort::Accurate,
    };
    let unfit = || {
        Problem::new(
            Code::LandmarksNotFound,
            "no face was found in the portrait on record; have the register's photo renewed",
        )
    };
    let picture = match state.backend().examine(photo, wanted).await {
        Err(BackendError::Undecodable { .. }) => return Err(unfit()),
        other => other?,
    };
    let face = picture.faces.into_iter().next().ok_or_else(unfit)?;
    face.template.ok_or_else(unfit)
}

fn not_found() -> Problem {
    Problem::new(
        Code::IdNotFound,
        "no photo is on record for this id_number and id_type; check both",
    )
}
