"""Two pointwise convolutions with nothing between them are one: the product of their weights, where that has fewer."""
import numpy as np
import onnx
from onnx import numpy_helper


def merge(model: onnx.ModelProto) -> onnx.ModelProto:
    """The network with such pairs merged under the name of the second."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    graph = out.graph
    constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    for first in list(graph.node):
        readers = [n for n in graph.node if first.output[0] in n.input]
        if len(readers) != 1 or not (pointwise(first, constants) and pointwise(readers[0], constants)):
            continue
        second = readers[0]
        a, b = (constants[n.input[1]][:, :, 0, 0].astype(np.float64) for n in (first, second))
        if b.shape[0] * a.shape[1] > a.size + b.size:
            continue
        bias = b @ constants[first.input[2]] if len(first.input) > 2 else np.zeros(len(b))
        name = second.input[2] if len(second.input) > 2 else f"{second.name}.bias"
        constants[second.input[1]] = (b @ a)[:, :, None, None].astype(np.float32)
        constants[name] = (constants.get(name, 0) + bias).astype(np.float32)
        source, weight = first.input[0], second.input[1]
        del second.input[:]
        second.input.extend([source, weight, name])
        graph.node.remove(first)
    used = {name for n in graph.node for name in n.input}
    del graph.initializer[:], graph.value_info[:]
    graph.initializer.extend(numpy_helper.from_array(v, k) for k, v in constants.items() if k in used)
    onnx.checker.check_model(out, full_check=True)
    return out


def pointwise(node: onnx.NodeProto, constants: dict[str, np.ndarray]) -> bool:
    """Whether a node is a convolution of single pixels across all channels, at every pixel."""
    attributes = {a.name: a for a in node.attribute}
    return (node.op_type == "Conv" and constants[node.input[1]].shape[2:] == (1, 1)
            and ("group" not in attributes or attributes["group"].i == 1)
            and ("strides" not in attributes or list(attributes["strides"].ints) == [1, 1]))
