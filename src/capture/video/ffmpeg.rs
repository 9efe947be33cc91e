//! One run of ffmpeg.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process_group, prlimit};

use crate::capture::CaptureError;

/// The input's name in the arguments.
pub(super) const INPUT: &str = "file:/dev/stdin";
/// What a run may write.
const MAX_OUTPUT: u64 = 96 << 20;
/// What is read of the log.
const MAX_LOG: u64 = 1 << 20;
/// The child's address space and processor time.
const MAX_MEMORY: u64 = 1 << 30;
const MAX_CPU_SECONDS: u64 = 60;
/// How often a running child is looked at.
const PACE: Duration = Duration::from_millis(10);

/// Where ffmpeg writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    Pipe,
    /// A file in memory, for formats that go back while they are written.
    File,
}

/// What a run left.
pub(super) struct Ended {
    pub output: Vec<u8>,
    pub log: String,
}

/// Runs ffmpeg with `input` behind [`INPUT`]; the output is added to `arguments`.
pub(super) fn run(
    arguments: &[&str],
    input: &[u8],
    output: Output,
    time: Duration,
) -> Result<Ended, CaptureError> {
    let failed = |source: std::io::Error| CaptureError::VideoProgram(source.to_string());
    let mut source = memory_file().map_err(failed)?;
    source.write_all(input).map_err(failed)?;
    source.rewind().map_err(failed)?;
    let mut target = match output {
        Output::Pipe => None,
        Output::File => Some(memory_file().map_err(failed)?),
    };
    let (stdout, name) = match &target {
        None => (Stdio::piped(), "pipe:1"),
        Some(file) => (file.try_clone().map_err(failed)?.into(), "file:/dev/stdout"),
    };
    let child = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostdin", "-loglevel", "info", "-nostats"])
        .args(["-protocol_whitelist", "file,pipe", "-threads", "1"])
        .args(arguments)
        .args(["-an", "-sn", "-dn", "-threads", "1", "-y", name])
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .stdin(source)
        .stdout(stdout)
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn();
    let mut child = child.map_err(|error| match error.kind() {
        ErrorKind::NotFound => CaptureError::VideoDecoderMissing,
        _ => failed(error),
    })?;
    let held = hold(&child);
    let piped = child.stdout.take();
    let told = child.stderr.take();
    let (output, log, in_time) = thread::scope(|scope| {
        let output = scope.spawn(|| piped.map(|pipe| read(pipe, MAX_OUTPUT)).unwrap_or_default());
        let log = scope.spawn(|| told.map(|pipe| read(pipe, MAX_LOG)).unwrap_or_default());
        let in_time = held.is_ok() && wait(&mut child, time);
        // With the child's group the pipes close, and the readers end.
        end(&mut child);
        let output = output.join().unwrap_or_default();
        (output, log.join().unwrap_or_default(), in_time)
    });
    held.map_err(|error| failed(error.into()))?;
    if !in_time {
        return Err(CaptureError::VideoTooCostly);
    }
    let output = match &mut target {
        None => output,
        Some(file) => {
            file.rewind().map_err(failed)?;
            read(file, MAX_OUTPUT)
        }
    };
    Ok(Ended {
        output,
        log: String::from_utf8_lossy(&log).into_owned(),
    })
}

/// A file without a name, which goes with its last descriptor.
fn memory_file() -> std::io::Result<File> {
    Ok(memfd_create("video", MemfdFlags::CLOEXEC)?.into())
}

fn hold(child: &Child) -> rustix::io::Result<()> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    for (resource, limit) in [
        (Resource::As, MAX_MEMORY),
        (Resource::Cpu, MAX_CPU_SECONDS),
        (Resource::Fsize, MAX_OUTPUT),
    ] {
        let limit = Rlimit {
            current: Some(limit),
            maximum: Some(limit),
        };
        match prlimit(pid, resource, limit) {
            // It has ended already.
            Ok(_) | Err(rustix::io::Errno::SRCH) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether the child ended by itself in time.
fn wait(child: &mut Child, time: Duration) -> bool {
    let deadline = Instant::now() + time;
    while Instant::now() < deadline {
        match child.try_wait() {
            Ok(Some(_)) => return true,
            Ok(None) => thread::sleep(PACE),
            Err(_) => return false,
        }
    }
    false
}

/// Kills what is left of the child's group and reaps the child.
fn end(child: &mut Child) {
    if let Ok(None) = child.try_wait() {
        if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
            // It fails only if there is nobody left to kill.
            let _ = kill_process_group(group, Signal::KILL);
        }
        if let Err(error) = child.wait() {
            tracing::warn!(%error, "ffmpeg is not reaped");
        }
    }
}

/// Reads up to a limit; the rest is read and dropped, so that the child doesn't wait for it.
fn read(mut source: impl Read, limit: u64) -> Vec<u8> {
    let mut content = Vec::new();
    // What comes after an error is missing, and the content tells.
    let _ = source.by_ref().take(limit).read_to_end(&mut content);
    let _ = std::io::copy(&mut source, &mut std::io::sink());
    content
}
