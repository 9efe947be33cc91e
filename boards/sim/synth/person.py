"""A person cut out of a portrait and set in front of the entrance.

The cut-out is GrabCut from a hand-drawn silhouette, then a guided filter that
follows hair and cloth at the edge; the colour of edge pixels is drawn from the
inside of the silhouette so that no backdrop comes along. The face itself is
never retouched, enlarged past the source resolution or smoothed.
"""
from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

Image = np.ndarray


@dataclass(frozen=True)
class Pose:
    """Where the face is in the frame: centre and box width in pixels, roll in degrees."""

    x: float
    y: float
    width: float
    roll: float = 0.0


@dataclass(frozen=True)
class Portrait:
    """A source image's face box (x, y, width) and the outline of the person.

    The outline is in pixels of a view in which the face is 190 px wide with its centre at (320, 205).
    """

    key: str
    face: tuple[float, float, float]
    outline: tuple[tuple[int, int], ...]

    @property
    def centre(self) -> tuple[float, float]:
        x, y, w = self.face
        return x + w / 2, y + w / 2

    def in_source(self) -> Image:
        """The outline in source pixels."""
        k = self.face[2] / 190
        return (np.array(self.outline, float) - (320, 205)) * k + self.centre


OBAMA3 = Portrait("obama3", (607, 313, 326), (
    (5, 600), (28, 480), (52, 395), (75, 378), (170, 352), (236, 318), (248, 296), (243, 262), (240, 233), (224, 230),
    (210, 190), (214, 170), (230, 172), (229, 140), (240, 100), (265, 70), (300, 57), (335, 57), (370, 72), (395, 100),
    (405, 135), (405, 190), (411, 195), (409, 225), (398, 248), (388, 262), (368, 292), (366, 320), (425, 358),
    (520, 382), (542, 402), (548, 480), (560, 600)))
BIDEN = Portrait("biden", (420, 251, 322), (
    (-40, 600), (-10, 480), (3, 370), (30, 335), (110, 325), (200, 282), (225, 262), (222, 215), (208, 205), (205, 165),
    (212, 150), (205, 130), (208, 84), (229, 52), (260, 28), (310, 20), (355, 25), (395, 45), (415, 80), (422, 120),
    (418, 160), (402, 185), (398, 215), (388, 235), (372, 270), (352, 305), (380, 335), (440, 360), (505, 380),
    (520, 395), (534, 480), (550, 600)))


def _guided(guide: Image, mask: Image, radius: int, eps: float) -> Image:
    """Guided filter (He, Sun, Tang 2010) of a mask by a grey guide, both in 0-1."""
    def box(a: Image) -> Image:
        return cv2.blur(a, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REPLICATE)

    mg, mm = box(guide), box(mask)
    a = (box(guide * mask) - mg * mm) / (box(guide * guide) - mg * mg + eps)
    return box(a) * guide + box(mm - a * mg)


def cut_out(image: Image, portrait: Portrait) -> Image:
    """BGRA (float32, 0-255 and alpha 0-1) of the person, same size as the source."""
    h, w = image.shape[:2]
    outline = np.round(portrait.in_source()).astype(np.int32)
    shape = cv2.fillPoly(np.zeros((h, w), np.uint8), [outline], 255)
    bottom = min(h, int(outline[:, 1].max()))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (31, 31))
    padded = cv2.copyMakeBorder(shape, 40, 40, 40, 40, cv2.BORDER_REPLICATE)
    inner = cv2.erode(padded, kernel)[40:-40, 40:-40]
    outer = cv2.dilate(padded, kernel)[40:-40, 40:-40]
    mask = np.full((h, w), cv2.GC_BGD, np.uint8)
    mask[outer > 0] = cv2.GC_PR_BGD
    mask[shape > 0] = cv2.GC_PR_FGD
    mask[inner > 0] = cv2.GC_FGD
    cv2.setRNGSeed(1)
    part = np.ascontiguousarray(mask[:bottom])
    cv2.grabCut(np.ascontiguousarray(image[:bottom]), part, None, np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_MASK)
    hard = np.zeros((h, w), np.float32)
    hard[:bottom] = ((part == cv2.GC_FGD) | (part == cv2.GC_PR_FGD)).astype(np.float32)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(hard.astype(np.uint8))
    if count > 1:
        hard = (labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())).astype(np.float32)
    hard = cv2.morphologyEx(hard, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (19, 19)))
    hard = cv2.medianBlur(hard.astype(np.uint8), 7).astype(np.float32)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32) / 255
    alpha = np.clip(_guided(grey, cv2.erode(hard, np.ones((3, 3))), 4, 2e-4), 0, 1)
    alpha = np.clip((alpha - 0.12) / 0.78, 0, 1)
    sure = cv2.erode(hard, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9)))
    colour = image.astype(np.float32)
    weight = cv2.GaussianBlur(sure, (0, 0), 4) + 1e-4
    inside = cv2.GaussianBlur(colour * sure[..., None], (0, 0), 4) / weight[..., None]
    blend = np.clip((1 - alpha) * 2, 0, 1)[..., None] * np.clip(weight * 20, 0, 1)[..., None]
    return np.dstack([colour * (1 - blend) + inside * blend, alpha])


def place(cut: Image, portrait: Portrait, pose: Pose, scene: Image) -> Image:
    """The person at a pose in front of the scene."""
    h, w = scene.shape[:2]
    k = pose.width / portrait.face[2]
    layer = np.dstack([cut[..., :3] * cut[..., 3:], cut[..., 3:]])
    pre = min(1.0, k * 1.15)                         # average first, so that the warp never skips pixels
    layer = cv2.resize(layer, None, fx=pre, fy=pre, interpolation=cv2.INTER_AREA)
    cx, cy = portrait.centre
    m = cv2.getRotationMatrix2D((cx * pre, cy * pre), pose.roll, k / pre)
    m[:, 2] += (pose.x - cx * pre, pose.y - cy * pre)
    layer = np.clip(cv2.warpAffine(layer, m, (w, h), flags=cv2.INTER_CUBIC), 0, None)
    alpha = np.clip(layer[..., 3:], 0, 1)
    return layer[..., :3] + scene * (1 - alpha)
