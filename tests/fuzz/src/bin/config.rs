//! The config file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::config::Config;
use ostiary_fuzz::file;

fuzz_target!(|bytes: &[u8]| {
    let _ = Config::read(&file("ostiary.toml", bytes));
});
