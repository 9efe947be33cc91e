"""What the liveness head reads of a picture: statistics of the embedder's early maps on crops of the largest face."""
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx

sys.path.insert(0, str(Path(__file__).parents[1] / "build"))

import convert  # noqa: E402
import liveness  # noqa: E402
import vision  # noqa: E402
from dequantize import dequantize  # noqa: E402
from evaluation import MODELS  # noqa: E402
from networks import by_role  # noqa: E402

import synthesis  # noqa: E402

FACTORS = (1.0, 0.5)  # the whole face, and its middle near the camera's own pixels
CHANNELS = (128, 64, 256)
MEDIA = ("print", "phone", "monitor", "tablet")  # of the program's own synthesis
ATTACKS = MODELS.parent / "target/train/attacks"
LARGEST = 640  # of a still photograph: about what a door's camera has


def reduced(image: np.ndarray, longest: int) -> np.ndarray:
    """No larger than so many pixels."""
    factor = longest / max(image.shape[:2])
    return image if factor >= 1 else cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def opened(file: str) -> np.ndarray:
    """A picture, no larger than a door's camera gives it."""
    return reduced(cv2.imread(file), LARGEST)


@dataclass(frozen=True)
class Sample:
    """A picture to read: as it is, as another camera sees it, or what is made of it."""
    file: str
    camera: str  # of the recording; empty for stills
    bona_fide: bool
    made: str = ""  # bona fide: captured; an attack: screen, printed, held, or one of MEDIA by the program
    other_camera: bool = False
    seed: int = 0

    def by_program(self) -> Path:
        """Where the attack by the program is kept."""
        return ATTACKS / f"{zlib.crc32(self.file.encode()):08x}-{self.made}-{self.seed}.jpg"

    def held_up(self) -> np.ndarray:
        """What the program makes the attack of; of stills half are smaller."""
        return reduced(opened(self.file), LARGEST if self.camera else (640, 640, 480, 360)[self.seed % 4])


class Reader:
    """The shipped detector and the trunk of the shipped embedder."""

    def __init__(self, scenes: list[str]) -> None:
        self.detector = convert.Session(dequantize(onnx.load(MODELS / by_role("detector").file)))
        self.trunk = convert.Session(liveness.trunk(dequantize(onnx.load(MODELS / by_role("embedder").file))))
        self.scenes = scenes

    def face(self, image: np.ndarray) -> vision.Face | None:
        """The largest face."""
        faces = vision.detect(self.detector, by_role("detector"), image)
        return faces[0] if faces else None

    def picture(self, sample: Sample) -> tuple[np.ndarray, vision.Face] | None:
        """The sample's picture and the face in it."""
        rng = np.random.default_rng([zlib.crc32(text.encode()) if isinstance(text, str) else text
                                     for text in (Path(sample.file).name, sample.seed, sample.made)])
        image = cv2.imread(str(sample.by_program())) if sample.made in MEDIA else opened(sample.file)
        if (face := self.face(image)) is None:
            return None
        if sample.made == "held":
            image = synthesis.held(image, face.box, cv2.imread(self.scenes[rng.integers(len(self.scenes))]), rng)
        elif sample.made == "captured":
            image = synthesis.captured(image, rng, sample.seed % 2 == 1)
        elif sample.made in ("screen", "printed"):
            image = synthesis.recaptured(image, rng, sample.made == "screen")
        if sample.made and (face := self.face(image)) is None:
            return None
        if sample.other_camera:
            image = synthesis.other_camera(image, float(max(face.box[2:])), rng)
            face = self.face(image)
        return None if face is None else (image, face)

    def maps(self, sample: Sample) -> list[list[np.ndarray]] | None:
        """The maps of each crop, channels first."""
        if (found := self.picture(sample)) is None:
            return None
        crops = (vision.square_crop(*found, factor, liveness.SIZE) for factor in FACTORS)
        return [[m[0] for m in self.trunk(vision.tensor(crop, by_role("liveness")))] for crop in crops]

    def statistics(self, sample: Sample, centre: list[np.ndarray]) -> np.ndarray | None:
        """Of each crop and map the means of the channels, then their mean distances from the centre."""
        if (crops := self.maps(sample)) is None:
            return None
        numbers = [(m.mean((1, 2)), np.abs(m - c[:, None, None]).mean((1, 2))) for maps in crops for m, c in zip(maps, centre, strict=True)]
        return np.concatenate([part for pair in numbers for part in pair]).astype(np.float32)
