"""Fit the similarity scale on the networks as they ship; writes calibration.toml.

calibrate.py FACES [--source]. FACES holds pairs/, series/ and orl/. --source only prints the figures of the source
weights. The build reads calibration.toml alone; models/train fits the liveness part of it.
"""
import argparse
from pathlib import Path
from statistics import NormalDist

import numpy as np

import calibration
import evaluation
from evaluation import Scores

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


def report_faces(sets: dict[str, Scores]) -> None:
    """Print the error rates of the sets."""
    for name, s in sets.items():
        rates = "  ".join(f"FNMR at FMR {r:g}: {s.fnmr(s.at_fmr(r)):.4f} (cosine {s.at_fmr(r):.3f})" for r in (1e-2, 1e-3, 1e-4) if len(s.non_mated) * r >= 1)
        print(f"{name}: {len(s.mated)} / {len(s.non_mated)}  EER {s.eer():.4f}  mated min {s.mated.min():.3f}  non-mated max {s.non_mated.max():.3f}  {rates}", flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", type=Path)
    parser.add_argument("--source", action="store_true")
    arguments = parser.parse_args()
    pipeline = evaluation.source() if arguments.source else evaluation.shipped()
    sets = {name: evaluation.comparisons(pipeline, arguments.faces, name) for name in SETS}
    report_faces(sets)
    knots = similarity_knots(sets)
    for cosine, similarity in knots:
        print(f"cosine {cosine:.4f} -> similarity {similarity:.2f}  FNMR: " + "  ".join(f"{n} {s.fnmr(cosine):.4f}" for n, s in sets.items()), flush=True)
    if not arguments.source:
        calibration.write(knots, calibration.pad())


if __name__ == "__main__":
    main()
