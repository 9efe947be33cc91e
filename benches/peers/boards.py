"""Estimates for boards that are not at hand, from the work of each stage and what the core is published to do.

time = the larger of multiplications / (rate x clock x share) and bytes / bandwidth, for one thread. Prints a table for
docs/performance.md. Nothing here is measured: the shares are what is assumed of well-kept kernels.
"""
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Of the peak; the rest goes to loads, depthwise layers (few products a byte) and the edges of tiles.
SHARE = 0.45
DIMENSION = 192


@dataclass(frozen=True)
class Board:
    """Multiply-adds a cycle after Arm's Software Optimization Guides of the core, bytes/s read by one core."""
    name: str
    clock: float
    f32: float
    int8: float
    bandwidth: float


BOARDS = (
    # Cortex-A72: one 128-bit FMLA a cycle; one SMULL (8 products) a cycle, on pipe F0. 4.3 GB/s as published for the Pi 4.
    Board("Pi 4 (A72, 1.8 GHz)", 1.8e9, 4, 8, 4.3e9),
    # Cortex-A76: two FMLA or SDOT (16 products) a cycle. Bandwidth scaled by the memory's transfers, 4267 to 3200.
    Board("Pi 5 (A76, 2.4 GHz)", 2.4e9, 8, 32, 5.7e9),
)


def main() -> None:
    models = {m["role"]: m for m in tomllib.loads((ROOT / "models" / "manifest.toml").read_text())["model"]}
    stages = [(role, models[role]["macs"], models[role]["bytes"]) for role in ("detector", "embedder", "liveness")]
    stages += [(f"search in {count:,}", count * DIMENSION, count * DIMENSION) for count in (10_000, 100_000, 1_000_000)]
    print("| stage | million multiply-adds | " + " | ".join(f"{b.name}: f32 | int8" for b in BOARDS) + " |")
    print("|---|---|" + "---|---|" * len(BOARDS))
    for name, macs, size in stages:
        cells = [f"{macs / 1e6:.1f}"]
        for board in BOARDS:
            for rate, width in ((board.f32, 4), (board.int8, 1)):
                seconds = max(macs / (rate * board.clock * SHARE), size * width / board.bandwidth)
                cells.append(f"{seconds * 1e3:.1f}")
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
