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
mod decisions;
mod didit;
pub mod enrolments;
mod error;
pub mod fetch;
mod id_match;
mod ids;
mod kairos;
mod key_ring;
pub mod keys;
mod metrics;
pub mod own;
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

pub use decisions::RecentDecisions;
pub use error::ApiError;
pub use metrics::Metrics;
pub use server::ApiServer;
pub use settings::{ApiSettings, Dialect, Place, ScoreBand, ScoreBands, TlsFiles};
pub use signer::ResultSigner;
pub use state::{ApiParts, ApiState};

use axum::response::Response;
use axum::{Router, middleware};

/// The routes of the dialects that are switched on; their answers carry the dialect for metrics.
fn routes(state: &ApiState) -> Router<ApiState> {
    let dialects = state.settings().dialects.iter();
    dialects.fold(Router::new(), |routes, &dialect| {
        let told = move |mut answer: Response| async move {
            answer.extensions_mut().insert(dialect);
            answer
        };
        let of_dialect = match dialect {
            Dialect::Own => own::routes(state),
            Dialect::Kairos => kairos::routes(state),
            Dialect::Verifik => verifik::routes(state),
            Dialect::Didit => didit::routes(state),
            Dialect::Decentro => decentro::routes(state),
            Dialect::IdMatch => id_match::routes(state),
        };
        routes.merge(of_dialect.route_layer(middleware::map_response(told)))
    })
}
