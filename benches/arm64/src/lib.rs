//! The kernels of the daemon by themselves, for a build and tests on AArch64.

#[path = "../../../src/domain/gallery/scan/mod.rs"]
pub mod gallery_scan;
#[path = "../../../src/vision/kernels/mod.rs"]
pub mod vision_kernels;

#[cfg(test)]
mod tests {
    /// Else a processor's own kernel could be left untested without anybody noticing.
    #[test]
    fn the_quickest_kernel_is_the_one_for_this_processor() {
        let quickest = super::gallery_scan::Kernel::best().name();
        if let Ok(expected) = std::env::var("QUICKEST") {
            assert_eq!(quickest, expected);
            let best = super::vision_kernels::InstructionSet::detect();
            assert_eq!(best.name, expected);
            // The processors of boards have both or neither.
            let halves = super::vision_kernels::InstructionSet::halves();
            assert_eq!(halves.is_some(), expected == "neon-sdot");
        }
    }
}
