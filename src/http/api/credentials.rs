//! Who calls, told before anything of the body is read.
//!
//! A dialect names where its credentials stand and wraps its routes in [`guard`]; behind it every
//! handler finds its [`Caller`] as an extension. Compared in constant time, limited, and locked out after
//! wrong tries. An audit entry is written by the layer around it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use subtle::ConstantTimeEq;

use super::ApiState;
use super::calls::Outcome;
use super::key_ring::Checked;
use super::keys::{self, ClientId, Scope, Scopes};

/// Where a dialect's credentials stand in the headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialScheme {
    /// The key's id in one header and its secret in another.
    Pair {
        id: &'static str,
        secret: &'static str,
    },
    /// `Authorization: Bearer <id>.<secret>`.
    Bearer,
    /// `<id>.<secret>` in one header.
    ApiKey { header: &'static str },
    /// As `Pair`, and the key's module secret in a third header.
    Triple {
        id: &'static str,
        secret: &'static str,
        module: &'static str,
    },
}

/// Who called. In the extensions of the request for handlers, and of the response for the audit log.
#[derive(Debug, Clone)]
pub struct Caller {
    pub name: String,
    pub scopes: Scopes,
    pub client: ClientId,
}

/// Why a request is not looked at. Dialects word it in their own codes; `Retry-After` is added to
/// whatever they answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the header {0} is missing or no text")]
    Missing(&'static str),
    #[error("the credentials are wrong")]
    Wrong,
    #[error("wrong credentials were sent too often; try again in {} s", after.as_secs() + 1)]
    LockedOut { after: Duration },
    #[error("too many requests with this key; try again in {} s", after.as_secs() + 1)]
    TooMany { after: Duration },
    #[error("the board is busy; try again in {} s", after.as_secs() + 1)]
    Busy { after: Duration },
    #[error("this key lacks the scope {}", .0.name())]
    Scope(Scope),
}

impl Refusal {
    /// The word for the audit log and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "credentials_missing",
            Self::Wrong => "credentials_wrong",
            Self::LockedOut { .. } => "locked_out",
            Self::TooMany { .. } => "too_many_requests",
            Self::Busy { .. } => "busy",
            Self::Scope(_) => "scope_missing",
        }
    }

    /// When to try again, where that helps.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::LockedOut { after } | Self::TooMany { after } | Self::Busy { after } => {
                Some(*after)
            }
            Self::Missing(_) | Self::Wrong | Self::Scope(_) => None,
        }
    }
}

/// What a group of routes asks of its callers.
#[derive(Debug, Clone, Copy)]
pub struct Guard {
    pub scheme: CredentialScheme,
    pub scope: Scope,
    pub on_refusal: fn(&Refusal) -> Response,
}

/// Lets only callers through whose key has the scope. Unknown paths are not found, for anybody.
pub fn guard(routes: Router<ApiState>, state: &ApiState, guard: Guard) -> Router<ApiState> {
    routes.route_layer(middleware::from_fn_with_state(
        (state.clone(), guard),
        let_through,
    ))
}

/// Adds `Retry-After` in whole seconds, rounded up.
pub fn with_retry_after(mut answer: Response, after: Duration) -> Response {
    let seconds = HeaderValue::from(after.as_secs() + 1);
    answer.headers_mut().insert(header::RETRY_AFTER, seconds);
    answer
}

async fn let_through(
    State((state, guard)): State<(ApiState, Guard)>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
    let caller = match admit(&state, guard, peer, request.headers()).await {
        Ok(caller) => caller,
        Err(refusal) => {
            let mut answer = (guard.on_refusal)(&refusal);
            answer.extensions_mut().insert(Outcome(refusal.code()));
            return match refusal.retry_after() {
                Some(after) => with_retry_after(answer, after),
                None => answer,
            };
        }
    };
    // Held until the answer is made: so many bodies are in memory at a time, and no more.
    let Ok(_place) = state.places().try_acquire() else {
        let refusal = Refusal::Busy {
            after: ApiState::RETRY_AFTER,
        };
        let mut answer = (guard.on_refusal)(&refusal);
        answer.extensions_mut().insert(Outcome(refusal.code()));
        answer.extensions_mut().insert(caller);
        return with_retry_after(answer, ApiState::RETRY_AFTER);
    };
    request.extensions_mut().insert(caller.clone());
    let mut answer = next.run(request).await;
    answer.extensions_mut().insert(caller);
    answer
}

