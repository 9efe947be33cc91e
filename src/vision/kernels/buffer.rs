//! Memory in whole cache lines, so that no vector straddles two.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::slice;

/// A cache line.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

const LINE: usize = size_of::<Line>();

/// Types of which every bit pattern is a value, and without padding.
///
/// # Safety
/// Implement it only for such types, of an alignment that divides a cache line's.
pub unsafe trait Plain: Copy {}
// SAFETY: plain numbers.
unsafe impl Plain for f32 {}
// SAFETY: plain numbers.
unsafe impl Plain for u8 {}
// SAFETY: plain numbers.
unsafe impl Plain for i8 {}

/// A slice of numbers that begins at a cache line; zeros at first.
#[derive(Clone)]
pub(super) struct Aligned<T> {
    lines: Vec<Line>,
    length: usize,
    numbers: PhantomData<T>,
}

impl<T: Plain> Aligned<T> {
    pub(super) fn zeros(length: usize) -> Self {
        let lines = (length * size_of::<T>()).div_ceil(LINE);
        Self {
            lines: vec![Line([0; LINE]); lines],
            length,
            numbers: PhantomData,
        }
    }
}

impl<T: Plain> Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `zeros` made room for so many, initialised, and any bits are a T.
        unsafe { slice::from_raw_parts(self.lines.as_ptr().cast(), self.length) }
    }
}

impl<T: Plain> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above, and `self` is borrowed exclusively.
        unsafe { slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.length) }
    }
}

/// A part of an [`Arena`], in cache lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub lines: usize,
}

impl Span {
    /// Lines that `bytes` take.
    #[must_use]
    pub fn lines_for(bytes: usize) -> usize {
        bytes.div_ceil(LINE)
    }

    fn end(self) -> usize {
        self.start.saturating_add(self.lines)
    }
}

/// One piece of memory for all the tensors of a run.
pub struct Arena {
    lines: Vec<Line>,
}

/// What an [`Arena`] holds before and after a part that is being written.
pub struct Rest<'a> {
    before: &'a [Line],
    after: &'a [Line],
    /// Where `after` starts in the arena.
    resumes: usize,
}

impl Arena {
    /// So many cache lines of zeros.
    #[must_use]
    pub fn new(lines: usize) -> Self {
        Self {
            lines: vec![Line([0; LINE]); lines],
        }
    }

    /// A part to read; nothing if the arena ends before it does.
    #[must_use]
    pub fn read<T: Plain>(&self, span: Span) -> &[T] {
        numbers(self.lines.get(span.start..span.end()).unwrap_or_default())
    }

    /// A part to write, and the rest to read. Nothing is writable if the arena ends before the part does.
    #[must_use]
    pub fn write<T: Plain>(&mut self, span: Span) -> (&mut [T], Rest<'_>) {
        let (start, end) = (span.start, span.end());
        let span = if end <= self.lines.len() {
            start..end
        } else {
            0..0
        };
        let (before, written) = self.lines.split_at_mut(span.start);
        let (written, after) = written.split_at_mut(span.len());
        let rest = Rest {
            before,
            after,
            resumes: span.end,
        };
        (numbers_mut(written), rest)
    }
}

impl<'a> Rest<'a> {
    /// A part to read; nothing if it overlaps what is being written.
    #[must_use]
    pub fn read<T: Plain>(&self, span: Span) -> &'a [T] {
        let lines = if span.start < self.resumes {
            self.before.get(span.start..span.end())
        } else {
            let start = span.start - self.resumes;
            self.after.get(start..start.saturating_add(span.lines))
        };
        numbers(lines.unwrap_or_default())
    }
}

fn numbers<T: Plain>(lines: &[Line]) -> &[T] {
    let length = size_of_val(lines) / size_of::<T>();
    // SAFETY: initialised bytes, aligned to a line, and any bits are a T.
    unsafe { slice::from_raw_parts(lines.as_ptr().cast(), length) }
}

fn numbers_mut<T: Plain>(lines: &mut [Line]) -> &mut [T] {
    let length = size_of_val(lines) / size_of::<T>();
    // SAFETY: as above, and the lines are borrowed exclusively.
    unsafe { slice::from_raw_parts_mut(lines.as_mut_ptr().cast(), length) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_never_shows_what_is_written() {
        let mut arena = Arena::new(4);
        arena.write::<u8>(Span { start: 3, lines: 1 }).0.fill(7);
        let (written, rest) = arena.write::<f32>(Span { start: 1, lines: 2 });
        assert_eq!(written.len(), 32);
        assert_eq!(rest.read::<u8>(Span { start: 3, lines: 1 }), [7; 64]);
        assert_eq!(rest.read::<u8>(Span { start: 0, lines: 1 }), [0; 64]);
        for (start, lines) in [(0, 2), (1, 1), (2, 1), (2, 2), (3, 2), (0, usize::MAX)] {
            assert!(
                rest.read::<u8>(Span { start, lines }).is_empty(),
                "{start} {lines}"
            );
        }
    }

    #[test]
    fn a_part_beyond_the_arena_is_empty() {
        let mut arena = Arena::new(1);
        for (start, lines) in [(0, 2), (1, 1), (usize::MAX, 1)] {
            assert!(arena.read::<f32>(Span { start, lines }).is_empty());
            assert!(arena.write::<f32>(Span { start, lines }).0.is_empty());
        }
    }
}
