"""A small mutable view of an ONNX graph, and writing it back with names and order that depend on nothing but the graph."""
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from networks import Network


@dataclass
class Node:
    """One operator with one output."""
    op: str
    inputs: list[str]
    output: str
    attributes: dict[str, Any] = field(default_factory=dict)


class Graph:
    """Nodes by output name, constants by name, named outputs in order."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.input = model.graph.input[0].name
        self.declared = [o.name for o in model.graph.output]
        self.outputs = list(self.declared)
        self.constants = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
        self.nodes: dict[str, Node] = {}
        for n in model.graph.node:
            attributes = {a.name: helper.get_attribute_value(a) for a in n.attribute}
            if n.op_type == "Constant":
                self.constants[n.output[0]] = numpy_helper.to_array(attributes["value"])
            else:
                self.nodes[n.output[0]] = Node(n.op_type, list(n.input), n.output[0], attributes)
        self._fresh = 0

    def node(self, name: str, op: str | None = None) -> Node | None:
        """The node that makes this tensor, if it is one of that operator."""
        n = self.nodes.get(name)
        return n if n is not None and (op is None or n.op == op) else None

    def consumers(self, name: str) -> list[Node]:
        """The nodes that read this tensor."""
        return [n for n in self.nodes.values() if name in n.inputs]

    def constant(self, value: np.ndarray) -> str:
        """Name of a new constant."""
        self._fresh += 1
        self.constants[f"new_{self._fresh}"] = value
        return f"new_{self._fresh}"

    def add(self, op: str, inputs: list[str], **attributes: Any) -> str:
        """Name of the output of a new node."""
        self._fresh += 1
        name = f"new_{self._fresh}"
        self.nodes[name] = Node(op, inputs, name, attributes)
        return name

    def replace(self, old: str, new: str) -> None:
        """Let everything that reads `old` read `new`."""
        for n in self.nodes.values():
            n.inputs = [new if i == old else i for i in n.inputs]
        self.outputs = [new if o == old else o for o in self.outputs]

    def sorted(self) -> list[Node]:
        """Nodes the outputs need, each after its inputs, in the order a walk from the outputs meets them."""
        order: list[Node] = []
        seen: set[str] = set()
        for output in self.outputs:
            stack = [(output, False)]
            while stack:
                name, ready = stack.pop()
                n = self.nodes.get(name)
                if n is None or (name in seen and not ready):
                    continue
                if ready:
                    order.append(n)
                    continue
                seen.add(name)
                stack.append((name, True))
                stack.extend((i, False) for i in reversed(n.inputs))
        return order

    def shapes(self, network: Network) -> dict[str, list[int]]:
        """Static shape of every tensor."""
        model = self.model(network, canonical=False)
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        values = [*inferred.graph.value_info, *inferred.graph.input, *inferred.graph.output]
        return {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in values}

    def model(self, network: Network, canonical: bool = True) -> onnx.ModelProto:
        """The ONNX model; canonical: nodes `conv_003`, constants `conv_003.weight`, the network's own output names."""
        names = {self.input: "input"} if canonical else {}
        nodes, constants, declared = [], [], []
        final = {o: spec.name for o, spec in zip(self.outputs, network.outputs)} if canonical else {}
        for k, n in enumerate(self.sorted()):
            label = f"{n.op.lower()}_{k:03}" if canonical else n.output
            names[n.output] = final.get(n.output, label) if canonical else n.output
            inputs = []
            for j, i in enumerate(n.inputs):
                if i in self.constants:
                    name = f"{label}.{ROLES.get((n.op, j), f'constant{j}')}" if canonical else f"{label}/{j}"
                    constants.append(numpy_helper.from_array(np.ascontiguousarray(self.constants[i]), name))
                    inputs.append(name)
                else:
                    inputs.append(names.get(i, i))
            nodes.append(helper.make_node(n.op, inputs, [names[n.output]], name=label, **n.attributes))
        for o, spec in zip(self.outputs, network.outputs):
            shape = list(spec.shape) if canonical else None
            declared.append(helper.make_tensor_value_info(names.get(o, o), onnx.TensorProto.FLOAT, shape))
        entry = helper.make_tensor_value_info(names.get(self.input, self.input), onnx.TensorProto.FLOAT, list(network.input_shape))
        graph = helper.make_graph(nodes, network.id if canonical else "graph", [entry], declared, constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="ostiary")
        if canonical:
            onnx.checker.check_model(model, full_check=True)
        return model


ROLES = {("Conv", 1): "weight", ("Conv", 2): "bias", ("Gemm", 1): "weight", ("Gemm", 2): "bias", ("PRelu", 1): "slope",
         ("Pad", 1): "pads", ("Pad", 2): "value", ("Resize", 2): "scales", ("Reshape", 1): "shape"}
