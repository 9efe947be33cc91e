//! How much freed memory the process keeps, and how often it asks for some.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

/// The system's allocator, which also counts: a frame should need no new memory once the program is warm.
pub struct CountingAllocator;

// SAFETY: everything is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are those that the system's allocator wants.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

/// How often memory was asked for since the program started; 0 if it has another allocator.
#[must_use]
pub fn allocations() -> u64 {
    ALLOCATIONS.load(Ordering::Relaxed)
}

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

/// Gives what was freed back to the system: loading networks takes twice the memory that they keep.
pub fn return_freed_memory() {
    #[cfg(target_env = "gnu")]
    // SAFETY: malloc_trim(3) takes a number, touches the allocator's free memory only, and any thread may call it.
    unsafe {
        libc::malloc_trim(0);
    }
}
