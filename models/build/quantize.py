"""Static int8 quantization: weights per output channel and symmetric, the input of every layer per tensor."""
import tempfile
from pathlib import Path
from typing import Iterator

import numpy as np
import onnx
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

from networks import Network

SENTENCE = ("static int8, QDQ: weights symmetric per output channel, inputs of Conv and Gemm per tensor (asymmetric int8, "
            "minimum and maximum over the calibration images), biases and everything else f32")
DIGITS = 3


class Reader(CalibrationDataReader):
    """Hands the calibration tensors to onnxruntime."""

    def __init__(self, inputs: list[np.ndarray]) -> None:
        self.left: Iterator[np.ndarray] = iter(inputs)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next input, or None at the end."""
        return None if (x := next(self.left, None)) is None else {"input": x}


def quantize(model: onnx.ModelProto, network: Network, inputs: list[np.ndarray], exclude: list[str]) -> onnx.ModelProto:
    """The network with QuantizeLinear and DequantizeLinear round its activations and int8 weights."""
    with tempfile.TemporaryDirectory() as folder:
        source, path = Path(folder) / "f32.onnx", Path(folder) / "quantized.onnx"
        onnx.save(model, source)
        quantize_static(
            source, path, Reader(inputs), quant_format=QuantFormat.QDQ, per_channel=True,
            op_types_to_quantize=["Conv", "Gemm"], nodes_to_exclude=exclude,
            activation_type=QuantType.QInt8, weight_type=QuantType.QInt8, calibrate_method=CalibrationMethod.MinMax,
            extra_options={"ActivationSymmetric": False, "WeightSymmetric": True, "QuantizeBias": False,
                           "OpTypesToExcludeOutputQuantization": ["Conv", "Gemm"]})
        out = onnx.load(path)
    return canonical(out, model, network)


def rounded_up(scale: np.ndarray) -> np.ndarray:
    """A scale with few digits, never smaller: the last bits of a sum on another processor then change nothing."""
    step = 10.0 ** (np.floor(np.log10(scale.astype(np.float64))) - DIGITS + 1)
    return np.asarray(np.ceil(scale / step - 1e-6) * step, np.float32)


def canonical(quantized: onnx.ModelProto, source: onnx.ModelProto, network: Network) -> onnx.ModelProto:
    """Fixed order, header and activation scales, so that the same network is the same bytes."""
    graph = quantized.graph
    activation_scales = {n.input[1] for n in graph.node if n.op_type == "QuantizeLinear"}
    constants = []
    for i in sorted(graph.initializer, key=lambda i: i.name):
        value = numpy_helper.to_array(i)
        constants.append(numpy_helper.from_array(rounded_up(value) if i.name in activation_scales else value, i.name))
    del graph.initializer[:], graph.value_info[:]
    graph.initializer.extend(constants)
    graph.name = network.id
    out = onnx.helper.make_model(graph, opset_imports=list(source.opset_import), ir_version=source.ir_version, producer_name="ostiary")
    onnx.checker.check_model(out, full_check=True)
    return out
