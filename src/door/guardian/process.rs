//! The guardian's side: one thread that waits for orders, for SIGTERM and for the end of a release.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use embedded_hal::digital::OutputPin;
use rustix::fs::FileType;
use rustix::process::{Signal, set_parent_process_death_signal};

use super::protocol::{Cause, Command, Link, Reply};
use super::signals::Signals;
use crate::domain::Moment;
use crate::door::wait::wait;
use crate::door::{DoorError, Strike, StrikeState, StrikeWiring};

/// The daemon tells the wiring at once.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two tries to secure a line that does not follow.
const RETRY: Duration = Duration::from_millis(10);

/// The life of the guardian, in a process of its own whose standard input is a socket to the daemon.
///
/// # Errors
/// If it was not started by the daemon, or the line can't be held; the daemon is told as well.
pub fn guard() -> Result<(), DoorError> {
    let failed = |action| move |source: io::Error| DoorError::Guardian { action, source };
    let stdin = io::stdin().as_fd().try_clone_to_owned();
    let stdin = stdin.map_err(failed("use its socket"))?;
    let is_socket = rustix::fs::fstat(&stdin)
        .is_ok_and(|status| FileType::from_raw_mode(status.st_mode) == FileType::Socket);
    if !is_socket {
        return Err(DoorError::GuardianByHand);
    }
    let signals = Signals::take().map_err(failed("take its signals"))?;
    // The closed socket tells the same; this holds even if a copy of it were left somewhere.
    set_parent_process_death_signal(Some(Signal::TERM))
        .map_err(|errno| failed("watch its parent")(errno.into()))?;

    // For `ps` and `top`, which would show the name of the link that it was started by.
    if let Err(error) = fs::write("/proc/self/comm", "ostiary-guard") {
        tracing::debug!(%error, "the guardian goes without a name of its own");
    }

    let mut link = Link::new(UnixStream::from(stdin)).map_err(failed("use its socket"))?;
    let wiring = await_wiring(&mut link).map_err(failed("learn its line"))?;
    let strike = match wiring.open() {
        Ok(strike) => strike,
        Err(error) => {
            // Whoever does not hear it sees the socket closed.
            let _ = link.send(&Reply::Failed(error.to_string()));
            return Err(error);
        }
    };
    Watch::new(strike, &mut link, wiring.silence).keep(&signals)
}

fn await_wiring(link: &mut Link) -> io::Result<StrikeWiring> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match link.receive()? {
            Some(Command::Hold(wiring)) => return Ok(wiring),
            Some(_) => return Err(ErrorKind::InvalidData.into()),
            None => {}
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        wait(&[link.as_fd()], Some(left))?;
    }
}

/// The strike under guard. However this goes, the strike is dropped and with that secured.
struct Watch<'l, P: OutputPin> {
    strike: Strike<P>,
    link: &'l mut Link,
    silence: Duration,
    started: Instant,
    /// The last word of the daemon.
    heard: Moment,
}

impl<'l, P: OutputPin> Watch<'l, P> {
    fn new(strike: Strike<P>, link: &'l mut Link, silence: Duration) -> Self {
        Self {
            strike,
            link,
            silence,
            started: Instant::now(),
            heard: Moment::default(),
        }
    }

    /// Holds the strike until the daemon is gone or SIGTERM comes.
    fn keep(&mut self, signals: &Signals) -> Result<(), DoorError> {
        let failed = |action| move |source: io::Error| DoorError::Guardian { action, source };
        self.tell(&Reply::Ready);
        loop {
            wait(&[self.link.as_fd(), signals.as_fd()], self.rest()).map_err(failed("wait"))?;
            if signals.terminated().map_err(failed("read a signal"))? {
                return Ok(());
            }
            loop {
                let command = match self.link.receive() {
                    Ok(command) => command,
                    Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
                    Err(error) => return Err(failed("understand the daemon")(error)),
                };
                let is_all = command.is_none();
                if let Some(command) = command {
                    self.obey(command);
                }
                self.pass_time();
                if is_all {
                    break;
                }
            }
        }
    }

    fn obey(&mut self, command: Command) {
        let now = self.now();
        self.heard = now;
        let answer = match command {
            Command::Beat => return,
            Command::Hold(_) => Err("it holds a line already".to_owned()),
            Command::Release { ms } => {
                let pulse = Duration::from_millis(ms.into());
                let released = self.strike.release(now, pulse);
                released
                    .map(|()| Reply::Released)
                    .map_err(|e| e.to_string())
            }
            Command::Secure => {
                let secured = self.strike.secure();
                secured
                    .map(|()| Reply::Secured(Cause::Asked))
                    .map_err(|e| e.to_string())
            }
        };
        self.tell(&answer.unwrap_or_else(Reply::Failed));
    }

    /// Ends a release that is over, or that nobody alive stands behind.
    fn pass_time(&mut self) {
        let now = self.now();
        let before = self.strike.state();
        let is_silent = now.since(self.heard) >= self.silence;
        let (done, cause) = match before {
            StrikeState::Secured => return,
            StrikeState::Released { until } if now < until && is_silent => {
                (self.strike.secure(), Cause::Silence)
            }
            StrikeState::Released { .. } => (self.strike.poll(now).map(drop), Cause::PulseOver),
            StrikeState::Failed => (self.strike.poll(now).map(drop), Cause::Recovered),
        };
        match done {
            Ok(()) if self.strike.state() == StrikeState::Secured => {
                self.tell(&Reply::Secured(cause));
            }
            // What fails again at every try is told once.
            Err(error) if before != StrikeState::Failed => {
                self.tell(&Reply::Failed(error.to_string()));
            }
            _ => {}
        }
    }

