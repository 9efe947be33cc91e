"""Rewrites that leave plain f32 inference in NCHW: no shape arithmetic, no five-node PReLU, no batch of two."""
import numpy as np
import onnx

from graph import Graph
from networks import Network


def clean(model: onnx.ModelProto, network: Network) -> onnx.ModelProto:
    """The network with the same outputs, cleaned and renamed."""
    g = Graph(model)
    channels_first_input(g)
    batch_of_one(g, network)
    parametric_relu(g)
    identities(g, network)
    dense_layers(g, network)
    declared_outputs(g, network)
    reshapes(g, network)
    tidy_operands(g)
    return g.model(network)


def channels_first_input(g: Graph) -> None:
    """The only reader of the input is a transpose to NCHW: take NCHW directly."""
    readers = g.consumers(g.input)
    assert len(readers) == 1 and readers[0].op == "Transpose" and list(readers[0].attributes["perm"]) == [0, 3, 1, 2]
    g.replace(readers[0].output, g.input)
    del g.nodes[readers[0].output]


def batch_of_one(g: Graph, network: Network) -> None:
    """Some sources were exported with a batch of two; only reshapes hold that number."""
    for n in list(g.nodes.values()):
        if n.op == "Reshape" and g.constants[n.inputs[1]][0] == 2:
            shape = g.constants[n.inputs[1]].copy()
            shape[0] = network.input_shape[0]
            n.inputs[1] = g.constant(shape)


def parametric_relu(g: Graph) -> None:
    """relu(x) + c (x - |x|) is PRelu(x) with a slope of 2 c."""
    for add in [n for n in g.nodes.values() if n.op == "Add"]:
        for first, second in (add.inputs, add.inputs[::-1]):
            relu, mul = g.node(first, "Relu"), g.node(second, "Mul")
            if relu is None or mul is None or mul.inputs[1] not in g.constants:
                continue
            sub, x = g.node(mul.inputs[0], "Sub"), relu.inputs[0]
            magnitude = g.node(sub.inputs[1], "Abs") if sub is not None and sub.inputs[0] == x else None
            if magnitude is None or magnitude.inputs[0] != x:
                continue
            slope = (2 * g.constants[mul.inputs[1]]).astype(np.float32)
            g.replace(add.output, g.add("PRelu", [x, g.constant(slope.reshape(-1, 1, 1))]))
            break


def identities(g: Graph, network: Network) -> None:
    """Remove slices and reshapes that change nothing."""
    shapes = g.shapes(network)
    for n in g.sorted():
        if n.op in ("Slice", "Reshape") and shapes[n.inputs[0]] == shapes[n.output]:
            g.replace(n.output, n.inputs[0])


def dense_layers(g: Graph, network: Network) -> None:
    """MatMul and Gemm become Gemm with a weight of (out, in); what goes before them is folded into the weight or bias."""
    shapes = g.shapes(network)
    for n in [n for n in g.sorted() if n.op in ("MatMul", "Gemm") and n.inputs[1] in g.constants]:
        weight = g.constants[n.inputs[1]]
        if not n.attributes.get("transB"):
            weight = weight.T
        bias = np.zeros(weight.shape[0], np.float32)
        if len(n.inputs) > 2:
            bias = bias + g.constants[n.inputs[2]]
        output = n.output
        after = g.consumers(output)
        if len(after) == 1 and after[0].op == "Add" and after[0].inputs[1] in g.constants:
            bias, output = bias + g.constants[after[0].inputs[1]], after[0].output
        source = n.inputs[0]
        if (sub := g.node(source, "Sub")) is not None and sub.inputs[1] in g.constants:
            mean = g.constants[sub.inputs[1]].astype(np.float64).reshape(-1)
            bias = (bias - weight.astype(np.float64) @ mean).astype(np.float32)
            source = sub.inputs[0]
        flat = g.node(source, "Reshape")
        moved = g.node(flat.inputs[0], "Transpose") if flat is not None else None
        if moved is not None and list(moved.attributes["perm"]) == [0, 2, 3, 1] and shapes[source] == [1, weight.shape[1]]:
            _, h, w, c = shapes[moved.output]
            weight = weight.reshape(-1, h, w, c).transpose(0, 3, 1, 2).reshape(weight.shape)
            source = g.add("Reshape", [moved.inputs[0], g.constant(np.array([1, -1], np.int64))])
        g.replace(output, g.add("Gemm", [source, g.constant(np.ascontiguousarray(weight)), g.constant(bias)], transB=1))


def declared_outputs(g: Graph, network: Network) -> None:
    """Put the outputs into the network's order and shapes."""
    by_name = dict(zip(g.declared, g.outputs))
    g.outputs = [by_name[o.source] for o in network.outputs]
    shapes = g.shapes(network)
    for k, (name, spec) in enumerate(zip(list(g.outputs), network.outputs)):
        if shapes[name] != list(spec.shape):
            g.outputs[k] = g.add("Reshape", [name, g.constant(np.array(spec.shape, np.int64))])


def reshapes(g: Graph, network: Network) -> None:
    """Merge chains of reshapes and give each its shape in full."""
    for n in g.sorted():
        while n.op == "Reshape" and (before := g.node(n.inputs[0], "Reshape")) is not None:
            n.inputs[0] = before.inputs[0]
    shapes = g.shapes(network)
    for n in g.sorted():
        if n.op == "Reshape":
            n.inputs[1] = g.constant(np.array(shapes[n.output], np.int64))


def tidy_operands(g: Graph) -> None:
    """Drop biases of zeros and the unused region input of Resize; give convolutions explicit pads."""
    for n in g.nodes.values():
        if n.op in ("Conv", "Gemm") and len(n.inputs) > 2 and not np.any(g.constants[n.inputs[2]]):
            del n.inputs[2]
        if n.op == "Resize":
            n.inputs[1] = ""
        if n.op == "Conv":
            n.attributes.setdefault("pads", [0, 0, 0, 0])
