//! Sessions: what dialects share that ask a person to show their face, and answer about it later.
//!
//! A caller opens a [`Session`] with references (faces to compare with). Then a person's live face comes
//! in, by upload or through the [`page`] that runs the challenge in a browser; it is evaluated, and from
//! then on only [`Findings`] are kept. The sub-room's invariants:
//!
//! - who knows a page's or a file's address may use it, and nobody can guess one (128 random bits);
//! - files end after 60 minutes and are wiped then, at a start and at a stop ([`MediaStore`]);
//! - templates, frames and files outlive the evaluation nowhere else;
//! - everything is bounded: sessions, captures at a time, frames, files, bytes;
//! - findings of a fault are those of somebody who isn't live and matches nobody.

mod callback;
mod error;
mod evaluate;
mod findings;
mod footage;
mod keeper;
mod live;
mod media;
mod page;
mod session;
mod table;
mod token;
mod url;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::Moment;
use crate::http::api::Dialect;
use crate::http::api::keys::ClientId;

pub use callback::Notice;
pub use error::SessionError;
pub use evaluate::{evaluate, store};
pub use findings::{Cues, Findings, Liveness, Match};
pub use footage::{Clip, Footage, JpegFile, LiveFrame};
pub use keeper::{finish, keep};
pub use live::{LiveCapture, SeedSource, random_seed};
pub use media::{LIFETIME, MediaKind, MediaStore};
pub use page::{routes, start_route};
pub use session::{Order, Redirect, Reference, Session, Stage, StageError};
pub use table::MAX_CAPTURING;
pub use token::{Token, TokenHash};
pub use url::{MEDIA, MediaUrl, PAGES, is_web_address, page as page_url, with_query};

use table::Table;

/// All sessions of the board, and their files.
pub struct Sessions {
    media: MediaStore,
    table: Mutex<Table>,
    seeds: SeedSource,
}

impl Sessions {
    /// Opens the folder of temporary files, see [`MediaStore::open`]. `seeds` are those of the
    /// challenges: [`random_seed`] but for tests.
    ///
    /// # Errors
    /// If the folder can't be used.
    pub fn open(folder: &Path, seeds: SeedSource) -> Result<Self, SessionError> {
        Ok(Self {
            media: MediaStore::open(folder)?,
            table: Mutex::default(),
            seeds,
        })
    }

    /// The temporary files.
    #[must_use]
    pub fn media(&self) -> &MediaStore {
        &self.media
    }

    /// Opens a session; the token opens its page.
    ///
    /// # Errors
    /// [`SessionError::Full`] if there are too many, [`SessionError::Taken`] if the caller has another
    /// with this reference id and may not.
    pub fn add(&self, order: Order, now: Moment) -> Result<Token, SessionError> {
        let token = Token::random().map_err(SessionError::Random)?;
        self.table().add(&token, Session::new(order, now), now)?;
        Ok(token)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works with a caller's own session; `None` if they have none of this number.
    pub fn with<T>(
        &self,
        id: u128,
        dialect: Dialect,
        owner: &ClientId,
        work: impl FnOnce(&mut Session) -> T,
    ) -> Option<T> {
        let mut table = self.table();
        let session = table.by_id(id)?;
        let is_theirs = session.order.dialect == dialect && session.order.owner == *owner;
        is_theirs.then(|| work(session))
    }
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions(..)")
    }
}
