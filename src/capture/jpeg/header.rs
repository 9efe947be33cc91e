//! What stands before the entropy-coded data (ITU-T T.81, annex B).

use super::Fault;
use super::huffman::Huffman;
use super::standard;

/// The most components of a frame that is decoded here.
pub(super) const COMPONENTS: usize = 3;
/// Tables of each kind.
const TABLES: usize = 4;

const SOF_BASELINE: u8 = 0xC0;
const SOF_EXTENDED: u8 = 0xC1;
const DHT: u8 = 0xC4;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const DQT: u8 = 0xDB;
const DRI: u8 = 0xDD;
const APP1: u8 = 0xE1;
const APP14: u8 = 0xEE;

/// A frame's size and how it is coded.
#[derive(Default)]
pub(super) struct Header {
    /// In pixels, 1 to 65535.
    pub(super) width: u32,
    /// In pixels, 1 to 65535.
    pub(super) height: u32,
    /// Where the entropy-coded data begin.
    pub(super) data: usize,
    /// MCUs from one restart marker to the next; 0 if there are none.
    pub(super) restart_interval: u32,
    components: [Component; COMPONENTS],
    count: usize,
}

/// A component of the frame.
#[derive(Clone, Copy, Default)]
pub(super) struct Component {
    id: u8,
    /// Blocks of an MCU to the right and down, 1 to 4.
    pub(super) sampling: (usize, usize),
    /// The table's number, 0 to 3.
    pub(super) quantisation: usize,
    /// The table's number, 0 to 3.
    pub(super) dc: usize,
    /// The table's number, 0 to 3.
    pub(super) ac: usize,
}

/// The tables of a frame. Those of the frame before stay built for one that has the same.
pub(super) struct Tables {
    /// In the order of the coefficients in the file.
    pub(super) quantisation: [[i32; 64]; TABLES],
    pub(super) dc: [Huffman; TABLES],
    pub(super) ac: [Huffman; TABLES],
    /// Which of the three kinds above the frame has defined.
    defined: [[bool; TABLES]; 3],
}

impl Tables {
    pub(super) fn new() -> Box<Self> {
        Box::new(Self {
            quantisation: [[0; 64]; TABLES],
            dc: std::array::from_fn(|_| Huffman::new()),
            ac: std::array::from_fn(|_| Huffman::new()),
            defined: [[false; TABLES]; 3],
        })
    }

    /// Reads a JPEG up to its first scan, tables included.
    ///
    /// # Errors
    /// If it is damaged, or nothing that is decoded here: see [`Fault`].
    pub(super) fn read(&mut self, jpeg: &[u8]) -> Result<Header, Fault> {
        self.defined = Default::default();
        let mut header = Header::default();
        let mut rest = match jpeg {
            [0xFF, 0xD8, rest @ ..] => rest,
            _ => return Err(Fault::Unsupported),
        };
        loop {
            let (code, segment);
            (code, segment, rest) = next_segment(rest)?;
            match code {
                SOF_BASELINE | SOF_EXTENDED => header.read_frame(segment)?,
                // Other ways to code a frame, or to code the bits.
                0xC2..=0xCF if code != DHT => return Err(Fault::Unsupported),
                DHT => self.read_huffman(segment)?,
                DQT => self.read_quantisation(segment)?,
                DRI => header.read_restart_interval(segment)?,
                APP1 if is_turned(segment) => return Err(Fault::Unsupported),
                // Adobe tells what the three components are; 1 is YCbCr.
                APP14 if segment.starts_with(b"Adobe") && segment.get(11) != Some(&1) => {
                    return Err(Fault::Unsupported);
                }
                SOS => {
                    header.read_scan(segment)?;
                    header.data = jpeg.len() - rest.len();
                    self.complete(&header)?;
                    return Ok(header);
                }
                _ => {}
            }
        }
    }

