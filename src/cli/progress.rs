//! Progress of long work, drawn on a terminal and nowhere else.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of `length` steps on standard error; hidden when that is no terminal.
#[must_use]
pub fn bar(length: usize, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(length as u64).with_message(what);
    // The template is constant; should it ever be wrong, the default style does too.
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar
}
