"""Weights of dense convolutions in int8, chosen so that the layer's outputs on faces move least.

Each output channel has a symmetric scale of its own. Its weights are rounded one after another, and what a rounding adds to the
outputs is taken back by the weights that are not rounded yet, as far as the inputs' correlations allow: GPTQ (Frantar et al., 2022,
arXiv:2210.17323), with the inputs of calibration images. Activations are not part of the file: the program rounds them itself.
"""
import numpy as np
import onnx
from onnx import helper, numpy_helper

import convert
from networks import Network

SENTENCE = ("weights of dense convolutions int8, symmetric, a scale per output channel, rounded by GPTQ on calibration images; "
            "depthwise ones, those of the image, biases and everything else f32")
# Of the mean of the diagonal, added to it: inputs that hardly vary would otherwise take any correction.
DAMPING = .01
LARGEST = 127
# Patches taken of each map: more tell nothing new.
PATCHES = 400


def dense(model: onnx.ModelProto, network: Network) -> list[onnx.NodeProto]:
    """The convolutions across more channels than an image has, but for those that stay f32."""
    shapes = {i.name: i.dims for i in model.graph.initializer}

    def wanted(node: onnx.NodeProto) -> bool:
        group = next((a.i for a in node.attribute if a.name == "group"), 1)
        return node.op_type == "Conv" and group == 1 and shapes[node.input[1]][1] > 3 and node.name not in network.keep_f32
    return [n for n in model.graph.node if wanted(n)]


def patches(values: np.ndarray, node: onnx.NodeProto, kernel: tuple[int, int]) -> np.ndarray:
    """What the convolution multiplies with one filter, a row a place: channel, row, column as in its weights."""
    attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    top, left, bottom, right = attributes.get("pads", [0, 0, 0, 0])
    stride = attributes.get("strides", [1, 1])
    padded = np.pad(values, ((0, 0), (top, bottom), (left, right)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=(1, 2))[:, ::stride[0], ::stride[1]]
    rows = windows.transpose(1, 2, 0, 3, 4).reshape(-1, values.shape[0] * kernel[0] * kernel[1])
    return rows[::max(1, len(rows) // PATCHES)].astype(np.float64)


def correlations(model: onnx.ModelProto, nodes: list[onnx.NodeProto], inputs: list[np.ndarray]) -> list[np.ndarray]:
    """Of each convolution's patches, the mean products of every two inputs."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    image = model.graph.input[0].name
    maps = sorted({n.input[0] for n in nodes})
    del probe.graph.output[:]
    probe.graph.output.extend(helper.make_tensor_value_info(m, onnx.TensorProto.FLOAT, None) for m in maps if m != image)
    session = convert.Session(probe)
    kernels = {i.name: tuple(i.dims[2:]) for i in model.graph.initializer}
    totals = [np.zeros(())] * len(nodes)
    for x in inputs:
        values = dict(zip((m for m in maps if m != image), session(x)))
        for k, node in enumerate(nodes):
            p = patches(values[node.input[0]][0], node, kernels[node.input[1]])
            totals[k] = totals[k] + p.T @ p / len(p)
    return [t / len(inputs) for t in totals]


def rounded(weights: np.ndarray, correlation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bytes and scales of weights of outputs x inputs."""
    left = weights.astype(np.float64)
    scale = np.maximum(np.abs(left).max(1), 1e-12) / LARGEST
    scale = scale.astype(np.float32)
    # Inputs that matter most are rounded first, while all the others can still make up for it.
    order = np.argsort(-np.diag(correlation), kind="stable")
    left = left[:, order]
    count = len(order)
    damped = correlation[order][:, order] + np.eye(count) * DAMPING * max(np.trace(correlation) / count, 1e-12)
    factor = np.linalg.cholesky(np.linalg.inv(damped)).T
    out = np.zeros(left.shape, np.int8)
    for i in range(count):
        steps = np.clip(np.round(left[:, i] / scale), -LARGEST, LARGEST)
        out[:, order[i]] = steps
        error = (left[:, i] - steps * scale) / factor[i, i]
        left[:, i + 1:] -= error[:, None] * factor[i, i + 1:]
    return out, scale


def quantize(model: onnx.ModelProto, network: Network, inputs: list[np.ndarray]) -> onnx.ModelProto:
    """The network with DequantizeLinear of int8 constants for its dense weights."""
    nodes = dense(model, network)
    constants = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    dequantizers = []
    for node, correlation in zip(nodes, correlations(model, nodes, inputs)):
        name = node.input[1]
        weights = constants.pop(name)
        steps, scale = rounded(weights.reshape(len(weights), -1), correlation)
        constants[f"{name}.int8"], constants[f"{name}.scale"] = steps.reshape(weights.shape), scale
        dequantizers.append(helper.make_node("DequantizeLinear", [f"{name}.int8", f"{name}.scale"], [name], name, axis=0))
    graph = helper.make_graph([*dequantizers, *model.graph.node], network.id, list(model.graph.input), list(model.graph.output),
                              [numpy_helper.from_array(constants[name], name) for name in sorted(constants)])
    out = helper.make_model(graph, opset_imports=list(model.opset_import), ir_version=model.ir_version, producer_name="ostiary")
    onnx.checker.check_model(out, full_check=True)
    return out