    fn read_quantisation(&mut self, mut segment: &[u8]) -> Result<(), Fault> {
        let wrong = Fault::Corrupt("the quantisation tables have a wrong length");
        while let [about, values @ ..] = segment {
            let number = usize::from(about & 15);
            let table = self.quantisation.get_mut(number).ok_or(NO_SUCH_TABLE)?;
            let bytes = match about >> 4 {
                0 => 1,
                1 => 2,
                _ => return Err(Fault::Corrupt("a quantisation table has a wrong precision")),
            };
            let (values, behind) = values.split_at_checked(64 * bytes).ok_or(wrong)?;
            for (place, value) in table.iter_mut().zip(values.chunks_exact(bytes)) {
                *place = value
                    .iter()
                    .fold(0, |high, &byte| high << 8 | i32::from(byte));
            }
            self.defined[0][number] = true;
            segment = behind;
        }
        Ok(())
    }

    fn read_huffman(&mut self, mut segment: &[u8]) -> Result<(), Fault> {
        let wrong = Fault::Corrupt("the Huffman tables have a wrong length");
        while let [about, behind @ ..] = segment {
            let (counts, behind) = behind.split_first_chunk().ok_or(wrong)?;
            let count = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, behind) = behind.split_at_checked(count).ok_or(wrong)?;
            self.define(about >> 4, usize::from(about & 15), counts, symbols)?;
            segment = behind;
        }
        Ok(())
    }

    /// Takes a table of class 0 (DC) or 1 (AC) over.
    fn define(
        &mut self,
        class: u8,
        number: usize,
        counts: &[u8; 16],
        symbols: &[u8],
    ) -> Result<(), Fault> {
        let tables = match class {
            // Differences have at most 15 bits, and there are no runs of them.
            0 if symbols.iter().any(|&symbol| symbol > 15) => {
                return Err(Fault::Corrupt("a Huffman table has a wrong symbol"));
            }
            0 => &mut self.dc,
            1 => &mut self.ac,
            _ => return Err(NO_SUCH_TABLE),
        };
        tables
            .get_mut(number)
            .ok_or(NO_SUCH_TABLE)?
            .define(counts, symbols)?;
        self.defined[usize::from(class) + 1][number] = true;
        Ok(())
    }

    /// Puts the standard Huffman tables in place of those that are left out.
    fn complete(&mut self, header: &Header) -> Result<(), Fault> {
        for component in header.components() {
            if !self.defined[0][component.quantisation] {
                return Err(Fault::Corrupt("a quantisation table is missing"));
            }
            for (class, number, standard) in [
                (0, component.dc, standard::DC),
                (1, component.ac, standard::AC),
            ] {
                if !self.defined[usize::from(class) + 1][number] {
                    let missing = Fault::Corrupt("a Huffman table is missing");
                    let (counts, symbols) = standard.get(number).ok_or(missing)?;
                    self.define(class, number, counts, symbols)?;
                }
            }
        }
        Ok(())
    }
}

const NO_SUCH_TABLE: Fault = Fault::Corrupt("a table has a wrong number");

impl Header {
    /// One, or three: Y, Cb and Cr.
    pub(super) fn components(&self) -> &[Component] {
        &self.components[..self.count]
    }

    fn read_frame(&mut self, segment: &[u8]) -> Result<(), Fault> {
        let wrong = Fault::Corrupt("the frame header has a wrong length");
        let (&[precision, h1, h0, w1, w0, count], list) =
            segment.split_first_chunk().ok_or(wrong)?;
        if self.count > 0 {
            return Err(Fault::Corrupt("there are two frame headers"));
        }
        if list.len() != usize::from(count) * 3 {
            return Err(wrong);
        }
        // No height stands for one that is told behind the data.
        self.width = u32::from(u16::from_be_bytes([w1, w0]));
        self.height = u32::from(u16::from_be_bytes([h1, h0]));
        if precision != 8 || self.height == 0 || !matches!(count, 1 | 3) {
            return Err(Fault::Unsupported);
        }
        if self.width == 0 {
            return Err(Fault::Corrupt("the frame has no width"));
        }
        self.count = usize::from(count);
        for (component, about) in self.components.iter_mut().zip(list.chunks_exact(3)) {
            let sampling = (usize::from(about[1] >> 4), usize::from(about[1] & 15));
            if !(1..=4).contains(&sampling.0) || !(1..=4).contains(&sampling.1) {
                return Err(Fault::Corrupt("a component has a wrong sampling factor"));
            }
            *component = Component {
                id: about[0],
                sampling,
                quantisation: usize::from(about[2]),
                ..Component::default()
            };
            if component.quantisation >= TABLES {
                return Err(NO_SUCH_TABLE);
            }
        }
        if self.components.map(|component| component.id) == *b"RGB" {
            return Err(Fault::Unsupported);
        }
        Ok(())
    }

