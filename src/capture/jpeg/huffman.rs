//! Huffman tables (ITU-T T.81, annexes C and F.2.2.3).

use super::Fault;
use super::bits::{BitReader, extend};

/// Codes up to so many bits are found at once.
const LOOK: u32 = 10;
const LONGEST: usize = 16;

/// What a table is made of: how many codes there are of each length from 1 to 16 bits, and their symbols.
#[derive(Clone, PartialEq, Eq)]
struct Definition {
    counts: [u8; LONGEST],
    symbols: [u8; 256],
}

/// A table to decode with.
pub(super) struct Huffman {
    definition: Definition,
    /// By the next [`LOOK`] bits.
    near: [Entry; 1 << LOOK],
    /// By the length of a code: the first 16 bits that are behind the codes up to this length.
    limits: [usize; LONGEST + 1],
    /// By the length of a code: what is added to a code for the place of its symbol.
    offsets: [usize; LONGEST + 1],
}

/// What the next bits begin with. All zero if it takes more of them to tell.
#[derive(Clone, Copy, Default)]
struct Entry {
    /// The number behind the symbol; 0 if it isn't among the bits, or there is none.
    value: i16,
    /// The symbol: zeros that are left out times 16, plus the size of the number.
    symbol: u8,
    /// Bits of the code, with those of the number if there is a value.
    length: u8,
}

/// A coefficient or what stands in its place.
pub(super) struct Coded {
    /// How many coefficients before it are zero, 0 to 15.
    pub(super) run: usize,
    /// The coefficient. 0 ends the block, but after a run of 15, where it is one more zero.
    pub(super) value: i32,
}

impl Huffman {
    /// A table without codes.
    pub(super) fn new() -> Self {
        Self {
            definition: Definition {
                counts: [0; LONGEST],
                symbols: [0; 256],
            },
            near: [Entry::default(); 1 << LOOK],
            limits: [0; LONGEST + 1],
            offsets: [0; LONGEST + 1],
        }
    }

    /// Takes the table over; nothing is done if it is the same as before, as it is in each frame of a camera.
    ///
    /// # Errors
    /// If it has no codes, or more than fit into their lengths, or the number of `symbols` is another.
    pub(super) fn define(&mut self, counts: &[u8; LONGEST], symbols: &[u8]) -> Result<(), Fault> {
        let wrong = Fault::Corrupt("a Huffman table holds more codes than there can be");
        let count: usize = counts.iter().map(|&count| usize::from(count)).sum();
        if count == 0 || count > 256 || count != symbols.len() {
            return Err(wrong);
        }
        let mut definition = Definition {
            counts: *counts,
            symbols: [0; 256],
        };
        for (place, symbol) in definition.symbols.iter_mut().zip(symbols) {
            *place = *symbol;
        }
        if definition == self.definition {
            return Ok(());
        }
        // Anything but what it was before, should it turn out wrong below.
        self.definition.counts = [0; LONGEST];
        self.near.fill(Entry::default());
        let (mut code, mut first) = (0usize, 0usize);
        for (length, &count) in (1..).zip(counts) {
            code *= 2;
            let count = usize::from(count);
            self.offsets[length] = first.wrapping_sub(code);
            for &symbol in definition.symbols.iter().skip(first).take(count) {
                self.enter(code, length as u32, symbol);
                code += 1;
            }
            if code > 1 << length {
                return Err(wrong);
            }
            self.limits[length] = code << (LONGEST - length);
            first += count;
        }
        self.definition = definition;
        Ok(())
    }

    /// Enters a code of `length` bits at every look-up that begins with it.
    fn enter(&mut self, code: usize, length: u32, symbol: u8) {
        let Some(free) = LOOK.checked_sub(length) else {
            return;
        };
        let size = u32::from(symbol & 15);
        let places = self.near.iter_mut().skip(code << free).take(1 << free);
        for (behind, entry) in places.enumerate() {
            *entry = Entry {
                value: 0,
                symbol,
                length: length as u8,
            };
            if (1..=free).contains(&size) {
                entry.value = extend((behind >> (free - size)) as i32, size) as i16;
                entry.length += size as u8;
            }
        }
    }

    /// The next coefficient; the reader has to be [refilled](BitReader::refill) before.
    ///
    /// # Errors
    /// If the bits are no code of the table.
    #[inline(always)]
    pub(super) fn coded(&self, reader: &mut BitReader<'_>) -> Result<Coded, Fault> {
        let entry = self.near[reader.peek(LOOK)];
        if entry.value != 0 {
            reader.skip(u32::from(entry.length));
            return Ok(Coded {
                run: usize::from(entry.symbol >> 4),
                value: i32::from(entry.value),
            });
        }
        let symbol = if entry.length > 0 {
            reader.skip(u32::from(entry.length));
            entry.symbol
        } else {
            self.long(reader)?
        };
        Ok(Coded {
            run: usize::from(symbol >> 4),
            value: reader.number(u32::from(symbol & 15)),
        })
    }

    /// The symbol of a code that is longer than a look-up.
    #[inline(never)]
    fn long(&self, reader: &mut BitReader<'_>) -> Result<u8, Fault> {
        let ahead = reader.peek(LONGEST as u32);
        let lengths = LOOK as usize + 1..=LONGEST;
        let length = lengths
            .into_iter()
            .find(|&length| ahead < self.limits[length]);
        let length = length.ok_or(Fault::Corrupt("the data hold an unknown code"))?;
        reader.skip(length as u32);
        let place = (ahead >> (LONGEST - length)).wrapping_add(self.offsets[length]);
        Ok(self.definition.symbols[place & 255])
    }
}
