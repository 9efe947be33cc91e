"""Rewrite a quantized graph to f32: what the Rust loader does, in Python.

QuantizeLinear -> DequantizeLinear on an activation is removed; DequantizeLinear of a constant becomes an f32 constant
of (q - zero_point) * scale. Nothing else is touched. Usage: dequantize.py IN.onnx OUT.onnx
"""
import sys

import numpy as np
import onnx
from onnx import numpy_helper


def dequantize(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy of the model with neither QuantizeLinear nor DequantizeLinear."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    graph = out.graph
    constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    maker = {o: n for n in graph.node for o in n.output}
    renamed: dict[str, str] = {}
    kept: list[onnx.NodeProto] = []
    for node in graph.node:
        if node.op_type == "QuantizeLinear":
            continue
        if node.op_type != "DequantizeLinear":
            kept.append(node)
            continue
        if (quantizer := maker.get(node.input[0])) is not None:
            renamed[node.output[0]] = quantizer.input[0]
            continue
        q, scale = constants[node.input[0]].astype(np.int32), constants[node.input[1]]
        zero = constants[node.input[2]].astype(np.int32) if len(node.input) > 2 else np.zeros_like(scale, np.int32)
        axis = next((a.i for a in node.attribute if a.name == "axis"), 1)
        shape = [-1 if i == axis else 1 for i in range(q.ndim)] if scale.size > 1 else [1] * q.ndim
        value = (q - zero.reshape(shape)).astype(np.float32) * scale.reshape(shape).astype(np.float32)
        graph.initializer.append(numpy_helper.from_array(value, node.output[0]))
    for node in kept:
        for i, name in enumerate(node.input):
            node.input[i] = renamed.get(name, name)
    used = {name for node in kept for name in node.input}
    constant = [i for i in graph.initializer if i.name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(constant)
    onnx.checker.check_model(out)
    return out


if __name__ == "__main__":
    onnx.save(dequantize(onnx.load(sys.argv[1])), sys.argv[2])
