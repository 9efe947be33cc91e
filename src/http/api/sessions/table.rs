//! The sessions there are.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex as Turn;

use crate::domain::Moment;

use super::{Session, SessionError, Stage, Token, TokenHash};

/// Sessions that aren't finished.
const MAX_OPEN: usize = 64;
/// Captures at a time: each wants most of a small board.
pub const MAX_CAPTURING: usize = 2;
/// Sessions altogether; the oldest findings make room.
const MAX_KEPT: usize = 1024;

#[derive(Debug, Default)]
pub(super) struct Table {
    entries: HashMap<u128, Entry>,
    pages: HashMap<TokenHash, u128>,
}

#[derive(Debug)]
struct Entry {
    session: Session,
    page: TokenHash,
    /// Held while a frame of the session is looked at: one at a time.
    turn: Arc<Turn<()>>,
}

impl Table {
    pub fn add(&mut self, page: &Token, session: Session, now: Moment) -> Result<(), SessionError> {
        self.forget(now);
        let open = self.entries.values().filter(|e| e.is_open()).count();
        if open >= MAX_OPEN {
            return Err(SessionError::Full("sessions"));
        }
        let asked = &session.order;
        let is_same = |other: &Session| {
            asked.reference_id.is_some()
                && asked.is_unique
                && other.order.dialect == asked.dialect
                && other.order.owner == asked.owner
                && other.order.reference_id == asked.reference_id
        };
        if self.entries.values().any(|entry| is_same(&entry.session)) {
            return Err(SessionError::Taken);
        }
        if self.entries.len() >= MAX_KEPT {
            let finished = self.entries.iter().filter(|(_, e)| !e.is_open());
            let oldest = finished.min_by_key(|(_, e)| e.session.since);
            if let Some(id) = oldest.map(|(id, _)| *id) {
                self.remove(id);
            }
        }
        let page = page.hash();
        self.pages.insert(page, asked.id);
        let entry = Entry {
            page,
            turn: Arc::default(),
            session,
        };
        self.entries.insert(entry.session.order.id, entry);
        Ok(())
    }

    pub fn by_id(&mut self, id: u128) -> Option<&mut Session> {
        self.entries.get_mut(&id).map(|entry| &mut entry.session)
    }

    pub fn by_page(&mut self, shown: &str) -> Option<&mut Session> {
        let id = *self.pages.get(&TokenHash::of(shown))?;
        self.by_id(id)
    }

    /// The turn of the session with this page.
    pub fn turn(&self, shown: &str) -> Option<Arc<Turn<()>>> {
        let id = self.pages.get(&TokenHash::of(shown))?;
        self.entries.get(id).map(|entry| Arc::clone(&entry.turn))
    }

    /// Captures that are running.
    pub fn capturing(&self) -> usize {
        let stages = self.entries.values().map(|entry| &entry.session.stage);
        stages
            .filter(|stage| matches!(stage, Stage::Capturing(_)))
            .count()
    }

    /// Sessions that the person has left during the capture.
    pub fn left(&self, now: Moment) -> Vec<u128> {
        let entries = self.entries.iter();
        entries
            .filter(|(_, entry)| entry.session.is_left(now))
            .map(|(id, _)| *id)
            .collect()
    }

    /// Removes what is over.
    pub fn forget(&mut self, now: Moment) {
        let over = self.entries.iter().filter(|(_, e)| e.session.is_over(now));
        let over: Vec<u128> = over.map(|(id, _)| *id).collect();
        over.into_iter().for_each(|id| self.remove(id));
    }

    fn remove(&mut self, id: u128) {
        if let Some(entry) = self.entries.remove(&id) {
            self.pages.remove(&entry.page);
        }
    }
}

impl Entry {
    fn is_open(&self) -> bool {
        !matches!(self.session.stage, Stage::Finished(_))
    }
}