async fn admit(
    state: &ApiState,
    guard: Guard,
    peer: IpAddr,
    headers: &HeaderMap,
) -> Result<Caller, Refusal> {
    let shown = Shown::of(guard.scheme, headers)?;
    let guesser = (peer, state.keys().find(shown.id));
    let now = state.monotonic();
    if let Some(after) = state.lock_out().remaining(&guesser, now) {
        return Err(Refusal::LockedOut { after });
    }
    let key = match state.keys().check(shown.id, shown.secret).await {
        Checked::Known(key) if shown.module_fits() => key,
        Checked::Known(_) | Checked::Unknown => {
            state.lock_out().failed(guesser, now);
            return Err(Refusal::Wrong);
        }
        Checked::Busy => {
            return Err(Refusal::Busy {
                after: ApiState::RETRY_AFTER,
            });
        }
    };
    state.lock_out().succeeded(&guesser);
    if !key.scopes.contains(&guard.scope) {
        return Err(Refusal::Scope(guard.scope));
    }
    state
        .rate_limit()
        .check(&key.id)
        .map_err(|after| Refusal::TooMany { after })?;
    Ok(Caller {
        name: key.name.clone(),
        scopes: key.scopes.clone(),
        client: key.id.clone(),
    })
}

/// Credentials as they stand in the headers.
struct Shown<'h> {
    id: &'h str,
    secret: &'h str,
    module: Option<&'h str>,
}

impl<'h> Shown<'h> {
    fn of(scheme: CredentialScheme, headers: &'h HeaderMap) -> Result<Self, Refusal> {
        let text = |name: &'static str| {
            let mut values = headers.get_all(name).iter();
            match (values.next().map(HeaderValue::to_str), values.next()) {
                (Some(Ok(text)), None) if !text.is_empty() => Ok(text),
                _ => Err(Refusal::Missing(name)),
            }
        };
        match scheme {
            CredentialScheme::Pair { id, secret } => Ok(Self {
                id: text(id)?,
                secret: text(secret)?,
                module: None,
            }),
            CredentialScheme::Triple { id, secret, module } => Ok(Self {
                id: text(id)?,
                secret: text(secret)?,
                module: Some(text(module)?),
            }),
            CredentialScheme::Bearer => {
                let authorization = text("authorization")?;
                let token = match authorization.split_once(' ') {
                    Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
                    _ => return Err(Refusal::Missing("authorization")),
                };
                Self::joined(token)
            }
            CredentialScheme::ApiKey { header } => Self::joined(text(header)?),
        }
    }

    /// `<id>.<secret>`
    fn joined(text: &'h str) -> Result<Self, Refusal> {
        let (id, secret) = text.split_once('.').ok_or(Refusal::Wrong)?;
        Ok(Self {
            id,
            secret,
            module: None,
        })
    }

    /// Whether the third credential, if the scheme has one, belongs to the secret.
    fn module_fits(&self) -> bool {
        self.module.is_none_or(|module| {
            let expected = keys::module_secret(self.secret.as_bytes());
            module.as_bytes().ct_eq(expected.as_bytes()).into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(
        scheme: CredentialScheme,
        headers: &[(&'static str, &str)],
    ) -> Result<String, Refusal> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        Shown::of(scheme, &map).map(|s| format!("{}|{}|{:?}", s.id, s.secret, s.module))
    }

    #[test]
    fn credentials_are_found_where_the_dialect_has_them() {
        let pair = CredentialScheme::Pair {
            id: "app_id",
            secret: "app_key",
        };
        let triple = CredentialScheme::Triple {
            id: "client_id",
            secret: "client_secret",
            module: "module_secret",
        };
        let bearer = CredentialScheme::Bearer;
        assert_eq!(
            shown(pair, &[("app_id", "i"), ("app_key", "s")]).unwrap(),
            "i|s|None"
        );
        assert_eq!(
            shown(pair, &[("app_id", "i")]),
            Err(Refusal::Missing("app_key"))
        );
        let twice = [("app_id", "i"), ("app_id", "j"), ("app_key", "s")];
        assert_eq!(shown(pair, &twice), Err(Refusal::Missing("app_id")));
        let all = [
            ("client_id", "i"),
            ("client_secret", "s"),
            ("module_secret", "m"),
        ];
        assert_eq!(shown(triple, &all).unwrap(), "i|s|Some(\"m\")");
        assert_eq!(
            shown(triple, &all[..2]),
            Err(Refusal::Missing("module_secret"))
        );
        assert_eq!(
            shown(bearer, &[("authorization", "bearer i.s")]).unwrap(),
            "i|s|None"
        );
        for (value, refusal) in [
            ("Basic aTpz", Refusal::Missing("authorization")),
            ("Bearer", Refusal::Missing("authorization")),
            ("Bearer is", Refusal::Wrong),
        ] {
            assert_eq!(shown(bearer, &[("authorization", value)]), Err(refusal));
        }
    }
}
