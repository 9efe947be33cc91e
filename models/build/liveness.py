"""The liveness network: the first half of the shipped embedder on smaller crops, and a head of ours on three of its maps.

The head reads of every channel its mean and its mean distance from a centre, which tells texture. `liveness_head.toml`, fitted
by models/train, has their weights for each crop. What the crops of a face sum up to, less the bias, is the log-odds of a
presentation attack. The trunk is the embedder's, byte for byte.
"""
import tomllib
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

HEAD = Path(__file__).with_name("liveness_head.toml")
SIZE = 96
# Outputs of the embedder: at 96 pixels 128 channels of 24x24, 64 of 24x24 and 256 of 12x12; 80 million products lead to them.
MAPS = ("prelu_008", "add_033", "prelu_037")


def trunk(embedder: onnx.ModelProto) -> onnx.ModelProto:
    """The embedder up to the maps, which become its outputs, for crops of SIZE pixels."""
    out = onnx.ModelProto()
    out.CopyFrom(embedder)
    graph = out.graph
    needed, kept = set(MAPS), []
    for node in reversed(graph.node):
        if needed & set(node.output):
            kept.insert(0, node)
            needed |= set(node.input)
    constants = [i for i in graph.initializer if i.name in needed]
    name = graph.input[0].name
    del graph.node[:], graph.initializer[:], graph.input[:], graph.output[:], graph.value_info[:]
    graph.node.extend(kept)
    graph.initializer.extend(constants)
    graph.input.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 3, SIZE, SIZE]))
    graph.output.extend(helper.make_tensor_value_info(m, onnx.TensorProto.FLOAT, None) for m in MAPS)
    return out


def shapes(trunk_model: onnx.ModelProto) -> dict[str, list[int]]:
    """Shapes of the maps."""
    graph = onnx.shape_inference.infer_shapes(trunk_model, data_prop=True).graph
    known = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in (*graph.value_info, *graph.output)}
    return {name: known[name] for name in MAPS}


def crop_factors() -> list[float]:
    """Sides of the crops over the longer side of the face's box."""
    return [crop["factor"] for crop in tomllib.loads(HEAD.read_text())["crop"]]


def network(embedder: onnx.ModelProto, name: str) -> onnx.ModelProto:
    """The trunk with the fitted head; one output, `attack`, of shape 1 x crops."""
    head = tomllib.loads(HEAD.read_text())
    out = trunk(embedder)
    graph, parts = out.graph, []

    def constant(label: str, values: np.ndarray) -> str:
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), label))
        return label

    def weigh(source: str, statistic: str, size: tuple[int, int]) -> None:
        """The mean over a map, weighed for each crop."""
        label = f"{source}.{statistic}"
        weights = -np.array([crop[source][statistic] for crop in head["crop"]], np.float32)
        graph.node.append(helper.make_node("AveragePool", [source if statistic == "mean" else label], [f"{label}.pooled"], f"{label}.pooled", kernel_shape=size))
        inputs = [f"{label}.pooled", constant(f"{label}.weight", weights[:, :, None, None])]
        if not parts:
            inputs.append(constant("attack.bias", -np.array([crop["bias"] for crop in head["crop"]])))
        graph.node.append(helper.make_node("Conv", inputs, [f"{label}.part"], f"{label}.part", kernel_shape=[1, 1]))
        parts.append(f"{label}.part")

    for source, (_, channels, height, width) in shapes(out).items():
        weigh(source, "mean", (height, width))
        centred = f"{source}.centred"
        graph.node.append(helper.make_node(
            "Conv", [source, constant(f"{centred}.weight", np.ones((channels, 1, 1, 1))), constant(f"{centred}.bias", -np.array(head["centre"][source]))],
            [centred], centred, kernel_shape=[1, 1], group=channels))
        # A slope of -1 makes the absolute value.
        graph.node.append(helper.make_node("PRelu", [centred, constant(f"{source}.fold", -np.ones((channels, 1, 1)))], [f"{source}.spread"], f"{source}.spread"))
        weigh(source, "spread", (height, width))
    total = parts[0]
    for k, part in enumerate(parts[1:]):
        graph.node.append(helper.make_node("Add", [total, part], [f"sum_{k}"], f"sum_{k}"))
        total = f"sum_{k}"
    graph.initializer.append(numpy_helper.from_array(np.array([1, len(head["crop"])], np.int64), "attack.shape"))
    graph.node.append(helper.make_node("Reshape", [total, "attack.shape"], ["attack"], "attack"))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("attack", onnx.TensorProto.FLOAT, [1, len(head["crop"])]))
    graph.name = name
    onnx.checker.check_model(out, full_check=True)
    return out
