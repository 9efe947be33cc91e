//! A stand-in for the controller of an SPI display, and its wires.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::rc::Rc;

use embedded_hal::delay::DelayNs;
use embedded_hal::digital::{ErrorType, OutputPin};
use embedded_hal::spi::{self, Operation, SpiDevice};
use ostiary::panel::{Panel, PanelError, SpiDriver, SpiOptions, spi_panel};

const COLUMNS: usize = 240;
const ROWS: usize = 320;
/// What spidev takes at once.
const MAX_TRANSFER: usize = 4096;

/// The part of ST7789 and ILI9341 that a panel uses, after their data sheets. Stricter than they are: what it does not
/// know, and pixels beyond the window, are errors.
pub struct Controller {
    driver: SpiDriver,
    command: Option<u8>,
    arguments: Vec<u8>,
    is_awake: bool,
    is_on: bool,
    pub is_inverted: bool,
    /// Of MADCTL.
    pub address_mode: u8,
    /// First and last, in the order of the address mode.
    columns: (u16, u16),
    rows: (u16, u16),
    /// Where the next pixel goes; absent when the window is full.
    pointer: Option<(u16, u16)>,
    /// RGB565, by physical rows.
    memory: Vec<Option<u16>>,
    /// Bytes since the last reset.
    pub bytes: usize,
    pub resets: usize,
}

impl Controller {
    fn new(driver: SpiDriver) -> Self {
        Self {
            driver,
            command: None,
            arguments: Vec::new(),
            is_awake: false,
            is_on: false,
            is_inverted: false,
            address_mode: 0,
            columns: (0, 0),
            rows: (0, 0),
            pointer: None,
            memory: vec![None; COLUMNS * ROWS],
            bytes: 0,
            resets: 0,
        }
    }

    fn reset(&mut self) {
        *self = Self {
            resets: self.resets + 1,
            ..Self::new(self.driver)
        };
    }

    fn begin(&mut self, command: u8) {
        self.command = Some(command);
        self.arguments.clear();
        match command {
            0x01 => self.reset(),
            0x11 => self.is_awake = true,
            // Normal mode; and what takes arguments.
            0x13 | 0x2A | 0x2B | 0x36 | 0x3A => {}
            0x20 => self.is_inverted = false,
            0x21 => self.is_inverted = true,
            0x29 => self.is_on = true,
            0x2C => self.pointer = Some((self.columns.0, self.rows.0)),
            0xB4 if self.driver == SpiDriver::Ili9341 => {}
            other => panic!("command {other:#04x} is not known"),
        }
    }

    fn take(&mut self, byte: u8) {
        self.arguments.push(byte);
        let word = |bytes: &[u8]| u16::from_be_bytes([bytes[0], bytes[1]]);
        match (self.command, self.arguments.as_slice()) {
            (Some(0x2A), range @ [_, _, _, _]) => {
                self.columns = (word(range), word(&range[2..]));
            }
            (Some(0x2B), range @ [_, _, _, _]) => self.rows = (word(range), word(&range[2..])),
            (Some(0x2C), pixel @ [_, _]) => {
                let colour = word(pixel);
                self.arguments.clear();
                self.store(colour);
            }
            (Some(0x36), [mode]) => self.address_mode = *mode,
            (Some(0x3A), [format]) => assert_eq!(*format, 0x55, "16 bits a pixel"),
            (Some(0xB4), [_]) | (Some(0x2A | 0x2B), [_] | [_, _] | [_, _, _]) => {}
            (Some(0x2C), [_]) => {}
            (command, arguments) => panic!("{command:?} was given {arguments:?}"),
        }
    }

    fn store(&mut self, colour: u16) {
        let (column, row) = self.pointer.expect("the window is full");
        let bit = |n: u8| self.address_mode & (1 << n) != 0;
        let (is_row_first, mirrors_columns, mirrors_rows) = (bit(5), bit(6), bit(7));
        let (mut x, mut y) = (usize::from(column), usize::from(row));
        if is_row_first {
            (x, y) = (y, x);
        }
        assert!(x < COLUMNS && y < ROWS, "{x}, {y} is outside the memory");
        if mirrors_columns {
            x = COLUMNS - 1 - x;
        }
        if mirrors_rows {
            y = ROWS - 1 - y;
        }
        self.memory[y * COLUMNS + x] = Some(colour);
        self.pointer = if column < self.columns.1 {
            Some((column + 1, row))
        } else if row < self.rows.1 {
            Some((self.columns.0, row + 1))
        } else {
            None
        };
    }
}

/// What is wired to a controller.
#[derive(Clone)]
pub struct Wires {
    pub controller: Rc<RefCell<Controller>>,
    /// Absent until it is first driven.
    is_data: Rc<Cell<Option<bool>>>,
    /// Transfers until the bus fails once.
    pub fault_in: Rc<Cell<Option<usize>>>,
}

struct Bus(Wires);
struct DataCommand(Wires);
struct Reset(Wires);
struct NoDelay;

#[derive(Debug, thiserror::Error)]
#[error("the bus is gone")]
struct BusFault;

impl spi::Error for BusFault {
    fn kind(&self) -> spi::ErrorKind {
        spi::ErrorKind::Other
    }
}

impl spi::ErrorType for Bus {
    type Error = BusFault;
}

impl SpiDevice for Bus {
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), BusFault> {
        if let Some(left) = self.0.fault_in.take() {
            match left.checked_sub(1) {
                Some(left) => self.0.fault_in.set(Some(left)),
                None => return Err(BusFault),
            }
        }
        let is_data = self.0.is_data.get().expect("data or command?");
        let mut controller = self.0.controller.borrow_mut();
        for operation in operations {
            let Operation::Write(bytes) = operation else {
                panic!("nothing can be read from the display");
            };
            assert!((1..=MAX_TRANSFER).contains(&bytes.len()));
            controller.bytes += bytes.len();
            for byte in bytes.iter().copied() {
                if is_data {
                    controller.take(byte);
                } else {
                    controller.begin(byte);
                }
            }
        }
        Ok(())
    }
}

impl ErrorType for DataCommand {
    type Error = Infallible;
}

impl OutputPin for DataCommand {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.0.is_data.set(Some(false));
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.0.is_data.set(Some(true));
        Ok(())
    }
}

impl ErrorType for Reset {
    type Error = Infallible;
}

impl OutputPin for Reset {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.0.controller.borrow_mut().reset();
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl DelayNs for NoDelay {
    fn delay_ns(&mut self, _: u32) {}
}

impl Wires {
    pub fn new(driver: SpiDriver) -> Self {
        Self {
            controller: Rc::new(RefCell::new(Controller::new(driver))),
            is_data: Rc::default(),
            fault_in: Rc::default(),
        }
    }

    pub fn open(
        &self,
        options: &SpiOptions,
        has_reset: bool,
    ) -> Result<Box<dyn Panel>, PanelError> {
        let reset = has_reset.then(|| Reset(self.clone()));
        let (bus, dc) = (Bus(self.clone()), DataCommand(self.clone()));
        spi_panel(options, bus, dc, reset, &mut NoDelay)
    }

    /// What is seen on the glass, as RGB565.
    pub fn glass(&self, options: &SpiOptions) -> Vec<Option<u16>> {
        let controller = self.controller.borrow();
        assert!(controller.is_awake && controller.is_on);
        let ((x, y), (width, height)) = (options.offset, options.size);
        (y..y + height)
            .flat_map(|y| (x..x + width).map(move |x| (usize::from(x), usize::from(y))))
            .map(|(x, y)| controller.memory[y * COLUMNS + x])
            .collect()
    }
}
