//! What a schedule is called.

use std::fmt;
use std::str::FromStr;

/// A text that can't name a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a schedule's name has 1 to {max} letters, digits, '.', '_' or '-'", max = ScheduleName::MAX_LEN)]
pub struct ScheduleNameError;

/// The name of a schedule: 1 to 32 characters of `A-Za-z0-9._-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ScheduleName(heapless::String<{ Self::MAX_LEN }>);

impl ScheduleName {
    /// The most characters a name may have.
    pub const MAX_LEN: usize = 32;
    /// The schedule that is always there and has no end; it does not ask the clock.
    pub const ALWAYS: &'static str = "always";

    /// [`Self::ALWAYS`].
    #[must_use]
    pub fn always() -> Self {
        Self(Self::ALWAYS.chars().collect())
    }

    /// Whether it is [`Self::ALWAYS`].
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.0 == Self::ALWAYS
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ScheduleName {
    type Err = ScheduleNameError;

    fn from_str(text: &str) -> Result<Self, ScheduleNameError> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if text.is_empty() || !text.chars().all(is_allowed) {
            return Err(ScheduleNameError);
        }
        let name = heapless::String::try_from(text);
        name.map(Self).map_err(|_| ScheduleNameError)
    }
}

impl fmt::Display for ScheduleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "night shift", "é", "a/b", &"n".repeat(33)] {
            assert!(text.parse::<ScheduleName>().is_err(), "{text:?}");
        }
        let always: ScheduleName = "always".parse().unwrap();
        assert_eq!(always, ScheduleName::always());
        assert!(
            always.is_always() && !"night-shift_2".parse::<ScheduleName>().unwrap().is_always()
        );
    }
}
