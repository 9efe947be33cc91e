//! A list of pairs of pictures as CSV; there are the pictures `a` and `b`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::cli::evaluate::PairsList;
use ostiary_fuzz::file;

fuzz_target!(|bytes: &[u8]| {
    file("a", b"");
    file("b", b"");
    if let Ok(list) = PairsList::read(&file("pairs.csv", bytes)) {
        let known = 0..list.images.len();
        assert!(
            list.pairs
                .iter()
                .all(|p| known.contains(&p.probe) && known.contains(&p.reference))
        );
    }
});
