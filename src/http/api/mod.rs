//! The local API: face verification for a front desk, answered on the board.
//!
//! Handlers ([`ApiState`] is all they know of the house) parse a request, ask the verification worker
//! through one bounded queue, and word the answer. Each dialect is a folder: `wire` has the documented
//! names, `answer` turns results into them, `mod` has the routes. The room's invariants:
//!
//! - nothing is read before its caller is known, and nothing beyond its size limit;
//! - the door comes first: a full queue is answered `429` with `Retry-After`, never by waiting;
//! - a call is in the audit log before it is answered;
//! - no answer has a template, a key, a path of this machine or a stack trace in it.

pub mod backend;
pub mod calls;
pub mod credentials;
mod decentro;
mod decimal;
mod didit;
mod error;
pub mod fetch;
mod id_match;
mod ids;
mod kairos;
mod key_ring;
pub mod keys;
mod private_file;
mod public_address;
mod rate;
mod server;
pub mod sessions;
mod settings;
mod signer;
mod state;
pub mod upload;
pub mod verifik;

pub use error::ApiError;
pub use server::ApiServer;
pub use settings::{ApiSettings, Dialect, Place, ScoreBand, ScoreBands, TlsFiles};
pub use signer::ResultSigner;
pub use state::{ApiParts, ApiState};

use axum::Router;

/// The routes of the dialects that are switched on.
pub fn routes(state: &ApiState) -> Router<ApiState> {
    state
        .settings()
        .dialects
        .iter()
        .fold(Router::new(), |routes, dialect| match dialect {
            Dialect::Kairos => routes.merge(kairos::routes(state)),
            Dialect::Verifik => routes.merge(verifik::routes(state)),
            Dialect::IdMatch => routes.merge(id_match::routes(state)),
            // Each dialect is merged here as it comes.
            Dialect::Didit => routes.merge(didit::routes(state)),
            Dialect::Decentro => routes.merge(decentro::routes(state)),
            Dialect::Own => routes,
        })
}
