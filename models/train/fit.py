"""Fit the liveness head, judge it camera by camera, and write it where models/build finds it.

fit.py PAD STILLS --program OSTIARY [--write]. PAD has a folder of each camera with bona_fide/ and attack/. STILLS are
photographs of other people, from which attacks are made too, as by `OSTIARY simulate-attack`. Every figure is of a fit that has
not seen the camera. --write keeps the head of all cameras; then run models/build/run build.py --liveness.
"""
import argparse
import hashlib
import multiprocessing
import subprocess
import tomllib
from pathlib import Path

import cv2
import numpy as np

from features import CHANNELS, FACTORS, MODELS, Reader, Sample, opened  # finds models/build
import calibration
import liveness
from protocol import Presentations, logistic, table

CACHE = MODELS.parent / "target/train"
MEDIA = ("print", "phone", "monitor", "tablet")
PENALTY = 30.0
# What the recordings weigh beside the attacks made of them, and beside the stills and theirs.
RECORDED, MADE, STILL = 1.0, .25, .5


def simulated(program: Path, files: list[tuple[str, str, int]], folder: Path) -> list[str]:
    """Attacks by the program's own synthesis, of pictures by medium and seed."""
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for file, medium, seed in files:
        key = hashlib.sha256(f"{file} {medium} {seed}".encode()).hexdigest()[:16]
        made, source = folder / f"{key}.jpg", folder / f"{key}.source.jpg"
        if not made.exists():
            cv2.imwrite(str(source), opened(file), [cv2.IMWRITE_JPEG_QUALITY, 92])
            subprocess.run([program, "simulate-attack", source, "--kind", medium, "--seed", str(seed), "--out", made], check=True, stdout=subprocess.DEVNULL)
            source.unlink()
        out.append(str(made))
    return out


def of_cameras(pad: Path, program: Path) -> list[Sample]:
    """The recordings, twice as other cameras see them, and attacks made of the bona fide ones."""
    out = []
    for camera in sorted(p.name for p in pad.iterdir() if p.is_dir()):
        for kind in ("bona_fide", "attack"):
            for file in sorted(map(str, (pad / camera / kind).glob("*.jpg"))):
                live = kind == "bona_fide"
                out += [Sample(file, camera, live), *(Sample(file, camera, live, other_camera=True, seed=s) for s in (1, 2))]
                if live:
                    out += [Sample(file, camera, False, "screen", seed=6), Sample(file, camera, False, "print", True, 10)]
    live = [s for s in out if s.bona_fide and not s.other_camera]
    made = simulated(program, [(s.file, MEDIA[k % 4], 9000 + k) for k, s in enumerate(live)], CACHE / "attacks")
    return out + [Sample(file, s.camera, False, "program") for file, s in zip(made, live, strict=True)]


def of_stills(files: list[str], program: Path) -> list[Sample]:
    """The photographs, six times as other cameras see them, and attacks made of them."""
    out = []
    for file in files:
        out += [Sample(file, "", True), *(Sample(file, "", True, other_camera=True, seed=s) for s in range(1, 7))]
        for made, seeds in (("screen", range(10, 18)), ("print", range(30, 35)), ("held", range(40, 46))):
            out += [Sample(file, "", False, made, s % 3 == 1, s) for s in seeds]
    wanted = [(file, medium, 5000 + 10 * k + s) for k, file in enumerate(files) for medium in MEDIA for s in range(3)]
    for k, file in enumerate(simulated(program, wanted, CACHE / "attacks")):
        out += [Sample(file, "", False, "program"), *([Sample(file, "", False, "program", True, 1)] if k % 3 == 0 else [])]
    return out


reader: Reader | None = None
centre: list[np.ndarray] = []


def prepare(scenes: list[str], middle: list[np.ndarray]) -> None:
    """Load the networks, once a process."""
    global reader, centre
    reader, centre = Reader(scenes), middle


def read(sample: Sample) -> np.ndarray | None:
    """Statistics of a sample. An attack by the program is a file of its own."""
    made = "" if sample.made == "program" else sample.made
    return reader.statistics(Sample(sample.file, sample.camera, sample.bona_fide, made, sample.other_camera, sample.seed), centre)


def middle_of(samples: list[Sample], scenes: list[str]) -> list[np.ndarray]:
    """The mean of each channel over every tenth picture as it is."""
    look = Reader(scenes)
    found = [m for s in [s for s in samples if not (s.made or s.other_camera)][::10] if (m := look.maps(s)) is not None]
    return [np.mean([crop[k].mean((1, 2)) for maps in found for crop in maps], 0).astype(np.float32) for k in range(len(CHANNELS))]


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


def fit(samples: list[Sample], numbers: np.ndarray, without: str | None) -> np.ndarray:
    """Weights and bias of the log-odds of bona fide, of all samples but a camera's."""
    chosen = np.array([s.camera != without for s in samples])
    kept = [s for s, c in zip(samples, chosen, strict=True) if c]
    return logistic(numbers[chosen], np.array([s.bona_fide for s in kept], float), weights(kept), PENALTY)


def judge(samples: list[Sample], numbers: np.ndarray) -> None:
    """Print the rates on the recordings as they are, each camera by a fit on all the rest."""
    recorded = [k for k, s in enumerate(samples) if s.camera and not s.made and not s.other_camera]
    data = Presentations(np.array([samples[k].camera for k in recorded]), np.array([samples[k].bona_fide for k in recorded]), numbers[recorded])
    scores = np.zeros(len(recorded))
    for camera in data.cameras():
        w, here = fit(samples, numbers, camera), data.camera == camera
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
    files = sorted(str(f) for f in arguments.stills.rglob("*") if f.suffix in (".jpg", ".jpeg", ".png"))
    samples = of_cameras(arguments.pad, arguments.program.resolve()) + of_stills(files, arguments.program.resolve())
    middle = middle_of(samples, files)
    with multiprocessing.Pool(None, prepare, (files, middle)) as pool:
        found = list(pool.imap(read, samples, 16))
    kept = [(s, f) for s, f in zip(samples, found, strict=True) if f is not None]
    samples, numbers = [s for s, _ in kept], np.array([f for _, f in kept], float)
    print(f"{len(samples)} samples, {sum(s.bona_fide for s in samples)} bona fide")
    judge(samples, numbers)
    if arguments.write:
        write(fit(samples, numbers, None), middle, numbers)


if __name__ == "__main__":
    main()
