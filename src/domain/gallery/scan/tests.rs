use proptest::prelude::*;

use super::*;

fn chunk() -> impl Strategy<Value = Chunk> {
    // Often at the ends of the range, where 16-bit sums would overflow.
    prop::array::uniform4(prop_oneof![Just(-127_i8), Just(127), -127..=127_i8])
}

fn tile() -> impl Strategy<Value = Tile> {
    prop::collection::vec(chunk(), BLOCK).prop_map(|chunks| {
        let mut tile = Tile::ZERO;
        tile.0.copy_from_slice(&chunks);
        tile
    })
}

/// A probe of 1 to 60 chunks and one to three blocks.
fn search() -> impl Strategy<Value = (Vec<Chunk>, Vec<Tile>)> {
    (1..60_usize, 1..4_usize).prop_flat_map(|(chunks, blocks)| {
        (
            prop::collection::vec(chunk(), chunks),
            prop::collection::vec(tile(), chunks * blocks),
        )
    })
}

impl std::fmt::Debug for Tile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

proptest! {
    #[test]
    fn every_kernel_gives_what_the_portable_one_gives((probe, tiles) in search()) {
        let sums = |kernel: Kernel| {
            let mut sums = vec![0; tiles.len() / probe.len() * BLOCK];
            kernel.run(&probe, &tiles, &mut sums);
            sums
        };
        let expected = sums(Kernel::PORTABLE);
        for kernel in Kernel::supported() {
            prop_assert_eq!(&sums(kernel), &expected, "{}", kernel.name());
        }
    }
}

#[test]
fn every_kernel_adds_up_each_template() {
    let mut tile = Tile::ZERO;
    tile.0[0] = [1, 2, 3, 4];
    tile.0[15] = [-127, 127, -127, 127];
    for kernel in Kernel::supported() {
        let mut sums = [7; BLOCK];
        kernel.run(&[[10, 20, 30, -127]], &[tile], &mut sums);
        assert_eq!((sums[0], sums[1]), (10 + 40 + 90 - 508, 0));
        assert_eq!(sums[15], 127 * (-10 + 20 - 30 - 127));
    }
}

#[test]
fn what_is_no_whole_block_is_left_alone() {
    for kernel in Kernel::supported() {
        let mut sums = [7; BLOCK];
        kernel.run(&[[1; 4]; 3], &[Tile::ZERO; 2], &mut sums);
        kernel.run(&[], &[], &mut sums);
        assert_eq!(sums, [7; BLOCK], "{}", kernel.name());
    }
}
