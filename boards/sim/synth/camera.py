"""The camera behind every frame: exposure drift, shot and read noise, JPEG as a webcam's MJPEG stream."""
from __future__ import annotations

import cv2
import numpy as np

Image = np.ndarray
QUALITY = 90


def expose(scene: Image, rng: np.random.Generator, gain: float = 1.0, noise: float = 1.0) -> Image:
    """8-bit frame of a scene (0-255 display values): exposure `gain`, noise that grows with the signal.

    The noise is softened a little, as demosaicing does, and has a weaker part per colour.
    """
    lit = scene * gain
    sigma = noise * np.sqrt(0.8 + lit.mean(2, keepdims=True) / 255 * 1.6)
    grain = rng.standard_normal(scene.shape[:2] + (1,)) + 0.45 * rng.standard_normal(scene.shape)
    grain = cv2.GaussianBlur(grain.astype(np.float32), (0, 0), 0.55) * 1.7
    return np.clip(np.round(lit + sigma * grain), 0, 255).astype(np.uint8)


def jpeg(frame: Image, quality: int = QUALITY) -> bytes:
    """Baseline JPEG of a frame."""
    return cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
