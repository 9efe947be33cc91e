//! Where each tensor lies in the arena, with the border its readers need.

use crate::vision::kernels::{Number, Span, View};

/// Index into the plan's buffers.
pub type BufferId = usize;

/// Pixels beyond a map's edges that convolutions read as zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Border {
    pub above: usize,
    pub before: usize,
    pub below: usize,
    pub after: usize,
}

impl Border {
    /// The smallest that holds both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            above: self.above.max(other.above),
            before: self.before.max(other.before),
            below: self.below.max(other.below),
            after: self.after.max(other.after),
        }
    }
}

/// A tensor in the arena.
#[derive(Debug, Clone, Copy)]
pub struct Buffer {
    pub height: usize,
    pub width: usize,
    /// Of the tensor.
    pub channels: usize,
    /// Of memory.
    pub pitch: usize,
    pub border: Border,
    pub span: Span,
}

impl Buffer {
    /// Numbers of a row with its border.
    #[must_use]
    pub fn row(&self) -> usize {
        (self.border.before + self.width + self.border.after) * self.pitch
    }

    /// Memory with the border, in bytes; `None` if there is no number for it, as on 32-bit boards.
    #[must_use]
    pub fn bytes(&self) -> Option<usize> {
        let width = self.border.before + self.width + self.border.after;
        let height = self.border.above + self.height + self.border.below;
        width
            .checked_mul(self.pitch)?
            .checked_mul(height)?
            .checked_mul(size_of::<f32>())
    }

    /// Numbers with the border.
    #[must_use]
    pub fn len(&self) -> usize {
        (self.border.above + self.height + self.border.below) * self.row()
    }

    /// The map without its border.
    #[must_use]
    pub fn view(&self) -> View {
        View {
            start: self.border.above * self.row() + self.border.before * self.pitch,
            row: self.row(),
            pixel: self.pitch,
        }
    }

    /// Where a pixel starts.
    #[must_use]
    pub fn at(&self, y: usize, x: usize) -> usize {
        let view = self.view();
        view.start + y * view.row + x * view.pixel
    }

    /// Fills the border with zeros.
    pub fn clear_border<N: Number>(&self, numbers: &mut [N]) {
        if self.border == Border::default() {
            return;
        }
        let width = self.width * self.pitch;
        let mut filled = 0;
        // What lies between the end of a row and the start of the next is in one piece.
        for y in 0..=self.height {
            let next = if y < self.height {
                self.at(y, 0)
            } else {
                self.len()
            };
            if let Some(gap) = numbers.get_mut(filled..next) {
                gap.fill(N::default());
            }
            filled = next + width;
        }
    }
}

/// When a buffer is written first and read last, in steps.
#[derive(Debug, Clone, Copy)]
pub struct Life {
    pub from: usize,
    pub to: usize,
}

/// Gives every buffer of numbers of so many bytes its span, so that those alive at the same time are apart; returns the
/// arena's size in cache lines, the greatest number if that is too small.
pub fn place(buffers: &mut [Buffer], lives: &[Life], bytes: usize) -> usize {
    let mut order: Vec<BufferId> = (0..buffers.len()).collect();
    order.sort_by_key(|&b| lives[b].from);
    let mut placed: Vec<BufferId> = Vec::new();
    let mut total = 0;
    for id in order {
        let lines = Span::lines_for(buffers[id].len() * bytes);
        placed.retain(|&other| lives[other].to >= lives[id].from);
        placed.sort_by_key(|&other| buffers[other].span.start);
        let mut start = 0_usize;
        for &other in &placed {
            let span = buffers[other].span;
            if start.saturating_add(lines) <= span.start {
                break;
            }
            start = start.max(span.start.saturating_add(span.lines));
        }
        buffers[id].span = Span { start, lines };
        total = total.max(start.saturating_add(lines));
        placed.push(id);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn buffer(height: usize, border: Border) -> Buffer {
        Buffer {
            height,
            width: 3,
            channels: 2,
            pitch: 4,
            border,
            span: Span { start: 0, lines: 0 },
        }
    }

    proptest! {
        #[test]
        fn buffers_alive_at_once_lie_apart(lives in prop::collection::vec((0usize..20, 0usize..6, 1usize..200), 1..40)) {
            let mut buffers: Vec<Buffer> =
                lives.iter().map(|&(_, _, height)| buffer(height, Border::default())).collect();
            let lives: Vec<Life> = lives.iter().map(|&(from, more, _)| Life { from, to: from + more }).collect();
            let total = place(&mut buffers, &lives, 4);
            for (a, one) in buffers.iter().zip(&lives) {
                prop_assert!(a.span.start + a.span.lines <= total);
                for (b, other) in buffers.iter().zip(&lives) {
                    let together = one.from <= other.to && other.from <= one.to;
                    let apart = a.span.start + a.span.lines <= b.span.start
                        || b.span.start + b.span.lines <= a.span.start;
                    prop_assert!(!together || apart || std::ptr::eq(a, b));
                }
            }
        }

        #[test]
        fn all_but_the_map_is_border(above in 0usize..3, before in 0usize..3, below in 0usize..3, after in 0usize..3) {
            let buffer = buffer(5, Border { above, before, below, after });
            let mut numbers = vec![7.0; buffer.len()];
            buffer.clear_border(&mut numbers);
            let map = (0..5).flat_map(|y| (0..3).map(move |x| (y, x)));
            prop_assert!(map.into_iter().all(|(y, x)| numbers[buffer.at(y, x)..][..4] == [7.0; 4]));
            prop_assert_eq!(numbers.iter().filter(|&&n| n == 7.0).count(), 5 * 3 * 4);
        }
    }
}
