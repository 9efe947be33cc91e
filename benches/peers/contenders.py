"""The peers: each a function that runs a stage once and returns what it gave."""
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Callable, Iterator

import cv2
import numpy as np
import onnx
import onnxruntime

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "models" / "build"))
import vision  # noqa: E402
from dequantize import dequantize  # noqa: E402
from liveness import crop_factors  # noqa: E402
from networks import Network, by_role  # noqa: E402
from sources import member  # noqa: E402

Run = Callable[[], np.ndarray]
DIMENSION, ENROLLED = 192, 10_000


class Missing(Exception):
    """A peer that can't be measured here, and why."""


def ort(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def onnx_f32(network: Network) -> onnx.ModelProto:
    """Our network with its weights as f32 numbers."""
    return dequantize(onnx.load(ROOT / "models" / network.file))


def flat(outputs: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([o.ravel() for o in outputs])


def onnxruntime_f32(network: Network, x: np.ndarray, _: Path) -> Run:
    session = ort(onnx_f32(network))
    return lambda: flat(session.run(None, {"input": x}))


def onnxruntime_int8(network: Network, x: np.ndarray, work: Path) -> Run:
    """What onnxruntime's own static quantization makes of our network, calibrated with this very input."""
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

    class Once(CalibrationDataReader):
        left = [{"input": x}]

        def get_next(self) -> dict[str, np.ndarray] | None:
            return self.left.pop() if self.left else None

    source, path = work / f"{network.role}.f32.onnx", work / f"{network.role}.int8.onnx"
    onnx.save(onnx_f32(network), source)
    quantize_static(source, path, Once(), per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
    session = ort(onnx.load(path))
    return lambda: flat(session.run(None, {"input": x}))


def litert_f32(network: Network, x: np.ndarray, _: Path) -> Run:
    """The source network, by XNNPACK."""
    from ai_edge_litert.interpreter import Interpreter

    try:
        source = member(network.archive, network.path, network.sha256)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Missing(f"its network can't be fetched: {error}") from error
    interpreter = Interpreter(model_content=source, num_threads=1)
    place = interpreter.get_input_details()[0]["index"]
    nhwc = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    if tuple(interpreter.get_input_details()[0]["shape"]) != nhwc.shape:
        raise Missing("its network takes two pictures at once")
    interpreter.allocate_tensors()
    outputs = {o["name"]: o["index"] for o in interpreter.get_output_details()}
    indices = [outputs.get(o.source, outputs.get(o.source + ":0")) for o in network.outputs]
    if None in indices:
        indices = list(outputs.values())

    def run() -> np.ndarray:
        interpreter.set_tensor(place, nhwc)
        interpreter.invoke()
        return flat([interpreter.get_tensor(i) for i in indices])
    return run


def ncnn_f32(network: Network, x: np.ndarray, work: Path) -> Run:
    """Converted by pnnx, without fp16 and bf16, so that all compute the same."""
    import ncnn

    stem = network.role
    onnx.save(onnx_f32(network), work / f"{stem}.onnx")
    package = importlib.util.find_spec("pnnx")
    if package is None or package.origin is None:
        raise Missing("no pnnx")
    shape = ",".join(map(str, network.input_shape))
    subprocess.run([Path(package.origin).parent / "pnnx", f"{stem}.onnx", f"inputshape=[{shape}]", "fp16=0"],
                   cwd=work, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    net = ncnn.Net()
    net.opt.num_threads = 1
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.opt.use_bf16_storage = False
    param = work / f"{stem}.ncnn.param"
    if net.load_param(str(param)) or net.load_model(str(work / f"{stem}.ncnn.bin")):
        raise Missing("ncnn does not load the converted network")
    names = sorted(set(re.findall(r"\bout\d+\b", param.read_text())))
    mat = ncnn.Mat(x[0])

    def run() -> np.ndarray:
        extractor = net.create_extractor()
        extractor.input("in0", mat)
        return flat([np.array(extractor.extract(name)[1]) for name in names])
    return run


NETWORK_PEERS = {"onnxruntime f32": onnxruntime_f32, "onnxruntime int8": onnxruntime_int8,
                 "LiteRT (XNNPACK) f32": litert_f32, "ncnn f32": ncnn_f32}


def pipeline(frame: bytes, templates: np.ndarray, _: Path) -> Run:
    """A frame's way in Python: OpenCV for pixels, onnxruntime for networks, faiss for the search."""
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(DIMENSION)
    index.add(templates[:ENROLLED])
    detector, embedder, liveness = (by_role(r) for r in ("detector", "embedder", "liveness"))
    calls = {n.role: (lambda s: lambda x: s.run(None, {"input": x}))(ort(onnx_f32(n)))
             for n in (detector, embedder, liveness)}
    factors = crop_factors()
    # The reference makes them anew for every picture.
    anchors = vision.anchors(detector)
    vision.anchors = lambda _: anchors

    def run() -> np.ndarray:
        image = cv2.imdecode(np.frombuffer(frame, np.uint8), cv2.IMREAD_COLOR)
        face = vision.detect(calls["detector"], detector, image)[0]
        template = vision.template(calls["embedder"], embedder, vision.align(image, face))
        best, _ = index.search(template[None].astype(np.float32), 5)
        raw = vision.pad_raw(calls["liveness"], liveness, image, face, factors)
        return np.array([*face.box, best[0, 0], sum(raw)])
    return run


def cycle(probes: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """The probes in turn, with their numbers."""
    while True:
        yield from ((i, probes[i:i + 1]) for i in range(len(probes)))


def faiss_search(kind: str) -> Callable[[np.ndarray, np.ndarray], Run]:
    def make(templates: np.ndarray, probes: np.ndarray) -> Run:
        import faiss

        faiss.omp_set_num_threads(1)
        index = (faiss.IndexFlatIP(DIMENSION) if kind == "flat" else faiss.IndexScalarQuantizer(
            DIMENSION, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT))
        index.train(templates)
        index.add(templates)
        turn = cycle(probes)

        def run() -> np.ndarray:
            number, probe = next(turn)
            cosines, found = index.search(probe, 5)
            return np.array([found[0, 0], cosines[0, 0], number])
        return run
    return make


def usearch_exact(templates: np.ndarray, probes: np.ndarray) -> Run:
    from usearch.index import search

    scale = 127 / np.abs(templates).max()
    dataset = np.round(templates * scale).astype(np.int8)
    turn = cycle(probes)

    def run() -> np.ndarray:
        number, probe = next(turn)
        query = np.round(probe * scale).astype(np.int8)
        found = search(dataset, query, 5, metric="cos", exact=True, threads=1)
        return np.array([np.ravel(found.keys)[0], 1 - np.ravel(found.distances)[0], number])
    return run


SEARCH_PEERS = {"faiss flat f32": faiss_search("flat"), "faiss 8-bit scalar quantizer": faiss_search("sq8"),
                "usearch exact int8": usearch_exact}
os.environ.setdefault("OMP_NUM_THREADS", "1")
cv2.setNumThreads(1)
