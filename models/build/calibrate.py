"""Fit the similarity scale and the liveness fusion on the networks as they ship; writes calibration.toml.

calibrate.py FACES PAD [--source] [--pad-only]. FACES holds pairs/, series/ and orl/. PAD is the scores.csv that `ostiary
evaluate pad` writes, or a folder of each camera with bona_fide/ and attack/. The liveness network's raw output jumps when
a crop is resampled in another way, so the fit that ships is taken from the program's own scores. --source only prints the
figures of the source weights; --pad-only leaves the similarity knots as they are. The build reads calibration.toml alone.
"""
import argparse
import csv
import tomllib
from pathlib import Path
from statistics import NormalDist

import numpy as np

import evaluation
from evaluation import FACTORS, Scores

CALIBRATION = Path(__file__).with_name("calibration.toml")
SETS = ("pairs", "series", "orl")
KNOT_RATES = ((.5, .30), (1e-2, .60), (1e-4, .75), (1e-6, .85))


def similarity_knots(sets: dict[str, Scores]) -> list[tuple[float, float]]:
    """Knots raw cosine -> similarity.

    The colour photographs (pairs and series together) have too few non-mated comparisons for rates under 1e-2, the grey
    small images of orl have enough for 1e-4. The threshold of a rate is the higher of the two groups'. The one of 1e-6
    continues the line of cosine over normal deviate through 1e-2, 1e-3 and 1e-4.
    """
    colour = Scores(np.empty(0), np.concatenate([sets["pairs"].non_mated, sets["series"].non_mated]))
    groups = (colour, sets["orl"])

    def threshold(rate: float) -> float:
        return max(g.at_fmr(rate) for g in groups if len(g.non_mated) * rate >= 5)

    measured = {rate: threshold(rate) for rate in (.5, 1e-2, 1e-3, 1e-4)}
    tail = [1e-2, 1e-3, 1e-4]
    slope, offset = np.polyfit([NormalDist().inv_cdf(1 - r) for r in tail], [measured[r] for r in tail], 1)
    measured[1e-6] = float(slope * NormalDist().inv_cdf(1 - 1e-6) + offset)
    return [(-1.0, 0.0), *((round(measured[rate], 4), s) for rate, s in KNOT_RATES), (1.0, 1.0)]


def logistic(x: np.ndarray, y: np.ndarray, ridge: float = 1e-3) -> np.ndarray:
    """Weights and bias of a logistic regression, by Newton's method."""
    a = np.hstack([x, np.ones((len(x), 1))])
    w = np.zeros(a.shape[1])
    penalty = np.diag([ridge * len(x)] * x.shape[1] + [0.0])
    for _ in range(100):
        p = 1 / (1 + np.exp(-a @ w))
        step = np.linalg.solve((a * (p * (1 - p))[:, None]).T @ a + penalty, a.T @ (y - p) - penalty @ w)
        w += step
        if np.abs(step).max() < 1e-9:
            break
    return w


