"""Rewrite a network to f32: DequantizeLinear of a constant becomes an f32 constant. Usage: dequantize.py IN.onnx OUT.onnx"""
import sys

import numpy as np
import onnx
from onnx import numpy_helper


def dequantize(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy of the model without DequantizeLinear."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    graph = out.graph
    constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    weights = [n for n in graph.node if n.op_type == "DequantizeLinear"]
    for node in weights:
        steps, scale = (constants.pop(name) for name in node.input)
        along = (-1,) + (1,) * (steps.ndim - 1)
        constants[node.output[0]] = steps.astype(np.float32) * scale.reshape(along)
        graph.node.remove(node)
    del graph.initializer[:]
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    onnx.checker.check_model(out)
    return out


if __name__ == "__main__":
    onnx.save(dequantize(onnx.load(sys.argv[1])), sys.argv[2])
