//! Looking at a frame allocates nothing once the buffers are there.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;

use ostiary::domain::liveness::{LightWatch, Novelty};
use ostiary::domain::{Moment, TrackId};
use ostiary::vision::{
    Analyser, Arithmetic, DetectorChoice, InstructionSet, Manifest, Network, PlannedNetwork, Role,
    VisionOptions, frame_print, light,
};

/// Counts what the current thread allocates.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A thread that ends has no counter any more.
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often the third run allocates.
fn allocations<T>(mut run: impl FnMut() -> T) -> usize {
    run();
    run();
    let before = COUNT.get();
    let result = run();
    let count = COUNT.get() - before;
    drop(result);
    count
}

#[test]
fn a_frame_is_analysed_without_allocating() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let image = image::open(root.join("tests/samples/obama.jpg"))
        .unwrap()
        .to_rgb8();
    let options = VisionOptions {
        threads: 1,
        detector: DetectorChoice::ShortRange,
    };
    let mut analyser = Analyser::load(&root.join("models"), &options).unwrap();
    let face = analyser.detect(&image).unwrap()[0];
    assert_eq!(allocations(|| analyser.detect(&image).unwrap().len()), 0);
    assert_eq!(allocations(|| analyser.quality(&image, &face)), 0);
    assert_eq!(allocations(|| analyser.align(&image, &face).unwrap()), 0);
    assert_eq!(allocations(|| analyser.image_cues(&image, &face)), 0);
    let (mut novelty, mut watch, track) = (Novelty::default(), LightWatch::default(), TrackId(1));
    assert_eq!(
        allocations(|| novelty.is_new(track, frame_print(&image))),
        0
    );
    let window = watch.window(track, &face.bounds);
    let followed = allocations(|| {
        let reading = light(&image, window).unwrap();
        watch.add(track, Moment::default(), reading)
    });
    assert_eq!(followed, 0);
    // Unoptimised builds run liveness on tract, which allocates.
    for threads in [1, 2].into_iter().filter(|_| !cfg!(debug_assertions)) {
        let options = VisionOptions { threads, ..options };
        let mut analyser = Analyser::load(&root.join("models"), &options).unwrap();
        assert_eq!(allocations(|| analyser.liveness(&image, &face).unwrap()), 0);
    }
    // The next template takes the place of the last one.
    assert_eq!(
        allocations(|| analyser.embed_aligned().map(drop).unwrap()),
        0
    );
}

#[test]
fn our_kernels_run_the_liveness_network_without_allocating() {
    let manifest = Manifest::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models")).unwrap();
    let model = manifest.model(Role::Liveness).unwrap();
    let bytes = std::fs::read(manifest.file(model)).unwrap();
    let set = InstructionSet::detect();
    let mut network = PlannedNetwork::from_onnx(&bytes, model, set, Arithmetic::Floats).unwrap();
    let input = vec![0.5; network.input_len()];
    assert_eq!(allocations(|| network.run(&input).unwrap().len()), 0);
}
