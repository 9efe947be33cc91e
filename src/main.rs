//! The `ostiary` program: see [`ostiary::cli`].

use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: ostiary::app::CountingAllocator = ostiary::app::CountingAllocator;

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,ostiary=info,rumqttd=off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    ostiary::app::return_large_blocks();
    ostiary::cli::main(std::env::args_os())
}
