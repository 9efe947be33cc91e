//! The daemon's side: a strike that another process holds.

use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::heart::Heart;
use super::protocol::{Cause, Command, Link, Reply};
use crate::domain::Moment;
use crate::door::wait::wait;
use crate::door::{DoorError, MAX_PULSE, StrikeState, StrikeWiring};

/// A strike in the hands of a guardian.
///
/// Dropping it secures the door and ends the guardian.
#[derive(Debug)]
pub struct GuardedStrike {
    program: PathBuf,
    wiring: StrikeWiring,
    /// Absent after a guardian was lost, until another one is started.
    guardian: Option<Guardian>,
    state: StrikeState,
    /// When a lost guardian was last to be replaced.
    replaced: Option<Moment>,
}

impl GuardedStrike {
    /// How long a lost guardian's successor may fail before the next is tried.
    const RETRY: Duration = Duration::from_secs(1);
    /// A guardian that has not ended a release by then does not work.
    const OVERDUE: Duration = Duration::from_millis(500);

    /// Starts a guardian, which claims the line and secures the door. `program` is this program's file.
    ///
    /// The calling thread must live as long as the strike: the guardian ends with it.
    ///
    /// # Errors
    /// If it can't be started, or there is no such line; the guardian's reason names it.
    pub fn start(program: &Path, wiring: StrikeWiring) -> Result<Self, DoorError> {
        let guardian = Guardian::start(program, &wiring)?;
        Ok(Self {
            program: program.to_owned(),
            wiring,
            guardian: Some(guardian),
            state: StrikeState::Secured,
            replaced: None,
        })
    }

    /// Releases the door until `now + pulse`. A pulse within another can make it longer, never shorter.
    ///
    /// # Errors
    /// If the pulse is zero or above [`MAX_PULSE`], or the guardian does not say that it has released
    /// the door: then it counts as not released.
    pub fn release(&mut self, now: Moment, pulse: Duration) -> Result<(), DoorError> {
        if pulse.is_zero() || pulse > MAX_PULSE {
            return Err(DoorError::Pulse(pulse));
        }
        let ms = u32::try_from(pulse.as_millis()).map_err(|_| DoorError::Pulse(pulse))?;
        let until = match self.state {
            StrikeState::Released { until } => until.max(now + pulse),
            StrikeState::Secured | StrikeState::Failed => now + pulse,
        };
        self.ask(&Command::Release { ms }, "release the door", |reply| {
            *reply == Reply::Released
        })?;
        self.state = StrikeState::Released { until };
        self.turn();
        Ok(())
    }

    /// Takes in what the guardian has to tell; call it often, for it also keeps the heart beating.
    /// A guardian that is gone is replaced.
    ///
    /// # Errors
    /// If the line can't be driven or the guardian is lost; the next call tries again.
    pub fn poll(&mut self, now: Moment) -> Result<StrikeState, DoorError> {
        self.turn();
        let told = self.listen().and_then(|()| self.check_overdue(now));
        if let Err(error) = told {
            self.lose();
            tracing::error!(%error, "the guardian is replaced");
        }
        if self.guardian.is_none() {
            self.replace(now)?;
        }
        Ok(self.state)
    }

    /// Secures the door at once.
    ///
    /// # Errors
    /// If the guardian does not say that it has.
    pub fn secure(&mut self) -> Result<(), DoorError> {
        self.ask(&Command::Secure, "secure the door", |reply| {
            *reply == Reply::Secured(Cause::Asked)
        })?;
        self.state = StrikeState::Secured;
        self.turn();
        Ok(())
    }

    /// What the strike was last driven to, as far as the guardian told.
    #[must_use]
    pub fn state(&self) -> StrikeState {
        self.state
    }

    /// The guardian's process, while there is one.
    #[must_use]
    pub fn guardian(&self) -> Option<u32> {
        self.guardian.as_ref().map(|guardian| guardian.child.id())
    }

    fn turn(&self) {
        if let Some(guardian) = &self.guardian {
            let released = matches!(self.state, StrikeState::Released { .. });
            guardian.heart.turn(released);
        }
    }

    /// Sends an order and waits for its answer.
    fn ask(
        &mut self,
        command: &Command,
        action: &'static str,
        is_answer: impl Fn(&Reply) -> bool,
    ) -> Result<(), DoorError> {
        let answered = self.exchange(command, is_answer);
        match answered {
            Ok(None) => Ok(()),
            Ok(Some(reason)) => {
                self.state = StrikeState::Failed;
                Err(DoorError::GuardianSays(reason))
            }
            Err(source) => {
                // It may still carry the order out; ended, it secures the line.
                self.lose();
                Err(DoorError::Guardian { action, source })
            }
        }
    }

