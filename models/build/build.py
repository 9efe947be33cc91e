"""Build the networks and the manifest. --check: rebuild elsewhere and compare with what is committed."""
import argparse
import sys
import tempfile
import tomllib
from pathlib import Path

import numpy as np
import onnx

import calibration_images
import convert
from clean import clean
from dequantize import dequantize
from manifest import document, entry, multiply_accumulates
from networks import NETWORKS, Network
from quantize import quantize
from sources import member

MODELS = Path(__file__).parents[1]
FITTED = Path(__file__).with_name("calibration.toml")
LARGEST_SUM = 8_000_000


def source_weights(network: Network) -> bytes:
    """The source file, its hash checked."""
    return member(network.archive, network.path, network.sha256)


def f32_graph(network: Network) -> onnx.ModelProto:
    """The converted and cleaned network, checked against its source."""
    tflite = source_weights(network)
    model = clean(convert.to_onnx(network, tflite), network)
    convert.check_against_source(network, tflite, model)
    return model


def kept_f32(network: Network, model: onnx.ModelProto) -> list[str]:
    """Names of the layers that are not quantized: the listed ones, and in the liveness tree what decides the leaf by its sign."""
    if network.role != "liveness":
        return sorted(network.keep_f32)
    maker = {n.output[0]: n for n in model.graph.node}
    names, stack = [], ["leaf_mask"]
    while stack:
        node = maker.get(stack.pop())
        if node is None or node.op_type == "Reshape":
            continue
        if node.op_type == "Gemm":
            names.append(node.name)
        stack.extend(node.input)
    return sorted(names)


def build(folder: Path) -> None:
    """Write all networks and the manifest into a folder."""
    graphs = {n.role: f32_graph(n) for n in NETWORKS}
    detector = convert.Session(graphs["detector"])
    for network in NETWORKS:
        model = graphs[network.role]
        inputs = calibration_images.inputs(network, detector)
        data = quantize(model, network, inputs, kept_f32(network, model)).SerializeToString(deterministic=True)
        (folder / network.file).write_bytes(data)
        print(f"{network.file}: {len(data)} bytes, {len(inputs)} calibration inputs", flush=True)
    describe(folder)


def describe(folder: Path) -> None:
    """Write the manifest of the networks in a folder."""
    fitted = tomllib.loads(FITTED.read_text())
    entries, total = [], 0
    for network in NETWORKS:
        data = (folder / network.file).read_bytes()
        model = dequantize(onnx.load_from_string(data))
        entries.append(entry(network, data, multiply_accumulates(model), kept_f32(network, model), fitted))
        total += len(data)
    if total > LARGEST_SUM:
        raise ValueError(f"networks are {total} bytes together, the limit is {LARGEST_SUM}")
    (folder / "manifest.toml").write_text(document(entries))


def compare(folder: Path) -> bool:
    """Whether a rebuild in `folder` is the committed one: the same bytes, or else outputs within .005 (relative to the largest)."""
    good = True
    for network in NETWORKS:
        a, b = (MODELS / network.file).read_bytes(), (folder / network.file).read_bytes()
        if a == b:
            print(f"{network.file}: identical")
            continue
        x = convert.random_input(network)
        pairs = zip(*(convert.Session(dequantize(onnx.load_from_string(m)))(x) for m in (a, b)))
        error = max(float(np.abs(p - q).max() / max(1.0, np.abs(p).max())) for p, q in pairs)
        good &= error <= .005
        print(f"{network.file}: bytes differ, outputs differ by {error:.5f}")
    same = (MODELS / "manifest.toml").read_bytes() == (folder / "manifest.toml").read_bytes()
    print(f"manifest.toml: {'identical' if same else 'differs'}")
    return good


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="rebuild to a temporary folder and compare")
    parser.add_argument("--manifest", action="store_true", help="only write the manifest anew, after calibrate.py")
    arguments = parser.parse_args()
    if arguments.manifest:
        describe(MODELS)
        return 0
    if not arguments.check:
        build(MODELS)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        return 0 if compare(Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
