//! The `ostiary` program: see [`ostiary::cli`].

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: ostiary::app::CountingAllocator = ostiary::app::CountingAllocator;

fn main() -> ExitCode {
    ostiary::cli::log::start();
    ostiary::app::return_large_blocks();
    ostiary::cli::main(std::env::args_os())
}
