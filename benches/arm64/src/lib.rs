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
            assert_eq!(super::vision_kernels::InstructionSet::detect().name, expected);
        }
    }
}
