//! A camera's frame. What an earlier one left in the decoder's buffers must not show in it.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use ostiary::capture::FrameDecoder;

thread_local!(static USED: RefCell<[FrameDecoder; 2]> =
    RefCell::new([FrameDecoder::new(None), FrameDecoder::new(Some(8))]));

fuzz_target!(|bytes: &[u8]| {
    USED.with_borrow_mut(|[whole, reduced]| {
        for (used, least_width) in [(whole, None), (reduced, Some(8))] {
            let again = used.decode(bytes, &"frame");
            let fresh = FrameDecoder::new(least_width).decode(bytes, &"frame");
            match (again, fresh) {
                (Ok(again), Ok(fresh)) => assert!(again == fresh, "another picture"),
                (again, fresh) => assert_eq!(again.is_ok(), fresh.is_ok()),
            }
        }
    });
});