    /// `Some` is the guardian's reason why not.
    fn exchange(
        &mut self,
        command: &Command,
        is_answer: impl Fn(&Reply) -> bool,
    ) -> io::Result<Option<String>> {
        let deadline = Instant::now() + Guardian::PATIENCE;
        // What it told before the order is no answer to it.
        while let Some(reply) = self.running()?.link.receive()? {
            self.take(reply);
        }
        self.running()?.link.send(command)?;
        loop {
            match self.running()?.await_reply(deadline)? {
                reply if is_answer(&reply) => return Ok(None),
                Reply::Failed(reason) => return Ok(Some(reason)),
                other => self.take(other),
            }
        }
    }

    fn listen(&mut self) -> io::Result<()> {
        while let Some(guardian) = &mut self.guardian {
            match guardian.link.receive()? {
                Some(reply) => self.take(reply),
                None => break,
            }
        }
        Ok(())
    }

    fn take(&mut self, reply: Reply) {
        match reply {
            Reply::Secured(cause) => {
                if cause == Cause::Silence {
                    tracing::warn!(
                        "the strike was secured early: no heartbeat for {} ms",
                        self.wiring.silence.as_millis()
                    );
                }
                self.state = StrikeState::Secured;
            }
            Reply::Failed(reason) => {
                tracing::error!(reason, "the guardian can't secure the strike, and tries on");
                self.state = StrikeState::Failed;
            }
            Reply::Ready | Reply::Released => {}
        }
    }

    fn check_overdue(&self, now: Moment) -> io::Result<()> {
        match self.state {
            StrikeState::Released { until } if now > until + Self::OVERDUE => Err(io::Error::new(
                ErrorKind::TimedOut,
                "a release has not ended",
            )),
            _ => Ok(()),
        }
    }

    fn running(&mut self) -> io::Result<&mut Guardian> {
        self.guardian.as_mut().ok_or(ErrorKind::NotConnected.into())
    }

    /// Ends the guardian, if it has not ended; its line is free when this returns.
    fn lose(&mut self) {
        self.state = StrikeState::Failed;
        self.guardian = None;
    }

    fn replace(&mut self, now: Moment) -> Result<(), DoorError> {
        let is_early = self
            .replaced
            .is_some_and(|last| now.since(last) < Self::RETRY);
        if is_early {
            let source = ErrorKind::NotConnected.into();
            let action = "be reached";
            return Err(DoorError::Guardian { action, source });
        }
        self.replaced = Some(now);
        self.guardian = Some(Guardian::start(&self.program, &self.wiring)?);
        self.state = StrikeState::Secured;
        Ok(())
    }
}

/// A running guardian.
#[derive(Debug)]
struct Guardian {
    heart: Heart,
    link: Link,
    child: Child,
}

impl Guardian {
    /// How long an answer may take. It is there within a millisecond unless the machine is overloaded.
    const PATIENCE: Duration = Duration::from_secs(1);
    /// How long the start may take.
    const START: Duration = Duration::from_secs(5);

    fn start(program: &Path, wiring: &StrikeWiring) -> Result<Self, DoorError> {
        let failed = |source| DoorError::Guardian {
            action: "be started",
            source,
        };
        let (ours, theirs) = UnixStream::pair().map_err(failed)?;
        let link = Link::new(ours).map_err(failed)?;
        let heart = Heart::start(link.sender().map_err(failed)?)?;
        let child = process::Command::new(program)
            .arg0("ostiary")
            .arg("guardian")
            .stdin(OwnedFd::from(theirs))
            // It must not hold open what somebody reads to the end.
            .stdout(Stdio::null())
            // Ctrl-C on a terminal goes to the daemon's group.
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let mut guardian = Self { heart, link, child };
        guardian
            .link
            .send(&Command::Hold(wiring.clone()))
            .map_err(failed)?;
        match guardian.await_reply(Instant::now() + Self::START) {
            Ok(Reply::Failed(reason)) => Err(DoorError::GuardianSays(reason)),
            Ok(_) => Ok(guardian),
            Err(source) => Err(failed(source)),
        }
    }

    fn await_reply(&mut self, deadline: Instant) -> io::Result<Reply> {
        loop {
            if let Some(reply) = self.link.receive()? {
                return Ok(reply);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            wait(&[self.link.as_fd()], Some(left))?;
        }
    }
}

impl Drop for Guardian {
    /// Asks it to end, and then makes it.
    fn drop(&mut self) {
        const STEP: Duration = Duration::from_millis(2);
        // Refused only if it is gone.
        let _ = self.link.hang_up();
        let deadline = Instant::now() + Self::PATIENCE;
        while Instant::now() < deadline {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(STEP),
                Ok(Some(_)) => return,
                Err(_) => break,
            }
        }
        tracing::error!("the guardian does not end, and is killed");
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait().map(drop)) {
            tracing::error!(%error, "the guardian can't be ended");
        }
    }
}
