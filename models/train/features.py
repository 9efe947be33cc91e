"""What the first half of the embedder sees of an image: the mean of every channel of two maps, kept between runs."""
import hashlib
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
from sources import sha256  # noqa: E402

CROP = 1.0
# Outputs of the embedder: 64 channels at 28x28 and 256 at 14x14; 0.12 GMAC lead to them.
MAPS = ("add_033", "prelu_037")
LARGEST = 640  # of a still photograph: about what a door's camera has


def trunk(embedder: onnx.ModelProto) -> onnx.ModelProto:
    """The embedder up to the maps, which become its outputs."""
    out = onnx.ModelProto()
    out.CopyFrom(embedder)
    graph = out.graph
    known = {v.name: v.type.tensor_type.shape.dim for v in onnx.shape_inference.infer_shapes(embedder).graph.value_info}
    needed, kept = set(MAPS), []
    for node in reversed(graph.node):
        if needed & set(node.output):
            kept.insert(0, node)
            needed |= set(node.input)
    constants = [i for i in graph.initializer if i.name in needed]
    del graph.node[:], graph.initializer[:], graph.output[:], graph.value_info[:]
    graph.node.extend(kept)
    graph.initializer.extend(constants)
    graph.output.extend(onnx.helper.make_tensor_value_info(m, onnx.TensorProto.FLOAT, [d.dim_value for d in known[m]]) for m in MAPS)
    return out


class Trunk:
    """The shipped detector and the trunk of the shipped embedder."""

    def __init__(self, cache: Path) -> None:
        self.detector = convert.Session(dequantize(onnx.load(MODELS / by_role("detector").file)))
        self.trunk = convert.Session(trunk(dequantize(onnx.load(MODELS / by_role("embedder").file))))
        self.cache = cache
        cache.mkdir(parents=True, exist_ok=True)

    def of_image(self, image: np.ndarray, largest_face: int | None) -> tuple[np.ndarray, float] | None:
        """Means of the channels, and the longer side of the face's box; faces are reduced to `largest_face` pixels if given."""
        faces = vision.detect(self.detector, by_role("detector"), image)
        if not faces:
            return None
        side = float(max(faces[0].box[2:]))
        network = by_role("embedder")
        if largest_face is None or side <= largest_face:
            crop = vision.square_crop(image, faces[0], CROP, network.size)
        else:
            whole = vision.square_crop(image, faces[0], CROP, int(side))
            small = cv2.resize(whole, (largest_face, largest_face), interpolation=cv2.INTER_AREA)
            crop = cv2.resize(small, (network.size, network.size))
        maps = self.trunk(vision.tensor(crop, network))
        return np.concatenate([m[0].mean((1, 2)) for m in maps]), side

    def of_files(self, files: list[Path], largest_face: int | None = None) -> tuple[np.ndarray, np.ndarray, list[Path]]:
        """Means and sides of the images that show a face, and their files."""
        networks = [sha256((MODELS / by_role(role).file).read_bytes()) for role in ("detector", "embedder")]
        state = "\n".join([*(str(f) for f in files), str(largest_face), str(CROP), *networks])
        kept = self.cache / f"{hashlib.sha256(state.encode()).hexdigest()[:16]}.npz"
        if not kept.exists():
            rows, sides, seen = [], [], []
            for file in files:
                image = cv2.imread(str(file))
                factor = LARGEST / max(image.shape[:2])
                if factor < 1:
                    image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
                if (found := self.of_image(image, largest_face)) is not None:
                    rows.append(found[0])
                    sides.append(found[1])
                    seen.append(str(file))
            np.savez(kept, rows=np.array(rows), sides=np.array(sides), seen=np.array(seen))
        data = np.load(kept)
        return data["rows"], data["sides"], [Path(f) for f in data["seen"]]
