//! The lines of a door, as the board file has them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

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

/// An output.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum OutputLine {
    Gpiocdev {
        chip: PathBuf,
        /// Name or offset.
        line: String,
        #[serde(default)]
        active_low: bool,
    },
    Simulated {
        /// Shows the line's logical level as "0" or "1".
        level_file: Option<PathBuf>,
    },
}

/// An input.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum InputLine {
    Gpiocdev {
        chip: PathBuf,
        /// Name or offset.
        line: String,
        #[serde(default)]
        active_low: bool,
        #[serde(default)]
        bias: Bias,
    },
    Simulated {
        /// Holds "1" while the input is active.
        level_file: PathBuf,
    },
}

/// What holds an input that nothing drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bias {
    #[default]
    AsIs,
    PullUp,
    PullDown,
}

impl Door {
    /// Every GPIO line in use: its key, chip and line.
    pub fn lines(&self) -> impl Iterator<Item = (&'static str, &Path, &str)> {
        let outputs = [
            ("door.strike", Some(&self.strike)),
            ("door.green_lamp", self.green_lamp.as_ref()),
            ("door.red_lamp", self.red_lamp.as_ref()),
            ("door.buzzer", self.buzzer.as_ref()),
            (
                "door.wiegand.data0",
                self.wiegand.as_ref().map(|w| &w.data0),
            ),
            (
                "door.wiegand.data1",
                self.wiegand.as_ref().map(|w| &w.data1),
            ),
        ];
        let inputs = [
            ("door.position", self.position.as_ref()),
            ("door.rex", self.rex.as_ref()),
            ("door.tamper", self.tamper.as_ref()),
        ];
        let outputs = outputs.into_iter().filter_map(|(key, line)| match line? {
            OutputLine::Gpiocdev { chip, line, .. } => Some((key, chip.as_path(), line.as_str())),
            OutputLine::Simulated { .. } => None,
        });
        let inputs = inputs.into_iter().filter_map(|(key, line)| match line? {
            InputLine::Gpiocdev { chip, line, .. } => Some((key, chip.as_path(), line.as_str())),
            InputLine::Simulated { .. } => None,
        });
        outputs.chain(inputs)
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
            if let OutputLine::Simulated {
                level_file: Some(file),
            } = line
            {
                *file = folder.join(&*file);
            }
        }
        let inputs = [&mut self.position, &mut self.rex, &mut self.tamper];
        for line in inputs.into_iter().flatten() {
            if let InputLine::Simulated { level_file } = line {
                *level_file = folder.join(&*level_file);
            }
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
        let mut used = BTreeMap::new();
        for (key, chip, line) in self.lines() {
            if line.is_empty() {
                return Err((key, "line is empty: give its name or offset".into()));
            }
            if let Some(other) = used.insert((chip, line), key) {
                let chip = chip.display();
                let problem = format!("line {line:?} of {chip} is that of {other} already");
                return Err((key, problem));
            }
        }
        Ok(())
    }
}
