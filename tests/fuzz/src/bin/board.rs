//! The board file, which may inherit from those of the source tree and from itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::config::Board;
use ostiary_fuzz::{file, root};

fuzz_target!(|bytes: &[u8]| {
    for name in ["base.toml", "rpi.toml", "sim.toml"] {
        let there = ostiary_fuzz::folder().join(name);
        if !there.exists() {
            std::fs::copy(root("boards").join(name), there).unwrap();
        }
    }
    if let Ok(board) = Board::read(&file("board.toml", bytes)) {
        let _ = board.camera.identity();
    }
});
