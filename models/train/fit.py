"""Measure a liveness head on the embedder's first half, camera by camera.

fit.py PAD [--peer scores.csv] [--bona-fide DIR] [--attacks DIR] [--reduced] [--out FILE]. PAD has a folder of each camera with
bona_fide/ and attack/. --peer gives the raw scores of the shipped network on the same images (`ostiary evaluate pad` leaves
them); the two are then fused too. --bona-fide and --attacks are stills of other people and attacks made from them: judged by
the head as it is, then added to every fit. --reduced judges faces of at most 96 pixels as well. --out keeps the weights.
"""
import argparse
import csv
from pathlib import Path

import numpy as np

from features import MAPS, MODELS, Trunk
from protocol import Presentations, left_out, logistic, stacked, table

PENALTY = 10.0
STRONGER = 100.0
REDUCED = 96
CACHE = MODELS.parent / "target/train"


def presentations(trunk: Trunk, pad: Path, largest_face: int | None = None) -> tuple[Presentations, np.ndarray, list[Path]]:
    """All images that show a face, and the longer sides of the faces."""
    files = [f for camera in sorted(p for p in pad.iterdir() if p.is_dir()) for kind in ("bona_fide", "attack")
             for f in sorted((camera / kind).glob("*.jpg"))]
    rows, sides, seen = trunk.of_files(files, largest_face)
    return Presentations(np.array([f.parts[-3] for f in seen]), np.array([f.parts[-2] == "bona_fide" for f in seen]), rows), sides, seen


def stills(trunk: Trunk, folder: Path | None) -> np.ndarray | None:
    """Numbers of the images of a folder and those in it."""
    if folder is None:
        return None
    files = sorted(f for f in folder.rglob("*") if f.suffix in (".jpg", ".png"))
    return trunk.of_files(files)[0]


def with_stills(data: Presentations, bona_fide: np.ndarray | None, attacks: np.ndarray | None) -> Presentations:
    """The images and the stills, which are nobody's camera."""
    parts = [(rows, label) for rows, label in ((bona_fide, True), (attacks, False)) if rows is not None]
    return Presentations(np.concatenate([data.camera, *(np.full(len(r), "") for r, _ in parts)]),
                         np.concatenate([data.bona_fide, *(np.full(len(r), label) for r, label in parts)]),
                         np.concatenate([data.numbers, *(r for r, _ in parts)]))


def peer(path: Path, files: list[Path]) -> np.ndarray:
    """Raw scores of another method for the same images, low is bona fide."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = {(r["camera"], r["species"], r["image"]): [float(v) for k, v in r.items() if k.startswith("raw_")] for r in rows}
    return np.array([found[f.parts[-3], f.parts[-2], f.name] for f in files])


def write(file: Path, w: np.ndarray) -> None:
    """The weights, bona fide positive."""
    lines, start = [f"bias = {w[-1]:.6f}"], 0
    for name, channels in zip(MAPS, (64, 256), strict=True):
        lines.append(f"{name} = [{', '.join(f'{v:.5f}' for v in w[start:start + channels])}]")
        start += channels
    file.write_text("\n".join(lines) + "\n")


def judge_stills(w: np.ndarray, bona_fide: np.ndarray | None, attacks: np.ndarray | None) -> None:
    """Print how a head does on stills that it has not seen."""
    for name, rows, live in (("bona fide", bona_fide, True), ("attacks", attacks, False)):
        if rows is not None:
            print(f"stills, {name}: {np.mean((rows @ w[:-1] + w[-1] > 0) == live):.1%} of {len(rows)} right")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pad", type=Path)
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--bona-fide", type=Path)
    parser.add_argument("--attacks", type=Path)
    parser.add_argument("--reduced", action="store_true")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    trunk = Trunk(CACHE)
    data, sides, files = presentations(trunk, arguments.pad)
    print(f"{data.bona_fide.sum()} bona fide, {(~data.bona_fide).sum()} attacks, {len(data.cameras())} cameras")
    table("Size of the face in pixels, larger taken for bona fide", data.scored(sides))
    head = left_out(data, PENALTY)
    if arguments.peer:
        raw = Presentations(data.camera, data.bona_fide, -peer(arguments.peer, files))
        table("The shipped network, its fusion fitted on the other cameras", raw.scored(left_out(raw, .6)), raw)
        table("Both fused, fitted on the other cameras", data.scored(stacked(data, raw.numbers, PENALTY)),
              Presentations(data.camera, data.bona_fide, np.column_stack([raw.numbers, head])))
    table("Head, fitted on the other cameras", data.scored(head))
    table(f"Head, penalty {STRONGER:g} instead of {PENALTY:g}", data.scored(left_out(data, STRONGER)))
    if arguments.reduced:
        small = presentations(trunk, arguments.pad, REDUCED)[0]
        table(f"Head, all faces reduced to {REDUCED} pixels at most", small.scored(left_out(small, PENALTY)))
    w = logistic(data.numbers, data.bona_fide.astype(float), PENALTY)
    more = [stills(trunk, folder) for folder in (arguments.bona_fide, arguments.attacks)]
    judge_stills(w, *more)
    if any(rows is not None for rows in more):
        everything = with_stills(data, *more)
        table("Head, stills added to every fit", data.scored(left_out(everything, PENALTY)[:len(files)]))
    if arguments.out:
        write(arguments.out, w)


if __name__ == "__main__":
    main()
