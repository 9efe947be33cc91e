"""calibration.toml: what was fitted to the networks' outputs. calibrate.py fits the similarity, models/train the liveness."""
import tomllib
from pathlib import Path

FILE = Path(__file__).with_name("calibration.toml")
Pad = dict[str, list[float] | float]
HEAD = """\
# Written by calibrate.py and models/train from the networks as shipped; the build copies it into the manifest.
# similarity: .60 stands for a false match rate of 1e-2, .75 for 1e-4, .85 for 1e-6 (extrapolated), .30 for the median
# non-mated comparison; the ends are fixed. pad: pad_score = sigmoid(bias + sum of weight * raw), one raw score a crop."""


def knots() -> list[tuple[float, float]]:
    """The similarity knots of the last fit."""
    return [(knot["cosine"], knot["similarity"]) for knot in tomllib.loads(FILE.read_text())["similarity"]]


def pad() -> Pad:
    """The liveness fusion of the last fit."""
    return tomllib.loads(FILE.read_text())["pad"]


def write(similarity: list[tuple[float, float]], fusion: Pad) -> None:
    """Store both."""
    lines = [HEAD]
    for cosine, value in similarity:
        lines += ["", "[[similarity]]", f"cosine = {float(cosine)}", f"similarity = {float(value)}"]
    lines += ["", "[pad]", *(f"{key} = {value}" for key, value in fusion.items()), ""]
    FILE.write_text("\n".join(lines))
