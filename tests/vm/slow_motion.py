"""Slow motion: a machine whose clock lags behind the host's by a fixed factor.

The processor is emulated, some fifty times slower than a board's, while the door's time limits are those of a door. So
the device tree tells the kernel that its timer counts faster than it does: for everything in the guest, kernel and
programs alike, a second then takes several of the host's.
"""

import struct

# What QEMU's timer counts in a second.
TIMER_HZ = 62_500_000
MAGIC, BEGIN_NODE, END_NODE, PROP, NOP, END = 0xD00DFEED, 1, 2, 3, 4, 9
HEADER = struct.Struct(">10I")


def slowed(tree: bytes, factor: int) -> bytes:
    """The flattened device tree (Devicetree Specification, chapter 5) with a timer that counts `factor` times as fast.

    The number is one of 32 bits, so the factor is 68 at most.
    """
    magic, _, at, strings, reserved, version, compatible, boot, strings_size, size = HEADER.unpack_from(tree)
    assert magic == MAGIC, "no device tree"
    structure, names = tree[at : at + size], tree[strings : strings + strings_size]
    prop = struct.pack(">4I", PROP, 4, len(names), factor * TIMER_HZ)
    after = _after_name(structure, b"timer")
    structure = structure[:after] + prop + structure[after:]
    names += b"clock-frequency\0"
    # The parts in the order and place that they had, the last two grown.
    head = tree[HEADER.size : min(at, strings)]
    at, strings = HEADER.size + len(head), HEADER.size + len(head) + len(structure)
    header = HEADER.pack(
        MAGIC, strings + len(names), at, strings, reserved, version, compatible, boot, len(names), len(structure)
    )
    return header + head + structure + names


def _after_name(structure: bytes, node: bytes) -> int:
    """Where the properties of a node below the root begin."""
    at = depth = 0
    while True:
        (token,) = struct.unpack_from(">I", structure, at)
        at += 4
        if token == BEGIN_NODE:
            name = structure[at : structure.index(b"\0", at)]
            at += len(name) // 4 * 4 + 4
            depth += 1
            if depth == 2 and name.split(b"@")[0] == node:
                return at
        elif token == END_NODE:
            depth -= 1
        elif token == PROP:
            (length,) = struct.unpack_from(">I", structure, at)
            at += 8 + (length + 3) // 4 * 4
        elif token != NOP:
            raise AssertionError(f"the device tree has no {node!r}")
