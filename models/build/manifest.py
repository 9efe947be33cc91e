"""Write models/manifest.toml."""
import json
from typing import Any

import onnx
from onnx import numpy_helper, shape_inference

from networks import Network
from quantize import SENTENCE
from sources import sha256


def multiply_accumulates(model: onnx.ModelProto) -> int:
    """Multiply-accumulates of all convolutions and dense layers of an f32 graph."""
    graph = shape_inference.infer_shapes(model).graph
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in [*graph.value_info, *graph.output]}
    constants = {i.name: numpy_helper.to_array(i).shape for i in graph.initializer}
    total = 0
    for n in graph.node:
        if n.op_type == "Conv":
            _, channels, *kernel = constants[n.input[1]]
            total += _product(shapes[n.output[0]]) * channels * _product(kernel)
        elif n.op_type == "Gemm":
            total += _product(constants[n.input[1]])
    return total


def _product(values: Any) -> int:
    out = 1
    for v in values:
        out *= int(v)
    return out


def value(v: Any) -> str:
    """A TOML value on one line."""
    if isinstance(v, dict):
        return "{ " + ", ".join(f"{k} = {value(x)}" for k, x in v.items()) + " }"
    if isinstance(v, (list, tuple)):
        return "[" + ", ".join(value(x) for x in v) + "]"
    if isinstance(v, float):
        return repr(v)
    return json.dumps(v, ensure_ascii=False)


def table(name: str, entries: dict[str, Any], array: bool = False) -> str:
    """A TOML table."""
    head = f"[[{name}]]" if array else f"[{name}]"
    return "\n".join([head, *(f"{k} = {value(v)}" for k, v in entries.items())]) + "\n"


def entry(network: Network, data: bytes, macs: int, fitted: dict[str, Any]) -> str:
    """The tables of one network."""
    licence = network.archive.licence
    kept = ", ".join(network.keep_f32)
    sentence = f"{SENTENCE}; so are {kept}" if kept else SENTENCE
    parts = [
        table("model", {
            "id": network.id, "role": network.role, "file": network.file, "sha256": sha256(data), "bytes": len(data), "macs": macs,
            "source": {"package": network.archive.package, "file": network.path, "sha256": network.sha256, "licence": licence},
            "quantization": sentence}, array=True),
        table("model.input", {"name": "input", "shape": list(network.input_shape), "layout": "NCHW", "channels": "RGB",
                              "mean": network.mean, "scale": network.scale}),
    ]
    for o in network.outputs:
        parts.append(table("model.output", {"name": o.name, "shape": list(o.shape), "meaning": o.meaning}, array=True))
    for key, entries in network.extra.items():
        parts.append(table(f"model.{key}", entries))
    if network.role == "embedder":
        parts.extend(table("model.similarity", knot, array=True) for knot in fitted["similarity"])
    if network.role == "liveness":
        parts.append(table("model.pad", fitted["pad"]))
    return "\n".join(parts)


HEAD = """\
# Written by models/build/run; do not edit. The networks, where they come from and how to feed them.
# Input: x = (value - mean) / scale of 0-255 RGB. Detector box: centre = anchor centre + offset / input size, size = value / input size.
schema = 1
"""


def document(entries: list[str]) -> str:
    """The whole manifest."""
    return "\n".join([HEAD, *entries])
