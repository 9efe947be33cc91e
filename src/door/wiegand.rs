//! Wiegand output: who was let in, told to an existing access control panel as a card number.
//!
//! | format | bits | layout |
//! |---|---|---|
//! | 26 (H10301) | 26 | even parity of the first 12, facility 8, number 16, odd parity of the last 12 |
//! | 34 (H10306) | 34 | even parity of the first 16, facility 16, number 16, odd parity of the last 16 |
//!
//! A bit is a pulse of about 50 µs on DATA0 (for 0) or DATA1 (for 1), and the next follows 2 ms later.
//! Timing from user space is not exact: a pulse is never shorter, but can be longer when the kernel
//! takes the processor away in the middle of it (docs/door.md has figures).

use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;

use super::DoorError;
use crate::domain::SubjectId;

/// How a number is laid out in bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WiegandFormat {
    Bits26,
    Bits34,
}

impl WiegandFormat {
    /// All bits, the parity ones included.
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::Bits26 => 26,
            Self::Bits34 => 34,
        }
    }

    /// The greatest facility code.
    #[must_use]
    pub fn max_facility(self) -> u16 {
        match self {
            Self::Bits26 => u8::MAX.into(),
            Self::Bits34 => u16::MAX,
        }
    }
}

/// A number with its parity, ready to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WiegandFrame {
    format: WiegandFormat,
    /// The first bit on the wire is the most significant one.
    bits: u64,
}

impl WiegandFrame {
    /// Lays out a facility code and a card number.
    ///
    /// # Errors
    /// If the facility code does not fit the format.
    pub fn new(format: WiegandFormat, facility: u16, number: u16) -> Result<Self, DoorError> {
        if facility > format.max_facility() {
            let max = format.max_facility();
            return Err(DoorError::Facility { facility, max });
        }
        let data = u64::from(facility) << 16 | u64::from(number);
        let half = (format.bits() - 2) / 2;
        let first_ones = (data >> half).count_ones();
        let last_ones = (data & ((1 << half) - 1)).count_ones();
        let even = u64::from(first_ones % 2);
        let odd = u64::from(last_ones.is_multiple_of(2));
        let bits = even << (format.bits() - 1) | data << 1 | odd;
        Ok(Self { format, bits })
    }

    /// Lays out an ID number, which must be a decimal number of at most 16 bits.
    ///
    /// # Errors
    /// If it is not, or the facility code does not fit the format.
    pub fn of(
        format: WiegandFormat,
        facility: u16,
        subject: &SubjectId,
    ) -> Result<Self, DoorError> {
        let number = subject.as_str().parse();
        let number = number.map_err(|_| DoorError::NoCardNumber)?;
        Self::new(format, facility, number)
    }

    /// The bits in the order in which they are sent.
    pub fn iter(self) -> impl Iterator<Item = bool> {
        (0..self.format.bits())
            .rev()
            .map(move |place| self.bits >> place & 1 == 1)
    }
}

/// The two data lines. "High" is the active level, the pulse: a line that drives the wire itself is
/// active-low, one that drives a transistor is not.
#[derive(Debug)]
pub struct WiegandOutput<P, D> {
    data0: P,
    data1: P,
    delay: D,
}

impl<P: OutputPin, D: DelayNs> WiegandOutput<P, D> {
    /// Length of a pulse, in microseconds.
    const PULSE_US: u32 = 50;
    /// From the end of a pulse to the next, in microseconds.
    const GAP_US: u32 = 2_000;

    /// Takes lines that are at rest.
    #[must_use]
    pub fn new(data0: P, data1: P, delay: D) -> Self {
        Self {
            data0,
            data1,
            delay,
        }
    }

