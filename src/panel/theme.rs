//! Colours. Every outcome differs from the others in symbol and words as well.

use embedded_graphics::pixelcolor::{Rgb888, RgbColor};

use crate::domain::{EnrolmentEnd, Screen};

/// The colours of one screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Theme {
    /// Behind everything.
    pub paper: Rgb888,
    /// The title.
    pub ink: Rgb888,
    /// The detail below it.
    pub quiet: Rgb888,
    /// The symbol.
    pub accent: Rgb888,
}

const NIGHT: Theme = Theme {
    paper: Rgb888::new(0x12, 0x18, 0x1f),
    ink: Rgb888::new(0xf5, 0xf7, 0xf9),
    quiet: Rgb888::new(0xb8, 0xc3, 0xce),
    accent: Rgb888::new(0x8c, 0xc8, 0xf0),
};
const GREEN: Theme = plain(Rgb888::new(0x08, 0x58, 0x32), Rgb888::new(0xe9, 0xf8, 0xf0));
const RED: Theme = plain(Rgb888::new(0x93, 0x1a, 0x22), Rgb888::new(0xfd, 0xec, 0xec));
const BLUE: Theme = plain(Rgb888::new(0x1a, 0x49, 0x85), Rgb888::new(0xe6, 0xf0, 0xfb));
const AMBER: Theme = Theme {
    paper: Rgb888::new(0xf2, 0xb8, 0x1d),
    ink: Rgb888::new(0x1c, 0x15, 0x04),
    quiet: Rgb888::new(0x3a, 0x2c, 0x06),
    accent: Rgb888::new(0x1c, 0x15, 0x04),
};

/// White on a dark colour.
const fn plain(paper: Rgb888, quiet: Rgb888) -> Theme {
    Theme {
        paper,
        ink: Rgb888::WHITE,
        quiet,
        accent: Rgb888::WHITE,
    }
}

impl Theme {
    pub fn of(screen: &Screen) -> Self {
        match screen {
            Screen::Idle
            | Screen::ShowFace
            | Screen::Verifying
            | Screen::Guide(_)
            | Screen::Challenge(_)
            | Screen::Enrolling { .. } => NIGHT,
            Screen::Granted(_) => GREEN,
            Screen::Denied(_) | Screen::LockedOut => RED,
            // Never green: that is for who may come in.
            Screen::Review(_)
            | Screen::Consent
            | Screen::EnrolmentEnded(EnrolmentEnd::Enrolled) => BLUE,
            Screen::TryAgain(_) | Screen::CloseDoor | Screen::EnrolmentEnded(_) => AMBER,
            Screen::Offline | Screen::OutOfService => Theme {
                accent: AMBER.paper,
                ..NIGHT
            },
        }
    }
}

/// `over` laid on `under`, opaque to the share `coverage` (0 to 1).
pub(super) fn mix(under: Rgb888, over: Rgb888, coverage: f32) -> Rgb888 {
    let share = |u: u8, o: u8| {
        let (u, o) = (f32::from(u), f32::from(o));
        // Rounded: the cast cuts off.
        (u + (o - u) * coverage.clamp(0.0, 1.0) + 0.5) as u8
    };
    Rgb888::new(
        share(under.r(), over.r()),
        share(under.g(), over.g()),
        share(under.b(), over.b()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast ratio after WCAG 2.2, 1 to 21.
    fn contrast(a: Rgb888, b: Rgb888) -> f32 {
        let luminance = |c: Rgb888| {
            let linear = |v: u8| match f32::from(v) / 255.0 {
                v if v <= 0.04045 => v / 12.92,
                v => ((v + 0.055) / 1.055).powf(2.4),
            };
            0.2126 * linear(c.r()) + 0.7152 * linear(c.g()) + 0.0722 * linear(c.b())
        };
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn contrast_is_that_of_wcag_level_aaa() {
        for theme in [NIGHT, GREEN, RED, BLUE, AMBER] {
            for colour in [theme.ink, theme.quiet, theme.accent] {
                let ratio = contrast(theme.paper, colour);
                assert!(ratio >= 7.0, "{theme:?}: {ratio}");
            }
        }
    }

    #[test]
    fn mixing_meets_both_ends() {
        let (a, b) = (Rgb888::new(10, 20, 30), Rgb888::new(200, 0, 31));
        assert_eq!((mix(a, b, 0.0), mix(a, b, 1.0)), (a, b));
    }
}
