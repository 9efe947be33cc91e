//! The kernels of the gallery: int8 inner products of one probe with many templates.
//!
//! One of the two places with `unsafe` vector code. It knows neither galleries nor subjects, and imports
//! nothing of ours, so that it is also built and tested on its own for boards (`benches/arm64`).
//! Every kernel gives the same integers as [`portable`], whatever the processor.
//!
//! # Layout
//! Sixteen templates are a block; a block is a row of [`Tile`]s, one for every four dimensions. A tile
//! holds those four values of the sixteen templates and is a cache line, so that a search reads memory
//! once, from front to back, and the sums of sixteen templates lie side by side in a register.

mod portable;

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(test)]
mod tests;

/// Templates in a block.
pub const BLOCK: usize = 16;

/// Four values of a template or a probe, each from -127 to 127: -128 has no positive counterpart, which
/// some instructions want.
pub type Chunk = [i8; 4];

/// The same four dimensions of the sixteen templates of a block.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Tile(pub [Chunk; BLOCK]);

impl Tile {
    pub const ZERO: Self = Self([[0; 4]; BLOCK]);
}

/// Adds up `sums[t] = probe · template t` for whole blocks: `tiles` are the blocks one after the other, each of
/// `probe.len()` tiles, and `sums` has [`BLOCK`] entries a block.
///
/// Exact while a template has fewer than 2^31 / 127² (133,000) values.
///
/// # Safety
/// The processor must have the kernel's instructions: [`Kernel::supported`] lists no others. Lengths that don't
/// fit are no matter of safety.
type Run = unsafe fn(probe: &[Chunk], tiles: &[Tile], sums: &mut [i32]);

/// A way to compute inner products that this processor is known to have.
#[derive(Clone, Copy)]
pub struct Kernel {
    name: &'static str,
    run: Run,
}

impl Kernel {
    /// The quickest kernel that this processor has.
    #[must_use]
    pub fn best() -> Self {
        // There is always the portable one.
        Self::supported().next().unwrap_or(Self::PORTABLE)
    }

    /// All that this processor has, quickest first.
    pub fn supported() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let native = x86_64::kernels();
        #[cfg(target_arch = "aarch64")]
        let native = aarch64::kernels();
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let native: [(bool, Self); 0] = [];
        native
            .into_iter()
            .filter_map(|(there, kernel)| there.then_some(kernel))
            .chain([Self::PORTABLE])
    }

    const PORTABLE: Self = Self {
        name: "portable",
        run: portable::run,
    };

    /// What instructions it uses.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Writes the inner product of `probe` with every template of `tiles` to `sums`.
    ///
    /// Blocks that are not whole, and sums without a block, are left alone.
    pub fn run(self, probe: &[Chunk], tiles: &[Tile], sums: &mut [i32]) {
        // SAFETY: kernels are made by `supported` alone, which asks the processor first.
        unsafe { (self.run)(probe, tiles, sums) }
    }
}

/// The blocks of `tiles`, each with the place of its sums.
fn blocks<'t, 's>(
    probe: &[Chunk],
    tiles: &'t [Tile],
    sums: &'s mut [i32],
) -> impl Iterator<Item = (&'t [Tile], &'s mut [i32; BLOCK])> {
    let (sums, _) = sums.as_chunks_mut();
    tiles.chunks_exact(probe.len().max(1)).zip(sums)
}
