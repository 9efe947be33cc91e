//! From the board file to the lines of the door.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use embedded_hal::digital::PinState;

use crate::config::{self, Board};
use crate::domain::Sensor;
use crate::door::{
    Bias, CardOutput, DoorError, FailMode, GuardedStrike, InputLine, InputWiring, LinePlace,
    OutputLine, OutputWiring, Signalling, Strike, StrikeWiring, WiegandFormat,
};

use super::AppError;

/// Checks that every line of the board is there and free, before anything is driven.
///
/// # Errors
/// The first line that can't be claimed, with the board file and key.
pub fn check_lines(board: &Board) -> Result<(), AppError> {
    let outputs = board
        .outputs()
        .map(|(key, line)| (key, output(line).locate()));
    let inputs = board
        .inputs()
        .map(|(key, line)| (key, input(line).locate()));
    let mut used = BTreeMap::new();
    for (key, located) in outputs.chain(inputs) {
        let Some(location) = located.map_err(wrong(board, key))? else {
            continue;
        };
        // Two names may stand for one line.
        if let Some(other) = used.insert(location.clone(), key) {
            return Err(wrong(board, key)(DoorError::Line {
                chip: location.chip,
                line: location.offset.to_string(),
                reason: format!("is that of {other} already"),
            }));
        }
    }
    Ok(())
}

/// Claims an output of the display.
///
/// # Errors
/// If there is no such line, it is in use, or it can't be driven.
#[cfg(feature = "hardware")]
pub(super) fn open_display_line(
    board: &Board,
    key: &'static str,
    line: &config::OutputLine,
) -> Result<OutputLine, AppError> {
    output(line)
        .claim(PinState::High)
        .map_err(wrong(board, key))
}

/// Claims the strike's line and secures the door, in this process: for `doctor` and `secure`.
///
/// # Errors
/// If there is no such chip or line, it is in use, or it can't be driven.
pub fn open_strike(board: &Board) -> Result<Strike<OutputLine>, AppError> {
    strike_wiring(board)
        .open()
        .map_err(wrong(board, "door.strike"))
}

/// Starts the guardian of the strike, which claims the line and secures the door.
///
/// # Errors
/// If it can't be started, or the line can't be claimed or driven.
pub fn guard_strike(board: &Board) -> Result<GuardedStrike, AppError> {
    // The very program that runs, even if its file was replaced since.
    let program = Path::new("/proc/self/exe");
    GuardedStrike::start(program, strike_wiring(board)).map_err(wrong(board, "door.strike"))
}

/// Claims lamps and buzzer and switches them off.
///
/// # Errors
/// If there is no such chip or line, it is in use, or it can't be driven.
pub fn open_signalling(board: &Board) -> Result<Signalling, AppError> {
    let open = |key, line: &Option<config::OutputLine>| {
        let line = line.as_ref().map(|line| output(line).claim(PinState::Low));
        line.transpose().map_err(wrong(board, key))
    };
    Ok(Signalling::new(
        open("door.green_lamp", &board.door.green_lamp)?,
        open("door.red_lamp", &board.door.red_lamp)?,
        open("door.buzzer", &board.door.buzzer)?,
    ))
}

/// Claims the contacts that the board has.
///
/// # Errors
/// If there is no such chip or line, or it is in use.
pub fn open_sensors(board: &Board) -> Result<Vec<(Sensor, InputLine)>, AppError> {
    let contacts = [
        (Sensor::Position, "door.position", &board.door.position),
        (Sensor::Rex, "door.rex", &board.door.rex),
        (Sensor::Tamper, "door.tamper", &board.door.tamper),
    ];
    let present = contacts
        .into_iter()
        .filter_map(|(sensor, key, line)| Some((sensor, key, line.as_ref()?)));
    present
        .map(|(sensor, key, line)| {
            let line = input(line).claim().map_err(wrong(board, key))?;
            Ok((sensor, line))
        })
        .collect()
}

/// Claims the lines of the Wiegand output, if the board has one.
///
/// # Errors
/// If there is no such chip or line, it is in use, or it can't be driven.
pub fn open_card_output(board: &Board) -> Result<Option<CardOutput>, AppError> {
    let Some(wiegand) = &board.door.wiegand else {
        return Ok(None);
    };
    let open = |key, line| output(line).claim(PinState::Low).map_err(wrong(board, key));
    let format = match wiegand.format {
        config::WiegandFormat::Bits26 => WiegandFormat::Bits26,
        config::WiegandFormat::Bits34 => WiegandFormat::Bits34,
    };
    let data0 = open("door.wiegand.data0", &wiegand.data0)?;
    let data1 = open("door.wiegand.data1", &wiegand.data1)?;
    let cards = CardOutput::spawn(format, wiegand.facility, data0, data1);
    cards.map(Some).map_err(wrong(board, "door.wiegand"))
}

fn strike_wiring(board: &Board) -> StrikeWiring {
    StrikeWiring {
        line: output(&board.door.strike),
        fail_mode: match board.door.fail {
            config::FailMode::Secure => FailMode::Secure,
            config::FailMode::Safe => FailMode::Safe,
        },
        silence: Duration::from_millis(board.door.heartbeat_timeout_ms),
    }
}

fn output(line: &config::OutputLine) -> OutputWiring {
    match wired(line) {
        Wired::At {
            place, active_low, ..
        } => OutputWiring::Line { place, active_low },
        Wired::InFile(level_file) => OutputWiring::Simulated {
            level_file: level_file.clone(),
        },
    }
}

fn input(line: &config::InputLine) -> InputWiring {
    match wired(line) {
        Wired::At {
            place,
            active_low,
            bias,
        } => InputWiring::Line {
            place,
            active_low,
            bias: pull(bias),
        },
        Wired::InFile(level_file) => InputWiring::Simulated {
            level_file: level_file.clone(),
        },
    }
}

/// A line of the board file, as the door knows it.
enum Wired<'l, B, F> {
    At {
        place: LinePlace,
        active_low: bool,
        bias: B,
    },
    /// A simulated one.
    InFile(&'l F),
}

fn wired<B: Copy + Default, F>(line: &config::Line<B, F>) -> Wired<'_, B, F> {
    let (place, active_low, bias) = match line {
        config::Line::Gpiocdev {
            chip,
            line,
            active_low,
            bias,
        } => {
            let (chip, line) = (chip.clone(), line.as_str().into());
            (LinePlace::Gpio { chip, line }, *active_low, *bias)
        }
        config::Line::LinuxEmbeddedHal {
            chip,
            line,
            active_low,
        } => {
            let (chip, line) = (chip.clone(), line.as_str().into());
            let place = LinePlace::LinuxEmbeddedHal { chip, line };
            (place, *active_low, B::default())
        }
        config::Line::Rppal {
            line,
            active_low,
            bias,
        } => (LinePlace::Rppal { line: line.0 }, *active_low, *bias),
        config::Line::Simulated { level_file } => return Wired::InFile(level_file),
    };
    Wired::At {
        place,
        active_low,
        bias,
    }
}

fn pull(bias: config::Bias) -> Bias {
    match bias {
        config::Bias::AsIs => Bias::AsIs,
        config::Bias::PullUp => Bias::PullUp,
        config::Bias::PullDown => Bias::PullDown,
    }
}

fn wrong(board: &Board, key: &'static str) -> impl FnOnce(DoorError) -> AppError {
    let file = board.file.clone();
    move |source| AppError::Wiring { file, key, source }
}
