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
import liveness
from clean import clean
from dequantize import dequantize
from manifest import document, entry, multiply_accumulates
from merge import merge
from networks import CONVERTED, NETWORKS, Network, by_role
from quantize import quantize
from sources import member

MODELS = Path(__file__).parents[1]
FITTED = Path(__file__).with_name("calibration.toml")
LARGEST_SUM = 8_000_000


def source_weights(network: Network) -> bytes:
    """The source file, its hash checked."""
    return member(network.archive, network.path, network.sha256)


def f32_graph(network: Network) -> onnx.ModelProto:
    """The converted, cleaned and merged network, checked against its source."""
    tflite = source_weights(network)
    model = merge(clean(convert.to_onnx(network, tflite), network))
    convert.check_against_source(network, tflite, model)
    return model


def build(folder: Path) -> None:
    """Write all networks and the manifest into a folder."""
    graphs = {n.role: f32_graph(n) for n in CONVERTED}
    detector = convert.Session(graphs["detector"])
    for network in CONVERTED:
        model = graphs[network.role]
        inputs = calibration_images.inputs(network, detector)
        data = quantize(model, network, inputs).SerializeToString(deterministic=True)
        (folder / network.file).write_bytes(data)
        print(f"{network.file}: {len(data)} bytes, {len(inputs)} calibration inputs", flush=True)
    grow(folder)
    describe(folder)


def grow(folder: Path) -> None:
    """Write the liveness network of the embedder in a folder and the fitted head."""
    network = by_role("liveness")
    model = liveness.network(onnx.load(folder / by_role("embedder").file), network.id)
    (folder / network.file).write_bytes(model.SerializeToString(deterministic=True))


def describe(folder: Path) -> None:
    """Write the manifest of the networks in a folder."""
    fitted = tomllib.loads(FITTED.read_text())
    entries, total = [], 0
    for network in NETWORKS:
        data = (folder / network.file).read_bytes()
        model = dequantize(onnx.load_from_string(data))
        entries.append(entry(network, data, multiply_accumulates(model), fitted))
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
    parser.add_argument("--liveness", action="store_true", help="only grow the liveness network and write the manifest anew, after models/train")
    arguments = parser.parse_args()
    if arguments.liveness:
        grow(MODELS)
    if arguments.manifest or arguments.liveness:
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
