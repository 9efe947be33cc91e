"""Fit the liveness head, judge it camera by camera, and write it where models/build finds it.

fit.py PAD STILLS --program OSTIARY [--write]. PAD has a folder of each camera with bona_fide/ and attack/. STILLS are
photographs of other people, to which photographs.py adds some; attacks are made of them too, also by `OSTIARY simulate-attack`.
Every figure is of a fit that has not seen the camera. --write keeps the head of all cameras; then run models/build/run build.py
--liveness.
"""
import argparse
import multiprocessing
import subprocess
import tomllib
from multiprocessing.pool import ThreadPool
from pathlib import Path

import cv2
import numpy as np

from features import ATTACKS, CHANNELS, FACTORS, MEDIA, Reader, Sample  # finds models/build
import calibration
import liveness
import photographs
from protocol import Presentations, logistic, table

PENALTY = 30.0
# What the recordings weigh beside the attacks made of them, and beside the stills and theirs.
RECORDED, MADE, STILL = 1.0, .25, .5


def simulate(program: Path, samples: list[Sample]) -> None:
    """Make the attacks by the program's own synthesis that are not there."""
    ATTACKS.mkdir(parents=True, exist_ok=True)

    def attack(sample: Sample) -> None:
        if not (made := sample.by_program()).exists():
            source = made.with_suffix(".source.jpg")
            cv2.imwrite(str(source), sample.held_up(), [cv2.IMWRITE_JPEG_QUALITY, 92])
            subprocess.run([program, "simulate-attack", source, "--kind", sample.made, "--seed", str(sample.seed), "--out", made], check=True, stdout=subprocess.DEVNULL)
            source.unlink()
    with ThreadPool() as pool:
        pool.map(attack, [s for s in samples if s.made in MEDIA])


def of_cameras(pad: Path) -> list[Sample]:
    """The recordings, twice as other cameras see them, the bona fide ones captured once more, and attacks made of them."""
    out, n = [], 0
    for camera in sorted(p.name for p in pad.iterdir() if p.is_dir()):
        for kind in ("bona_fide", "attack"):
            for file in sorted(map(str, (pad / camera / kind).glob("*.jpg"))):
                live = kind == "bona_fide"
                out += [Sample(file, camera, live), *(Sample(file, camera, live, other_camera=True, seed=s) for s in (1, 2))]
                if live:
                    out += [Sample(file, camera, True, "captured", seed=2 * n), Sample(file, camera, False, "screen", seed=6),
                            Sample(file, camera, False, "printed", True, 10)]
                    out += [Sample(file, camera, False, MEDIA[(n + k) % 4], k == 1, 90000 + n) for k in (0, 1)]
                    n += 1
    return out


def of_stills(files: dict[str, int]) -> list[Sample]:
    """The photographs with their numbers, as other cameras see them and captured anew, and attacks made of them, some of which another
    camera sees."""
    out = []
    for file, n in files.items():
        out += [Sample(file, "", True), *(Sample(file, "", True, other_camera=True, seed=s) for s in range(1, 7))]
        out += [Sample(file, "", True, "captured", s >= 4, s) for s in range(6)]
        for made, seeds in (("screen", range(10, 17)), ("printed", range(30, 35)), ("held", range(40, 45))):
            out += [Sample(file, "", False, made, s % 3 == 1, s) for s in seeds]
        out += [Sample(file, "", False, medium, s == 3, 50000 + 40 * n + 4 * k + s) for k, medium in enumerate(MEDIA) for s in range(4)]
    return out


reader: Reader | None = None
centre: list[np.ndarray] = []


def prepare(scenes: list[str], middle: list[np.ndarray]) -> None:
    """Load the networks, once a process."""
    global reader, centre
    reader, centre = Reader(scenes), middle


def read(sample: Sample) -> np.ndarray | None:
    """Statistics of a sample."""
    return reader.statistics(sample, centre)


def weights(samples: list[Sample]) -> np.ndarray:
    """What each sample counts: the kinds their share, both classes of a kind the same."""
    kind = np.array([2 if not s.camera else 1 if s.made else 0 for s in samples])
    live = np.array([s.bona_fide for s in samples])
    out = np.zeros(len(samples))
    for k, share in enumerate((RECORDED / 2, MADE, STILL / 2)):
        for bona_fide in (True, False):
            chosen = (kind == k) & (live == bona_fide)
            if chosen.any():
                out[chosen] = share * len(samples) / 3 / chosen.sum()
    return out


