//! The best few subjects of a search.

use super::{Cosine, MAX_CANDIDATES};

/// A subject's number in the gallery, and how similar it is.
pub(super) type Ranked = (u32, Cosine);

/// Up to [`MAX_CANDIDATES`] different subjects, most similar first; of equals, the one enrolled first.
#[derive(Default)]
pub(super) struct Ranking(heapless::Vec<Ranked, MAX_CANDIDATES>);

impl Ranking {
    /// Takes note of a subject, which may have come before, by another reference.
    pub(super) fn note(&mut self, owner: u32, cosine: Cosine) {
        if let Some(known) = self.0.iter().position(|&(other, _)| other == owner) {
            if self.0[known].1 >= cosine {
                return;
            }
            self.0.remove(known);
        }
        let before =
            |&(other, theirs): &Ranked| theirs > cosine || (theirs == cosine && other < owner);
        let place = self.0.iter().take_while(|ranked| before(ranked)).count();
        if place == MAX_CANDIDATES {
            return;
        }
        if self.0.is_full() {
            self.0.pop();
        }
        // There is room: a full list has just lost its last entry.
        let _ = self.0.insert(place, (owner, cosine));
    }

    /// The inner product below which nobody is taken any more.
    pub(super) fn floor(&self) -> f32 {
        match self.0.last() {
            Some(&(_, least)) if self.0.is_full() => least.get(),
            _ => f32::NEG_INFINITY,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Ranked> {
        self.0.iter().copied()
    }
}