    fn read_scan(&mut self, segment: &[u8]) -> Result<(), Fault> {
        let wrong = Fault::Corrupt("the scan header has a wrong length");
        let (&count, list) = segment.split_first().ok_or(wrong)?;
        if list.len() != usize::from(count) * 2 + 3 {
            return Err(wrong);
        }
        if self.count == 0 {
            return Err(Fault::Corrupt("there is no frame header"));
        }
        // Components in scans of their own.
        if usize::from(count) != self.count {
            return Err(Fault::Unsupported);
        }
        for (component, about) in self.components[..self.count]
            .iter_mut()
            .zip(list.chunks_exact(2))
        {
            if component.id != about[0] {
                return Err(Fault::Corrupt(
                    "the scan names other components than the frame",
                ));
            }
            (component.dc, component.ac) = (usize::from(about[1] >> 4), usize::from(about[1] & 15));
            if component.dc.max(component.ac) >= TABLES {
                return Err(NO_SUCH_TABLE);
            }
        }
        Ok(())
    }

    fn read_restart_interval(&mut self, segment: &[u8]) -> Result<(), Fault> {
        let &[high, low] = segment else {
            return Err(Fault::Corrupt("the restart interval has a wrong length"));
        };
        self.restart_interval = u32::from(u16::from_be_bytes([high, low]));
        Ok(())
    }
}

/// The code of a marker, what its segment holds, and what comes behind it.
fn next_segment(bytes: &[u8]) -> Result<(u8, &[u8], &[u8]), Fault> {
    let [0xFF, rest @ ..] = bytes else {
        return Err(match bytes {
            [] => Fault::Truncated,
            _ => Fault::Corrupt("there are bytes between its segments"),
        });
    };
    // Fill bytes may stand before any marker (B.1.1.2).
    let fill = rest.iter().take_while(|&&byte| byte == 0xFF).count();
    match &rest[fill..] {
        [] => Err(Fault::Truncated),
        [0x00..=0xBF | 0xD0..=0xD8, ..] => Err(Fault::Corrupt("a marker is out of place")),
        [EOI, ..] => Err(Fault::Corrupt("it ends before there is a picture")),
        [code, high, low, rest @ ..] => {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let length = length
                .checked_sub(2)
                .ok_or(Fault::Corrupt("a segment has a wrong length"))?;
            let (segment, rest) = rest.split_at_checked(length).ok_or(Fault::Truncated)?;
            Ok((*code, segment, rest))
        }
        _ => Err(Fault::Truncated),
    }
}

/// Whether an APP1 segment is EXIF and tells an orientation other than upright (EXIF 2.32, 4.6.4).
fn is_turned(segment: &[u8]) -> bool {
    const ORIENTATION: u16 = 0x0112;
    let Some(tiff) = segment.strip_prefix(b"Exif\0\0") else {
        return false;
    };
    let is_little = tiff.starts_with(b"II");
    let word = |at: usize| {
        let pair = *tiff.get(at..)?.first_chunk()?;
        Some(if is_little {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        })
    };
    let (first, second) = if is_little { (6, 4) } else { (4, 6) };
    let directory = || Some(usize::from(word(first)?) << 16 | usize::from(word(second)?));
    let orientation = || {
        let directory = directory()?;
        let entries = (0..usize::from(word(directory)?)).map(|entry| directory + 2 + entry * 12);
        let entry = entries
            .into_iter()
            .find(|&at| word(at) == Some(ORIENTATION))?;
        word(entry + 8)
    };
    orientation().is_some_and(|orientation| orientation != 1)
}