    /// Sends a frame, which takes about 2 ms a bit.
    ///
    /// # Errors
    /// If a line can't be driven. It is tried to be brought to rest, and the panel sees a short frame,
    /// which it discards.
    pub fn send(&mut self, frame: WiegandFrame) -> Result<(), P::Error> {
        for bit in frame.iter() {
            let line = if bit {
                &mut self.data1
            } else {
                &mut self.data0
            };
            let raised = line.set_high();
            self.delay.delay_us(Self::PULSE_US);
            line.set_low()?;
            raised?;
            self.delay.delay_us(Self::GAP_US);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use embedded_hal::digital::{ErrorType, PinState};
    use proptest::prelude::*;

    use super::*;

    fn text(frame: WiegandFrame) -> String {
        frame
            .iter()
            .map(|bit| if bit { '1' } else { '0' })
            .collect()
    }

    /// What a panel makes of a frame: facility code and number, if the parity is right.
    fn read(bits: &[bool]) -> Option<(u16, u16)> {
        let (first, last) = bits.split_at(bits.len() / 2);
        let ones = |half: &[bool]| half.iter().filter(|bit| **bit).count();
        let is_sound = ones(first).is_multiple_of(2) && !ones(last).is_multiple_of(2);
        let data = &bits[1..bits.len() - 1];
        let value = data.iter().fold(0_u32, |v, bit| v << 1 | u32::from(*bit));
        is_sound.then_some(((value >> 16) as u16, value as u16))
    }

    #[test]
    fn known_cards() {
        let w26 = |facility, number| {
            text(WiegandFrame::new(WiegandFormat::Bits26, facility, number).unwrap())
        };
        assert_eq!(w26(0, 0), "00000000000000000000000001");
        assert_eq!(w26(0, 1), "00000000000000000000000010");
        assert_eq!(w26(1, 0), "10000000100000000000000001");
        assert_eq!(w26(255, 65_535), "01111111111111111111111111");
        let w34 = WiegandFrame::new(WiegandFormat::Bits34, 1, 1).unwrap();
        assert_eq!(text(w34), "1000000000000000100000000000000010");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let format = WiegandFormat::Bits26;
        assert!(WiegandFrame::new(format, 256, 1).is_err());
        for id in ["65536", "A-17", "1.5", "-1"] {
            assert!(
                WiegandFrame::of(format, 0, &id.parse().unwrap()).is_err(),
                "{id}"
            );
        }
        let frame = WiegandFrame::of(format, 7, &"0017".parse().unwrap()).unwrap();
        assert_eq!(frame, WiegandFrame::new(format, 7, 17).unwrap());
    }

    proptest! {
        #[test]
        fn a_panel_reads_what_was_sent(facility: u16, number: u16, wide: bool) {
            let format = if wide { WiegandFormat::Bits34 } else { WiegandFormat::Bits26 };
            let facility = facility & format.max_facility();
            let frame = WiegandFrame::new(format, facility, number).unwrap();
            let bits: Vec<bool> = frame.iter().collect();
            prop_assert_eq!(bits.len(), format.bits() as usize);
            prop_assert_eq!(read(&bits), Some((facility, number)));
        }

        #[test]
        fn a_flipped_bit_is_noticed(facility: u8, number: u16, place in 0_usize..26) {
            let frame = WiegandFrame::new(WiegandFormat::Bits26, facility.into(), number).unwrap();
            let mut bits: Vec<bool> = frame.iter().collect();
            bits[place] = !bits[place];
            prop_assert_eq!(read(&bits), None);
        }
    }

    /// What happened on the wire, with the time in microseconds.
    #[derive(Debug, Default)]
    struct Wire {
        clock: u64,
        changes: Vec<(u64, usize, PinState)>,
    }

    #[derive(Clone)]
    struct WirePin(usize, Rc<RefCell<Wire>>);

    impl ErrorType for WirePin {
        type Error = std::convert::Infallible;
    }

    impl OutputPin for WirePin {
        fn set_low(&mut self) -> Result<(), Self::Error> {
            self.set_state(PinState::Low)
        }

        fn set_high(&mut self) -> Result<(), Self::Error> {
            self.set_state(PinState::High)
        }

        fn set_state(&mut self, state: PinState) -> Result<(), Self::Error> {
            let mut wire = self.1.borrow_mut();
            let clock = wire.clock;
            wire.changes.push((clock, self.0, state));
            Ok(())
        }
    }

    struct WireDelay(Rc<RefCell<Wire>>);

    impl DelayNs for WireDelay {
        fn delay_ns(&mut self, ns: u32) {
            self.0.borrow_mut().clock += u64::from(ns) / 1_000;
        }
    }

    #[test]
    fn each_bit_is_one_pulse_on_its_line_with_a_gap_behind_it() {
        let wire = Rc::new(RefCell::new(Wire::default()));
        let pin = |line| WirePin(line, Rc::clone(&wire));
        let mut output = WiegandOutput::new(pin(0), pin(1), WireDelay(Rc::clone(&wire)));
        let frame = WiegandFrame::new(WiegandFormat::Bits26, 18, 1234).unwrap();
        output.send(frame).unwrap();
        let changes = &wire.borrow().changes;
        assert_eq!(changes.len(), 52);
        for (place, (pulse, bit)) in changes.chunks(2).zip(frame.iter()).enumerate() {
            let start = place as u64 * 2_050;
            let line = usize::from(bit);
            assert_eq!(
                pulse,
                [
                    (start, line, PinState::High),
                    (start + 50, line, PinState::Low)
                ]
            );
        }
    }
}
