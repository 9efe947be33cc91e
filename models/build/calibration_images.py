"""Images for the static quantization: faces out of two registry packages, and augmentations that are the same each time."""
from typing import Iterator

import cv2
import numpy as np

import vision
from networks import Network, by_role
from sources import FACE_RECOGNITION, SKIMAGE, member

IMAGES = [(FACE_RECOGNITION, f"face_recognition-1.3.0/tests/test_images/{name}.jpg")
          for name in ("obama", "obama2", "obama3", "biden", "obama_partial_face", "obama_partial_face2")]
IMAGES.append((SKIMAGE, "skimage/data/astronaut.png"))


def originals() -> list[np.ndarray]:
    """The photographs as they are, no larger than 1000 pixels."""
    out = []
    for archive, path in IMAGES:
        image = cv2.imdecode(np.frombuffer(member(archive, path), np.uint8), cv2.IMREAD_COLOR)
        factor = min(1.0, 1000 / max(image.shape[:2]))
        out.append(image if factor == 1 else cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))
    return out


def augmented(image: np.ndarray, seed: int) -> np.ndarray:
    """Another exposure, contrast, tilt, size, sharpness, tint and noise."""
    rng = np.random.default_rng(seed)
    h, w = image.shape[:2]
    if rng.random() < .5:
        image = image[:, ::-1]
    matrix = cv2.getRotationMatrix2D((w / 2, h / 2), rng.uniform(-15, 15), rng.uniform(.6, 1.2))
    image = cv2.warpAffine(image, matrix, (w, h), borderMode=cv2.BORDER_REFLECT_101)
    if rng.random() < .3:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(.5, 3))
    x = (image.astype(np.float32) / 255) ** rng.uniform(.6, 1.7)
    x = (x - .5) * rng.uniform(.6, 1.3) + .5 + rng.uniform(-.1, .1)
    x = x * rng.uniform(.85, 1.15, 3)
    if rng.random() < .2:
        x = np.repeat(x.mean(2, keepdims=True), 3, 2)
    x = x + rng.normal(0, rng.uniform(0, .03), x.shape)
    return np.clip(x * 255, 0, 255).astype(np.uint8)


def photographs(variants: int) -> Iterator[np.ndarray]:
    """Each photograph and its variants."""
    for k, image in enumerate(originals()):
        yield image
        for v in range(variants):
            yield augmented(image, 1000 * k + v)


def inputs(network: Network, detector: vision.Call, variants: int = 7) -> list[np.ndarray]:
    """Input tensors of the kind this network meets; faces are found by the f32 short-range detector."""
    out = []
    for image in photographs(variants):
        faces = vision.detect(detector, by_role("detector"), image)
        if network.role.startswith("detector"):
            # Large faces have anchors and layers of their own, so each photograph is also shown from near.
            near = [vision.square_crop(image, f, 1.7, max(1, int(1.7 * max(f.box[2:])))) for f in faces[:1]]
            out.extend(vision.tensor(vision.letterbox(i, network.size)[0], network) for i in (image, *near))
            continue
        if not faces:
            continue
        if network.role == "embedder":
            out.append(vision.tensor(vision.align(image, faces[0]), network))
        elif network.role == "landmarks":
            out.append(vision.tensor(vision.square_crop(image, faces[0], network.extra["crop"]["factor"], network.size), network))
        else:
            for factor in (1.0, 1.5):
                out.append(vision.tensor(vision.square_crop(image, faces[0], factor, network.size), network))
    return out
