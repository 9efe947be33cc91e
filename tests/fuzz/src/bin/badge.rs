//! What a badge reader sends, and the card number that it may become on the wires of a controller.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::door::{BadgeLines, WiegandFormat, WiegandFrame};
use ostiary_fuzz::assert_plain;

fuzz_target!(|bytes: &[u8]| {
    let mut lines = BadgeLines::default();
    for line in bytes.iter().filter_map(|&byte| lines.push(byte)) {
        match line {
            Ok(subject) => {
                for format in [WiegandFormat::Bits26, WiegandFormat::Bits34] {
                    if let Ok(frame) = WiegandFrame::of(format, 255, &subject) {
                        assert_eq!(frame.iter().count(), format.bits() as usize);
                    }
                }
            }
            Err(error) => assert_plain(&error.to_string()),
        }
    }
});
