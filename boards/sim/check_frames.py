#!/usr/bin/env python3
"""Score the sample frames with the networks' source weights and print README.md's table.

    python check_frames.py WEIGHTS

WEIGHTS is a folder with face_detection_short_range.tflite, MobileFaceNet.tflite
and FaceAntiSpoofing.tflite (models/manifest.toml names their packages and
hashes). The steps are those of the program: one detected face, alignment by
four points, cosine against enrol/obama.jpg, liveness at two crops of the box.
Ends with 1 if a frame misses what the demo's story needs of it.
"""
from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

HERE = Path(__file__).resolve().parent
TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [56.1396, 92.2848]])
CROPS = (1.0, 1.5)
WEIGHTS, BIAS = (-3.7482, -2.8222), 5.7031           # models/manifest.toml, [model.pad]
Image = np.ndarray


class Net:
    """A TFLite network; outputs by name."""

    def __init__(self, path: Path) -> None:
        self.net = Interpreter(str(path), num_threads=1)
        self.net.allocate_tensors()

    def __call__(self, x: Image) -> dict[str, Image]:
        self.net.set_tensor(self.net.get_input_details()[0]["index"], x)
        self.net.invoke()
        return {d["name"]: self.net.get_tensor(d["index"]) for d in self.net.get_output_details()}


def rgb(image: Image) -> Image:
    """BGR bytes to RGB floats."""
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB).astype(np.float32)


def detect(net: Net, image: Image) -> list[tuple[Image, Image, float]]:
    """Box (x, y, w, h), keypoints and score of each face, the largest first."""
    anchors = np.array([[(x + 0.5) * s / 128, (y + 0.5) * s / 128] for s, n in ((8, 2), (16, 6))
                        for y in range(128 // s) for x in range(128 // s) for _ in range(n)])
    h, w = image.shape[:2]
    m = max(h, w)
    top, left = (m - h) // 2, (m - w) // 2
    square = cv2.copyMakeBorder(image, top, m - h - top, left, m - w - left, cv2.BORDER_CONSTANT)
    out = net((rgb(cv2.resize(square, (128, 128), interpolation=cv2.INTER_AREA)) / 127.5 - 1)[None])
    score = 1 / (1 + np.exp(-np.clip(out["classificators"][0, :, 0], -80, 80)))
    raw = out["regressors"][0].reshape(-1, 8, 2) / 128
    found = []
    rest = [i for i in np.argsort(-score) if score[i] > 0.5]
    centre = raw[:, 0] + anchors
    while rest:
        best = rest[0]
        near = [i for i in rest if np.abs(centre[i] - centre[best]).max() < 0.5 * raw[best, 1].max()]
        weight = score[near] / score[near].sum()
        size = (raw[near, 1] * weight[:, None]).sum(0) * m
        origin = (centre[near] * weight[:, None]).sum(0) * m - size / 2 - (left, top)
        points = ((raw[near, 2:] + anchors[near, None]) * weight[:, None, None]).sum(0) * m - (left, top)
        found.append((np.concatenate([origin, size]), points, float(score[best])))
        rest = [i for i in rest if i not in near]
    return sorted(found, key=lambda f: -f[0][2])


def template(net: Net, image: Image, points: Image) -> Image:
    """Unit embedding of the aligned face."""
    src, dst = points[:4] - points[:4].mean(0), TEMPLATE - TEMPLATE.mean(0)
    a, b = (src * dst).sum(), (src[:, 0] * dst[:, 1] - src[:, 1] * dst[:, 0]).sum()
    turn = np.array([[a, -b], [b, a]]) / (src**2).sum()
    warp = np.column_stack([turn, TEMPLATE.mean(0) - turn @ points[:4].mean(0)])
    x = (rgb(cv2.warpAffine(image, warp, (112, 112))) - 127.5) / 128
    e = net(np.stack([x, x]))["embeddings"][0]
    return e / np.linalg.norm(e)


def spoof(net: Net, image: Image, box: Image, factor: float) -> float:
    """Raw liveness score of a square crop; low is bona fide."""
    half, cx, cy = max(box[2:]) * factor / 2, box[0] + box[2] / 2, box[1] + box[3] / 2
    x1, y1, x2, y2 = int(cx - half), int(cy - half), int(cx + half), int(cy + half)
    pad = max(0, -x1, -y1, x2 - image.shape[1], y2 - image.shape[0])
    wide = cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    crop = cv2.resize(wide[y1 + pad:y2 + pad, x1 + pad:x2 + pad], (256, 256))
    out = net((rgb(crop) / 255)[None])
    return float((np.abs(out["Identity"][0]) * out["Identity_1"][0]).sum())


def good(act: str, row: tuple[float, ...]) -> bool:
    """Whether a frame shows what its act is about."""
    _, score, cosine, _, _, pad = row
    if act == "attack":
        return score > 0.75 and cosine > 0.5 and pad < 0.5
    return score > 0.75 and pad > 0.75 and (cosine > 0.5 if act == "enrolled" else cosine < 0.3)


def main(folder: str) -> int:
    """Print each frame's scores, then the table; 1 if a frame fails its act."""
    short, embedder, liveness = (Net(Path(folder) / f"{n}.tflite") for n in ("face_detection_short_range", "MobileFaceNet", "FaceAntiSpoofing"))
    portrait = cv2.imread(str(HERE / "enrol/obama.jpg"))
    reference = template(embedder, portrait, detect(short, portrait)[0][1])
    acts: dict[str, list[tuple[float, ...]]] = {}
    bad = 0
    for path in sorted((HERE / "frames").glob("*.jpg")):
        act, image = path.stem[4:], cv2.imread(str(path))
        faces = detect(short, image)
        if act == "nobody" or len(faces) != 1:
            bad += len(faces) != (act != "nobody")
            print(f"{path.name}: {len(faces)} faces")
            continue
        box, points, score = faces[0]
        raw = [spoof(liveness, image, box, c) for c in CROPS]
        pad = 1 / (1 + np.exp(-(BIAS + np.dot(WEIGHTS, raw))))
        row = (box[2], score, float(template(embedder, image, points) @ reference), *raw, pad)
        bad += not good(act, row)
        acts.setdefault(act, []).append(row)
        print(f"{path.name}: box {row[0]:.0f}  " + "  ".join(f"{v:.3f}" for v in row[1:]) + ("" if good(act, row) else "  <- fails"))
    print("\n| act | frames | box width | detector | cosine | spoof 1.0x | spoof 1.5x | pad score |\n|---|---|---|---|---|---|---|---|")
    for act, rows in acts.items():
        low, high = np.min(rows, 0), np.max(rows, 0)
        cells = [f"{low[0]:.0f}-{high[0]:.0f}"] + [f"{a:.3f} to {b:.3f}" for a, b in zip(low[1:], high[1:])]
        print(f"| {act} | {len(rows)} | " + " | ".join(cells) + " |")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