    /// How long nothing is to be done unless something comes.
    fn rest(&self) -> Option<Duration> {
        match self.strike.state() {
            StrikeState::Secured => None,
            StrikeState::Failed => Some(RETRY),
            StrikeState::Released { until } => {
                Some(until.min(self.heard + self.silence).since(self.now()))
            }
        }
    }

    fn now(&self) -> Moment {
        Moment::new(self.started.elapsed())
    }

    fn tell(&self, reply: &Reply) {
        // A daemon that does not listen is noticed by its heartbeat, one that is gone by its socket.
        let _ = self.link.send(reply);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::{FailMode, SimulatedPin};
    use std::convert::Infallible;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    const LONG: Duration = Duration::from_secs(20);

    fn links() -> (Link, Link) {
        let (daemon, guardian) = UnixStream::pair().unwrap();
        (Link::new(daemon).unwrap(), Link::new(guardian).unwrap())
    }

    fn say(watch: &mut Watch<'_, SimulatedPin>, command: Command) {
        watch.obey(command);
        watch.pass_time();
    }

    fn heard(daemon: &mut Link) -> Option<Reply> {
        daemon.receive().unwrap()
    }

    #[test]
    fn orders_are_carried_out_and_answered() {
        for fail_mode in [FailMode::Secure, FailMode::Safe] {
            let released = fail_mode == FailMode::Secure;
            let pin = SimulatedPin::new(false);
            let (mut daemon, mut link) = links();
            let strike = Strike::new(pin.clone(), fail_mode).unwrap();
            let mut watch = Watch::new(strike, &mut link, LONG);
            say(&mut watch, Command::Release { ms: 10_000 });
            assert_eq!(heard(&mut daemon), Some(Reply::Released));
            assert_eq!(pin.is_active(), Some(released));
            say(&mut watch, Command::Secure);
            assert_eq!(heard(&mut daemon), Some(Reply::Secured(Cause::Asked)));
            assert_eq!(pin.is_active(), Some(!released));
            say(&mut watch, Command::Release { ms: 0 });
            assert!(matches!(heard(&mut daemon), Some(Reply::Failed(_))));
            assert_eq!(pin.is_active(), Some(!released));
        }
    }

    #[test]
    fn without_a_heartbeat_the_strike_is_secured_and_with_one_the_pulse_ends() {
        let pin = SimulatedPin::new(false);
        let (mut daemon, mut link) = links();
        let strike = Strike::new(pin.clone(), FailMode::Secure).unwrap();
        let mut watch = Watch::new(strike, &mut link, Duration::from_millis(30));
        say(&mut watch, Command::Release { ms: 20_000 });
        assert!(watch.rest().unwrap() <= Duration::from_millis(30));
        std::thread::sleep(Duration::from_millis(40));
        watch.pass_time();
        assert_eq!(pin.is_active(), Some(false));
        assert_eq!(heard(&mut daemon), Some(Reply::Released));
        assert_eq!(heard(&mut daemon), Some(Reply::Secured(Cause::Silence)));

        watch.silence = LONG;
        say(&mut watch, Command::Release { ms: 30 });
        std::thread::sleep(Duration::from_millis(40));
        say(&mut watch, Command::Beat);
        assert_eq!(pin.is_active(), Some(false));
        assert_eq!(heard(&mut daemon), Some(Reply::Released));
        assert_eq!(heard(&mut daemon), Some(Reply::Secured(Cause::PulseOver)));
        assert_eq!(watch.rest(), None, "at rest it waits for orders only");
    }

    #[test]
    fn a_line_that_does_not_follow_is_told_once_and_tried_until_it_does() {
        let pin = SimulatedPin::new(false);
        let (mut daemon, mut link) = links();
        let strike = Strike::new(pin.clone(), FailMode::Secure).unwrap();
        let mut watch = Watch::new(strike, &mut link, LONG);
        say(&mut watch, Command::Release { ms: 1 });
        std::thread::sleep(Duration::from_millis(5));
        pin.fail_next(2);
        watch.pass_time();
        assert_eq!(watch.rest(), Some(RETRY));
        watch.pass_time();
        watch.pass_time();
        assert_eq!(heard(&mut daemon), Some(Reply::Released));
        assert!(matches!(heard(&mut daemon), Some(Reply::Failed(_))));
        assert_eq!(heard(&mut daemon), Some(Reply::Secured(Cause::Recovered)));
        assert_eq!(heard(&mut daemon), None);
        assert_eq!(pin.is_active(), Some(false));
    }

    /// Panics when it is released.
    struct PanickyPin(SimulatedPin);

    impl embedded_hal::digital::ErrorType for PanickyPin {
        type Error = Infallible;
    }

    impl OutputPin for PanickyPin {
        fn set_low(&mut self) -> Result<(), Infallible> {
            self.0.set_low().unwrap();
            Ok(())
        }

        fn set_high(&mut self) -> Result<(), Infallible> {
            self.0.set_high().unwrap();
            panic!("released");
        }
    }

    #[test]
    fn a_panic_leaves_the_door_secured() {
        let pin = SimulatedPin::new(false);
        let (_daemon, mut link) = links();
        let strike = Strike::new(PanickyPin(pin.clone()), FailMode::Secure).unwrap();
        let mut watch = Watch::new(strike, &mut link, LONG);
        let panicked = catch_unwind(AssertUnwindSafe(move || {
            watch.obey(Command::Release { ms: 10_000 });
        }));
        assert!(panicked.is_err());
        assert_eq!(pin.is_active(), Some(false));
    }
}
