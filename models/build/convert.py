"""TensorFlow Lite to ONNX, checked against the TensorFlow Lite interpreter."""
import functools
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from ai_edge_litert.interpreter import Interpreter

from networks import Network

OPSET = 13


def to_onnx(network: Network, tflite: bytes) -> onnx.ModelProto:
    """Convert the source weights; the input keeps its source layout (clean.py makes it NCHW)."""
    import tf2onnx.convert  # slow to import, and not needed by the other scripts
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    keep_biases()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "source.tflite"
        path.write_bytes(tflite)
        model, _ = tf2onnx.convert.from_tflite(os.fspath(path), opset=OPSET)
    return model


@functools.cache
def keep_biases() -> None:
    """tf2onnx 1.17 drops the bias of a fully connected layer whose input it has to flatten: add it back after its handler."""
    from tf2onnx.handler import tfl_op
    from tf2onnx.tflite_handlers.tfl_math import TflFullyConnectedOp

    original = TflFullyConnectedOp.to_tf

    class FullyConnected:
        """The handler of tf2onnx, and the bias it forgets."""

        @classmethod
        def to_tf(cls, ctx: Any, node: Any, **kwargs: Any) -> None:
            """Convert one node."""
            bias = node.input[2] if len(node.input) == 3 else None
            dropped = bias is not None and not node.attr["keep_num_dims"].i and ctx.get_rank(node.input[0]) != 2
            original(ctx, node, **kwargs)
            if dropped:
                added = ctx.insert_new_node_on_output("Add", node.output[0], inputs=[node.output[0], bias])
                added.skip_conversion = True

    tfl_op(["TFL_FULLY_CONNECTED"])(FullyConnected)


class Source:
    """The source weights in the TensorFlow Lite interpreter, called as our networks are: NCHW, batch of one."""

    def __init__(self, network: Network, tflite: bytes) -> None:
        self.network = network
        self.interpreter = Interpreter(model_content=tflite, num_threads=1)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]

    def __call__(self, x: np.ndarray) -> list[np.ndarray]:
        """Outputs in the network's order and shapes."""
        batch = np.repeat(x.transpose(0, 2, 3, 1), self.input["shape"][0], 0)
        self.interpreter.set_tensor(self.input["index"], np.ascontiguousarray(batch))
        self.interpreter.invoke()
        values = {d["name"]: self.interpreter.get_tensor(d["index"]) for d in self.interpreter.get_output_details()}
        return [values[o.source][:1].reshape(o.shape) for o in self.network.outputs]


class Session:
    """An ONNX network in onnxruntime, one thread."""

    def __init__(self, model: onnx.ModelProto) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name

    def __call__(self, x: np.ndarray) -> list[np.ndarray]:
        """Outputs in the graph's order."""
        return self.session.run(None, {self.name: x})


def random_input(network: Network, seed: int = 0) -> np.ndarray:
    """Uniform noise over the range of the input."""
    low, high = (0 - network.mean) / network.scale, (255 - network.mean) / network.scale
    return np.random.default_rng(seed).uniform(low, high, network.input_shape).astype(np.float32)


def check_against_source(network: Network, tflite: bytes, model: onnx.ModelProto, tolerance: float = 1e-4) -> None:
    """Fail unless the f32 graph gives what the source gives, relative to the largest output."""
    source, session, x = Source(network, tflite), Session(model), random_input(network)
    for spec, a, b in zip(network.outputs, source(x), session(x)):
        error = float(np.abs(a - b).max() / max(1.0, np.abs(a).max()))
        if error > tolerance:
            raise ValueError(f"{network.file}: output {spec.name} is off by {error:.2g} after conversion")
