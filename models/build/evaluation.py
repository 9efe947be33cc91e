"""Run a set of networks over folders of faces, and reckon error rates."""
import csv
import itertools
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx

import convert
import vision
from dequantize import dequantize
from networks import CONVERTED, NETWORKS, Network
from sources import member

MODELS = Path(__file__).parents[1]


@dataclass
class Pipeline:
    """Networks by role, and the steps that use them."""
    calls: dict[str, vision.Call]
    networks: dict[str, Network]

    def face(self, image: np.ndarray) -> vision.Face | None:
        """The largest face."""
        faces = vision.detect(self.calls["detector"], self.networks["detector"], image)
        return faces[0] if faces else None

    def template(self, image: np.ndarray) -> np.ndarray | None:
        """Template of the largest face."""
        face = self.face(image)
        return None if face is None else vision.template(self.calls["embedder"], self.networks["embedder"], vision.align(image, face))


def shipped() -> Pipeline:
    """The committed networks with their weights dequantized to f32, as they run today."""
    return Pipeline({n.role: convert.Session(dequantize(onnx.load(MODELS / n.file))) for n in NETWORKS}, {n.role: n for n in NETWORKS})


def source() -> Pipeline:
    """The source weights in the TensorFlow Lite interpreter; the liveness network is ours and has none."""
    return Pipeline({n.role: convert.Source(n, member(n.archive, n.path, n.sha256)) for n in CONVERTED}, {n.role: n for n in CONVERTED})


@dataclass
class Scores:
    """Scores of two classes; the first is expected to score higher."""
    mated: np.ndarray
    non_mated: np.ndarray

    def fmr(self, threshold: float) -> float:
        """Share of non-mated comparisons at or above a threshold."""
        return float((self.non_mated >= threshold).mean())

    def fnmr(self, threshold: float) -> float:
        """Share of mated comparisons below a threshold."""
        return float((self.mated < threshold).mean())

    def at_fmr(self, rate: float) -> float:
        """Lowest threshold whose false match rate is no more than `rate`."""
        ordered = np.sort(self.non_mated)[::-1]
        return float(np.nextafter(ordered[min(len(ordered) - 1, int(rate * len(ordered)))], np.inf))

    def eer(self) -> float:
        """Equal error rate."""
        t = np.unique(np.concatenate([self.mated, self.non_mated]))
        miss = np.searchsorted(np.sort(self.mated), t, side="left") / len(self.mated)
        match = 1 - np.searchsorted(np.sort(self.non_mated), t, side="left") / len(self.non_mated)
        k = np.argmin(np.abs(miss - match))
        return float((miss[k] + match[k]) / 2)

    def auc(self) -> float:
        """Area under the ROC curve."""
        n = np.sort(self.non_mated)
        below = np.searchsorted(n, self.mated, side="left") + np.searchsorted(n, self.mated, side="right")
        return float(below.mean() / 2 / len(n))


def comparisons(pipeline: Pipeline, faces: Path, name: str) -> Scores:
    """Cosines of a set: `pairs` by its list, `series` and `orl` all pairs of images."""
    folder = faces / name
    if name == "pairs":
        rows = [{k.strip(): v.strip() for k, v in r.items()} for r in csv.DictReader((folder / "pairs.csv").open())]
        pairs = [(folder / r["file_x"], folder / r["file_y"], r["Decision"] == "Yes") for r in rows]
    else:
        files = sorted(folder.glob("*/*.p*"))
        pairs = [(a, b, a.parent == b.parent) for a, b in itertools.combinations(files, 2)]
    templates: dict[Path, np.ndarray | None] = {}
    for file in dict.fromkeys(f for a, b, _ in pairs for f in (a, b)):
        image = cv2.imread(str(file))
        if name == "orl":  # small and cropped tightly
            image = cv2.copyMakeBorder(image, 20, 20, 20, 20, cv2.BORDER_REPLICATE)
            image = cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        templates[file] = pipeline.template(image)
    found = [(float(x @ y), same) for a, b, same in pairs if (x := templates[a]) is not None and (y := templates[b]) is not None]
    return Scores(np.array([c for c, same in found if same]), np.array([c for c, same in found if not same]))
