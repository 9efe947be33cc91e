//! How much freed memory the process keeps.

/// Gives large blocks back to the system as soon as they are freed.
///
/// Otherwise glibc learns from the networks' tensors to keep blocks of up to 32 MiB, and the process
/// stays some 50 MB larger than it needs to be. Elsewhere than on glibc this does nothing.
pub fn return_large_blocks() {
    #[cfg(target_env = "gnu")]
    {
        const THRESHOLD: libc::c_int = 4 << 20;
        // SAFETY: mallopt(3) takes two numbers, touches the allocator's own settings only, and is called
        // before any other thread is started.
        let accepted = unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, THRESHOLD) };
        if accepted == 0 {
            tracing::warn!("the allocator keeps large blocks");
        }
    }
}
