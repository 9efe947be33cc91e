//! The lines of a door, as the board file has them.

use std::path::Path;

use serde::Deserialize;

use super::line::{InputLine, OutputLine};

/// The lock, contacts, lamps and buzzer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Door {
    pub strike: OutputLine,
    pub fail: FailMode,
    /// Without a heartbeat for so long the guardian secures a released strike, 60 to 90.
    #[serde(default = "heartbeat_timeout")]
    pub heartbeat_timeout_ms: u64,
    /// Door position switch: active while the door is open.
    pub position: Option<InputLine>,
    /// Request to exit: active while it is pressed.
    pub rex: Option<InputLine>,
    /// Tamper contact of the housing: active while it is open.
    pub tamper: Option<InputLine>,
    pub green_lamp: Option<OutputLine>,
    pub red_lamp: Option<OutputLine>,
    pub buzzer: Option<OutputLine>,
    pub wiegand: Option<Wiegand>,
}

/// The output to an access control panel, which is told who was let in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wiegand {
    pub format: WiegandFormat,
    #[serde(default)]
    pub facility: u16,
    pub data0: OutputLine,
    pub data1: OutputLine,
}

/// The layout of a card number, by its bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
pub enum WiegandFormat {
    Bits26,
    Bits34,
}

impl TryFrom<u8> for WiegandFormat {
    type Error = String;

    fn try_from(bits: u8) -> Result<Self, String> {
        match bits {
            26 => Ok(Self::Bits26),
            34 => Ok(Self::Bits34),
            other => Err(format!("door.wiegand.format must be 26 or 34, not {other}")),
        }
    }
}

fn heartbeat_timeout() -> u64 {
    80
}

/// What the lock does without power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailMode {
    /// Stays locked.
    Secure,
    /// Unlocks.
    Safe,
}

impl Door {
    /// Every output in use, with its key.
    pub(super) fn outputs(&self) -> impl Iterator<Item = (&'static str, &OutputLine)> {
        let wiegand = self.wiegand.as_ref();
        let lines = [
            ("door.strike", Some(&self.strike)),
            ("door.green_lamp", self.green_lamp.as_ref()),
            ("door.red_lamp", self.red_lamp.as_ref()),
            ("door.buzzer", self.buzzer.as_ref()),
            ("door.wiegand.data0", wiegand.map(|w| &w.data0)),
            ("door.wiegand.data1", wiegand.map(|w| &w.data1)),
        ];
        present(lines)
    }

    /// Every contact in use, with its key.
    pub(super) fn inputs(&self) -> impl Iterator<Item = (&'static str, &InputLine)> {
        let lines = [
            ("door.position", self.position.as_ref()),
            ("door.rex", self.rex.as_ref()),
            ("door.tamper", self.tamper.as_ref()),
        ];
        present(lines)
    }

    /// Relative paths start from the board file's folder.
    pub(super) fn resolve(&mut self, folder: &Path) {
        let outputs = [
            Some(&mut self.strike),
            self.green_lamp.as_mut(),
            self.red_lamp.as_mut(),
            self.buzzer.as_mut(),
        ];
        let wires = self
            .wiegand
            .iter_mut()
            .flat_map(|w| [&mut w.data0, &mut w.data1]);
        for line in outputs.into_iter().flatten().chain(wires) {
            line.resolve(folder);
        }
        let inputs = [&mut self.position, &mut self.rex, &mut self.tamper];
        for line in inputs.into_iter().flatten() {
            line.resolve(folder);
        }
    }

    /// The key of the first thing that won't do, and what it is.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        if !(60..=90).contains(&self.heartbeat_timeout_ms) {
            let problem = format!("{} is not from 60 to 90", self.heartbeat_timeout_ms);
            return Err(("door.heartbeat_timeout_ms", problem));
        }
        if let Some(Wiegand {
            format: WiegandFormat::Bits26,
            facility: facility @ 256..,
            ..
        }) = self.wiegand
        {
            let problem = format!("{facility} is above 255, the greatest of 26 bits");
            return Err(("door.wiegand.facility", problem));
        }
        Ok(())
    }
}

fn present<L, const N: usize>(
    lines: [(&'static str, Option<L>); N],
) -> impl Iterator<Item = (&'static str, L)> {
    lines
        .into_iter()
        .filter_map(|(key, line)| Some((key, line?)))
}
