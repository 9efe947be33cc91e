//! The door first: while it compares somebody, other work waits.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Open unless the door is at work.
#[derive(Debug, Default)]
pub struct Gate {
    door_works: Mutex<bool>,
    changed: Condvar,
}

impl Gate {
    /// The longest wait: a door that is never quiet slows other work, and does not stop it.
    pub const PATIENCE: Duration = Duration::from_millis(500);

    /// Opens or closes.
    pub fn set(&self, door_works: bool) {
        *self
            .door_works
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = door_works;
        self.changed.notify_all();
    }

    /// Waits until the door is quiet, but no longer than [`Self::PATIENCE`]; says whether it is.
    pub fn pass(&self) -> bool {
        let guard = self
            .door_works
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (guard, _) = self
            .changed
            .wait_timeout_while(guard, Self::PATIENCE, |works| *works)
            .unwrap_or_else(PoisonError::into_inner);
        !*guard
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn work_waits_while_the_door_is_busy_but_not_for_ever() {
        let gate = Gate::default();
        assert!(gate.pass());
        gate.set(true);
        assert!(!gate.pass());
        gate.set(false);
        assert!(gate.pass());
    }

    #[test]
    fn who_waits_goes_on_when_the_door_is_quiet() {
        let gate = Arc::new(Gate::default());
        gate.set(true);
        let other = Arc::clone(&gate);
        let opener = thread::spawn(move || other.set(false));
        assert!(gate.pass());
        opener.join().unwrap();
    }
}
