"""Write tests/golden: what the source weights and the shipped networks give on tests/samples, for the Rust tests to agree with."""
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import evaluation
import liveness
import vision
from evaluation import Pipeline
from networks import NETWORKS, by_role
from sources import sha256

TESTS = Path(__file__).parents[2] / "tests"
SAMPLES, GOLDEN = TESTS / "samples", TESTS / "golden"
FULL_SAMPLE, LANDMARK_SAMPLE = "obama2.jpg", "obama2.jpg"


def rounded(values: Any, digits: int = 4) -> Any:
    """Nested lists of short numbers."""
    return np.round(np.asarray(values, np.float64), digits).tolist()


def write_json(name: str, value: Any) -> None:
    """One JSON file."""
    (GOLDEN / name).write_text(json.dumps(value, indent=1) + "\n")


def write_tensor(name: str, values: np.ndarray) -> str:
    """Little-endian f32, nothing else; the name is returned."""
    (GOLDEN / name).write_bytes(np.ascontiguousarray(values, "<f4").tobytes())
    return name


def faces_of(pipeline: Pipeline, role: str, image: np.ndarray) -> list[vision.Face]:
    """Faces by one of the detectors."""
    return vision.detect(pipeline.calls[role], pipeline.networks[role], image)


def face_json(face: vision.Face) -> dict[str, Any]:
    """Box, keypoints and score in image pixels."""
    return {"box": rounded(face.box, 3), "keypoints": rounded(face.keypoints, 3), "score": round(face.score, 5)}


def sample(name: str, reference: Pipeline, shipped: Pipeline) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Everything about one sample, and its two templates."""
    image = cv2.imread(str(SAMPLES / name))
    stem = Path(name).stem
    found = faces_of(reference, "detector", image)
    ours = faces_of(shipped, "detector", image)
    entry: dict[str, Any] = {"file": name, "width": image.shape[1], "height": image.shape[0],
                             "faces": [face_json(f) for f in found], "shipped_faces": [face_json(f) for f in ours]}
    if not found:
        return entry, {}
    embedder = by_role("embedder")
    aligned = vision.align(image, found[0])
    cv2.imwrite(str(GOLDEN / f"{stem}.aligned.png"), aligned, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    templates = {
        "reference": vision.template(reference.calls["embedder"], embedder, aligned),
        # The shipped embedder on the reference's crop: network error alone.
        "shipped_on_aligned": vision.template(shipped.calls["embedder"], embedder, aligned),
        # The shipped networks all the way.
        "shipped": vision.template(shipped.calls["embedder"], embedder, vision.align(image, ours[0])),
    }
    entry["aligned"] = f"{stem}.aligned.png"
    entry["templates"] = {kind: write_tensor(f"{stem}.{kind}.bin", t) for kind, t in templates.items()}
    entry["template_cosine"] = {kind: round(float(templates["reference"] @ t), 5) for kind, t in templates.items()}
    factors = liveness.crop_factors()
    on_reference, own = (vision.pad_raw(shipped.calls["liveness"], by_role("liveness"), image, face, factors) for face in (found[0], ours[0]))
    entry["liveness"] = [{"crop_factor": f, "shipped_on_reference_box": round(a, 4), "shipped": round(b, 4)}
                         for f, a, b in zip(factors, on_reference, own)]
    return entry, templates


def ramp(network: Any) -> np.ndarray:
    """A fixed input anyone can make again: value i is ((i * 7919 + 13) mod 65536) / 65535, spread over the input's range."""
    count = int(np.prod(network.input_shape))
    unit = ((np.arange(count, dtype=np.int64) * 7919 + 13) % 65536).astype(np.float64) / 65535
    low, high = (0 - network.mean) / network.scale, (255 - network.mean) / network.scale
    return (low + (high - low) * unit).astype(np.float32).reshape(network.input_shape)


def networks(shipped: Pipeline) -> list[dict[str, Any]]:
    """Each shipped network on the fixed input: some elements of every output, at an even stride, and its sum."""
    out = []
    for network in NETWORKS:
        values = shipped.calls[network.role](ramp(network))
        model = (evaluation.MODELS / network.file).read_bytes()
        outputs = []
        for spec, v in zip(network.outputs, values):
            flat = v.ravel()
            stride = max(1, len(flat) // 64)
            outputs.append({"name": spec.name, "count": len(flat), "stride": stride, "values": rounded(flat[::stride], 5),
                            "sum": round(float(flat.astype(np.float64).sum()), 3), "largest": round(float(np.abs(flat).max()), 5)})
        out.append({"role": network.role, "sha256": sha256(model), "outputs": outputs})
    return out


def landmarks(reference: Pipeline, shipped: Pipeline) -> dict[str, Any]:
    """468 points for the crop round the reference's face."""
    image = cv2.imread(str(SAMPLES / LANDMARK_SAMPLE))
    network = by_role("landmarks")
    face = faces_of(reference, "detector", image)[0]
    factor = network.extra["crop"]["factor"]
    crop = vision.square_crop(image, face, factor, network.size)
    cv2.imwrite(str(GOLDEN / "landmarks.crop.png"), crop, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    entry: dict[str, Any] = {"file": LANDMARK_SAMPLE, "box": rounded(face.box, 3), "crop_factor": factor, "crop": "landmarks.crop.png"}
    for kind, pipeline in (("reference", reference), ("shipped", shipped)):
        points, presence = pipeline.calls["landmarks"](vision.tensor(crop, network))
        entry[kind] = {"points": write_tensor(f"landmarks.{kind}.bin", points), "presence": round(float(presence[0, 0]), 4)}
    return entry


def main() -> None:
    """Write all golden files of the networks; others keep theirs in the same folder."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    reference, shipped = evaluation.source(), evaluation.shipped()
    names = sorted(p.name for p in SAMPLES.iterdir() if p.suffix in (".jpg", ".png"))
    results = {n: sample(n, reference, shipped) for n in names}
    write_json("samples.json", [entry for entry, _ in results.values()])
    known = [n for n in names if results[n][1]]
    write_json("cosines.json", {"files": known, **{
        kind: [rounded([results[a][1][kind] @ results[b][1][kind] for b in known], 5) for a in known]
        for kind in ("reference", "shipped_on_aligned", "shipped")}})
    write_json("networks.json", networks(shipped))
    image = cv2.imread(str(SAMPLES / FULL_SAMPLE))
    write_json("detector-full.json", {"file": FULL_SAMPLE, **{
        kind: [face_json(f) for f in faces_of(p, "detector-full", image)] for kind, p in (("reference", reference), ("shipped", shipped))}})
    write_json("landmarks.json", landmarks(reference, shipped))


if __name__ == "__main__":
    main()
