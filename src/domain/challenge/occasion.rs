//! When a door asks for a challenge.

/// What makes a door ask somebody whom it would let in for a challenge first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// Always.
    EveryGrant,
    /// The PAD score is little above the threshold, see [`Policy::is_doubtful`](crate::domain::Policy::is_doubtful).
    Doubt,
    /// There was a lock-out, and nobody was let in since.
    AfterLockout,
    /// Outside the hours of everybody.
    OffHours,
}

/// Any of them; none by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Occasions([bool; 4]);

impl Occasions {
    /// Whether this is one of them.
    #[must_use]
    pub fn contains(self, occasion: Occasion) -> bool {
        self.0[occasion as usize]
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl FromIterator<Occasion> for Occasions {
    fn from_iter<I: IntoIterator<Item = Occasion>>(occasions: I) -> Self {
        let mut set = Self::default();
        for occasion in occasions {
            set.0[occasion as usize] = true;
        }
        set
    }
}
