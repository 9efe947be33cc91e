"""The steps round the networks: letterbox, decode, align, crop. Images are BGR, as OpenCV reads them."""
from dataclasses import dataclass
from typing import Callable

import cv2
import numpy as np

from networks import Network

Call = Callable[[np.ndarray], list[np.ndarray]]
# ArcFace 112x112 template: right eye, left eye, nose tip, centre of the mouth (one point in BlazeFace).
TEMPLATE_112 = np.array([(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (56.1396, 92.2848)])
SCORE_THRESHOLD, OVERLAP = 0.5, 0.3


@dataclass
class Face:
    """A detected face in image pixels: box (x, y, width, height), six keypoints, score."""
    box: np.ndarray
    keypoints: np.ndarray
    score: float


def tensor(image: np.ndarray, network: Network) -> np.ndarray:
    """An image of the network's size as its input."""
    rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB).astype(np.float32)
    return np.ascontiguousarray((((rgb - network.mean) / network.scale).transpose(2, 0, 1))[None], np.float32)


def letterbox(image: np.ndarray, size: int) -> tuple[np.ndarray, int, int, int]:
    """The image centred in a black square and reduced by area; side of the square and offsets of the image in it."""
    h, w = image.shape[:2]
    side = max(h, w)
    oy, ox = (side - h) // 2, (side - w) // 2
    square = np.zeros((side, side, 3), np.uint8)
    square[oy:oy + h, ox:ox + w] = image
    return cv2.resize(square, (size, size), interpolation=cv2.INTER_AREA), side, ox, oy


def anchors(network: Network) -> np.ndarray:
    """Anchor centres in [0, 1], in the order of the network's rows."""
    rows = []
    for layer in network.extra["anchors"]["layers"]:
        cells = network.size // layer["stride"]
        y, x = np.divmod(np.arange(cells * cells), cells)
        rows.append(np.repeat((np.stack([x, y], 1) + .5) / cells, layer["boxes"], 0))
    return np.concatenate(rows).astype(np.float32)


def detect(call: Call, network: Network, image: np.ndarray) -> list[Face]:
    """Faces, largest box first; overlapping boxes are averaged by score (weighted non-maximum suppression)."""
    x, side, ox, oy = letterbox(image, network.size)
    regressors, logits = call(tensor(x, network))
    score = 1 / (1 + np.exp(-np.clip(logits[0, :, 0], -80, 80)))
    k = np.where(score > SCORE_THRESHOLD)[0]
    r, a, score = regressors[0, k] / network.size, anchors(network)[k], score[k]
    boxes = np.stack([r[:, 0] + a[:, 0] - r[:, 2] / 2, r[:, 1] + a[:, 1] - r[:, 3] / 2, r[:, 2], r[:, 3]], 1)
    keypoints = r[:, 4:].reshape(-1, 6, 2) + a[:, None]
    faces, left = [], list(np.argsort(-score))
    while left:
        same = [j for j in left if overlap(boxes[left[0]], boxes[j]) > OVERLAP]
        weight = score[same] / score[same].sum()
        faces.append(Face((boxes[same] * weight[:, None]).sum(0) * side - [ox, oy, 0, 0],
                          (keypoints[same] * weight[:, None, None]).sum(0) * side - [ox, oy], float(score[left[0]])))
        left = [j for j in left if j not in same]
    return sorted(faces, key=lambda f: -f.box[2] * f.box[3])


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union."""
    w = max(0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    h = max(0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    return w * h / (a[2] * a[3] + b[2] * b[3] - w * h + 1e-9)


def similarity_transform(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """2x3 matrix of rotation, scale and translation with the least squared error (Umeyama, 1991)."""
    ms, mt = source.mean(0), target.mean(0)
    s, t = source - ms, target - mt
    u, singular, v = np.linalg.svd(t.T @ s / len(s))
    flip = np.array([1, np.sign(np.linalg.det(u) * np.linalg.det(v))])
    rotation = u @ np.diag(flip) @ v
    scale = (singular * flip).sum() / s.var(0).sum()
    return np.hstack([scale * rotation, (mt - scale * rotation @ ms)[:, None]])


def align(image: np.ndarray, face: Face) -> np.ndarray:
    """The face at 112x112 with eyes, nose and mouth where the embedder wants them."""
    matrix = similarity_transform(np.asarray(face.keypoints[:4], float), TEMPLATE_112)
    return cv2.warpAffine(image, matrix, (112, 112))


def square_crop(image: np.ndarray, face: Face, factor: float, size: int) -> np.ndarray:
    """A square of `factor` times the longer side of the box round its centre, black outside the image."""
    h, w = image.shape[:2]
    x, y, bw, bh = face.box
    side, cx, cy = max(bw, bh) * factor, x + bw / 2, y + bh / 2
    x1, y1, x2, y2 = (int(v) for v in (cx - side / 2, cy - side / 2, cx + side / 2, cy + side / 2))
    inside = image[max(0, y1):min(h, y2), max(0, x1):min(w, x2)]
    padded = cv2.copyMakeBorder(inside, max(0, -y1), max(0, y2 - h), max(0, -x1), max(0, x2 - w), cv2.BORDER_CONSTANT)
    return cv2.resize(padded, (size, size))


def template(call: Call, network: Network, aligned: np.ndarray) -> np.ndarray:
    """L2-normalised embedding of an aligned face."""
    embedding = call(tensor(aligned, network))[0][0]
    return embedding / np.linalg.norm(embedding)


def pad_raw(call: Call, network: Network, image: np.ndarray, face: Face, factors: list[float]) -> list[float]:
    """What each crop adds to the log-odds of an attack; low is bona fide."""
    return [float(call(tensor(square_crop(image, face, factor, network.size), network))[0][0, k]) for k, factor in enumerate(factors)]