def labelled(cameras: dict[str, tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Raw scores and labels (1 bona fide) of several cameras."""
    x = np.concatenate([part for pair in cameras.values() for part in pair])
    y = np.concatenate([np.full(len(part), 1.0 - k) for pair in cameras.values() for k, part in enumerate(pair)])
    return x, y


def from_table(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Raw scores of each camera, bona fide and attacks, out of the program's scores.csv."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    raw = {True: {}, False: {}}
    for row in rows:
        scores = [float(row[f"raw_{factor:g}"]) for factor in FACTORS]
        raw[row["species"] == "bona_fide"].setdefault(row["camera"], []).append(scores)
    return {camera: (np.array(raw[True][camera]), np.array(raw[False][camera])) for camera in sorted(raw[True])}


def report_faces(sets: dict[str, Scores]) -> None:
    """Print the error rates of the sets."""
    for name, s in sets.items():
        rates = "  ".join(f"FNMR at FMR {r:g}: {s.fnmr(s.at_fmr(r)):.4f} (cosine {s.at_fmr(r):.3f})" for r in (1e-2, 1e-3, 1e-4) if len(s.non_mated) * r >= 1)
        print(f"{name}: {len(s.mated)} / {len(s.non_mated)}  EER {s.eer():.4f}  mated min {s.mated.min():.3f}  non-mated max {s.non_mated.max():.3f}  {rates}", flush=True)


def report_pad(cameras: dict[str, tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Print the discrimination of each crop and of their fusion; weights and bias fitted on all cameras."""
    x, y = labelled(cameras)
    w = logistic(x, y)

    def scores(v: np.ndarray, labels: np.ndarray) -> Scores:
        return Scores(v[labels == 1], v[labels == 0])

    for k, factor in enumerate(FACTORS):
        s = scores(-x[:, k], y)
        print(f"crop {factor}: AUC {s.auc():.4f}  EER {s.eer():.4f}  bona fide mean {x[y == 1, k].mean():.3f}  attack mean {x[y == 0, k].mean():.3f}")
    s = scores(x @ w[:-1] + w[-1], y)
    print(f"fused: {len(s.mated)} / {len(s.non_mated)}  AUC {s.auc():.4f}  EER {s.eer():.4f}")
    held_out = []
    for camera in cameras:
        lw = logistic(*labelled({c: v for c, v in cameras.items() if c != camera}))
        cx, cy = labelled({camera: cameras[camera]})
        s = scores(cx @ lw[:-1] + lw[-1], cy)
        held_out.append((cx @ lw[:-1] + lw[-1], cy))
        singles = "  ".join(f"crop {f} {scores(-cx[:, k], cy).auc():.3f}" for k, f in enumerate(FACTORS))
        print(f"{camera} left out: AUC {s.auc():.4f}  ({singles})")
    s = scores(np.concatenate([v for v, _ in held_out]), np.concatenate([c for _, c in held_out]))
    print(f"pooled over cameras left out: AUC {s.auc():.4f}  EER {s.eer():.4f}")
    return w


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", type=Path)
    parser.add_argument("pad", type=Path)
    parser.add_argument("--source", action="store_true")
    parser.add_argument("--pad-only", action="store_true")
    arguments = parser.parse_args()
    if arguments.pad_only:
        *weights, bias = report_pad(from_table(arguments.pad))
        write(stored_knots(), weights, bias)
        return
    pipeline = evaluation.source() if arguments.source else evaluation.shipped()
    sets = {name: evaluation.comparisons(pipeline, arguments.faces, name) for name in SETS}
    report_faces(sets)
    knots = similarity_knots(sets)
    for cosine, similarity in knots:
        print(f"cosine {cosine:.4f} -> similarity {similarity:.2f}  FNMR: " + "  ".join(f"{n} {s.fnmr(cosine):.4f}" for n, s in sets.items()), flush=True)
    table = arguments.pad.is_file()
    *weights, bias = report_pad(from_table(arguments.pad) if table else evaluation.presentations(pipeline, arguments.pad))
    if not arguments.source:
        write(knots, weights, bias)


def stored_knots() -> list[tuple[float, float]]:
    """The similarity knots of the last fit."""
    stored = tomllib.loads(CALIBRATION.read_text())
    return [(knot["cosine"], knot["similarity"]) for knot in stored["similarity"]]


def write(knots: list[tuple[float, float]], weights: list[float], bias: float) -> None:
    """Store the fit where the build finds it."""
    lines = ["# Written by calibrate.py from the networks as shipped; the build copies it into the manifest.",
             "# similarity: .60 stands for a false match rate of 1e-2, .75 for 1e-4, .85 for 1e-6 (extrapolated), .30 for the median",
             "# non-mated comparison; the ends are fixed. pad: pad_score = sigmoid(bias + sum of weight * raw), one raw score a crop."]
    for cosine, similarity in knots:
        lines += ["", "[[similarity]]", f"cosine = {float(cosine)}", f"similarity = {float(similarity)}"]
    lines += ["", "[pad]", f"crop_factors = {list(FACTORS)}", f"weights = {[round(float(w), 4) for w in weights]}", f"bias = {round(float(bias), 4)}", ""]
    CALIBRATION.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