def fit(samples: list[Sample], numbers: np.ndarray, without: str | None, start: np.ndarray | None = None) -> np.ndarray:
    """Weights and bias of the log-odds of bona fide, of all samples but a camera's."""
    chosen = np.array([s.camera != without for s in samples])
    kept = [s for s, c in zip(samples, chosen, strict=True) if c]
    return logistic(numbers[chosen], np.array([s.bona_fide for s in kept], float), weights(kept), PENALTY, start)


def judge(samples: list[Sample], numbers: np.ndarray, whole: np.ndarray) -> None:
    """Print the rates on the recordings as they are, each camera by a fit on all the rest. The search begins at the fit on all: where it
    ends doesn't depend on it."""
    recorded = [k for k, s in enumerate(samples) if s.camera and not s.made and not s.other_camera]
    data = Presentations(np.array([samples[k].camera for k in recorded]), np.array([samples[k].bona_fide for k in recorded]), numbers[recorded])
    scores = np.zeros(len(recorded))
    for camera in data.cameras():
        w, here = fit(samples, numbers, camera, whole), data.camera == camera
        scores[here] = data.numbers[here] @ w[:-1] + w[-1]
    table("The head, each camera by a fit on all the rest", data.scored(scores))


def write(w: np.ndarray, middle: list[np.ndarray], numbers: np.ndarray) -> None:
    """Keep the head, and what it is fused with."""
    def listed(values: np.ndarray) -> str:
        return "[" + ", ".join(f"{v:.4g}" for v in values) + "]"
    lines = ["# Written by models/train; do not edit. Log-odds of bona fide: bias, and of each crop its bias and what its statistics weigh.",
             "", "[centre]", *(f"{name} = {listed(values)}" for name, values in zip(liveness.MAPS, middle, strict=True))]
    bias, start, half = float(w[-1]), 0, numbers.shape[1] // len(FACTORS)
    for k, factor in enumerate(FACTORS):
        # So that a crop's output lies about zero.
        level = float(w[k * half:(k + 1) * half] @ numbers[:, k * half:(k + 1) * half].mean(0))
        bias += level
        lines += ["", "[[crop]]", f"factor = {factor}", f"bias = {-level:.4f}"]
        for name, channels in zip(liveness.MAPS, CHANNELS, strict=True):
            mean, spread = w[start:start + channels], w[start + channels:start + 2 * channels]
            lines.append(f"{name} = {{ mean = {listed(mean)}, spread = {listed(spread)} }}")
            start += 2 * channels
    liveness.HEAD.write_text("\n".join(lines) + "\n")
    assert len(tomllib.loads(liveness.HEAD.read_text())["crop"]) == len(FACTORS)
    calibration.write(calibration.knots(), {"crop_factors": list(FACTORS), "weights": [-1.0] * len(FACTORS), "bias": round(bias, 4)})


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pad", type=Path)
    parser.add_argument("stills", type=Path)
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    scenes = sorted(str(f) for f in arguments.stills.rglob("*") if f.suffix in (".jpg", ".jpeg", ".png"))
    samples = of_cameras(arguments.pad) + of_stills({f: n for n, f in enumerate(scenes)} | photographs.written(ATTACKS.parent / "photographs"))
    simulate(arguments.program.resolve(), samples)
    # Any will do that lies among the maps: it stays the one that is there.
    middle = [np.array(tomllib.loads(liveness.HEAD.read_text())["centre"][name], np.float32) for name in liveness.MAPS]
    with multiprocessing.Pool(None, prepare, (scenes, middle)) as pool:
        found = list(pool.imap(read, samples, 16))
    kept = [(s, f) for s, f in zip(samples, found, strict=True) if f is not None]
    samples, numbers = [s for s, _ in kept], np.array([f for _, f in kept], float)
    print(f"{len(samples)} samples, {sum(s.bona_fide for s in samples)} bona fide")
    whole = fit(samples, numbers, None)
    judge(samples, numbers, whole)
    if arguments.write:
        write(whole, middle, numbers)


if __name__ == "__main__":
    main()
