"""Put the sample images into tests/samples: as they are in their packages, or scaled if they are larger than 300 KB."""
from pathlib import Path

import cv2
import numpy as np

from sources import Archive, FACE_RECOGNITION, SKIMAGE, member, sha256

SAMPLES = Path(__file__).parents[2] / "tests" / "samples"
LARGEST = 300_000
PORTRAIT = ("the package (MIT licence) does not state the origin; taken to be a photograph by the United States government "
            "and so in the public domain (17 U.S.C. 105), not verified")
NASA = "photograph by NASA, in the public domain; the package says: no known copyright restrictions, released into the public domain"
FACES = "face_recognition-1.3.0/tests/test_images/"
FILES: tuple[tuple[Archive, str, str], ...] = (
    *((FACE_RECOGNITION, f"{FACES}{name}", PORTRAIT) for name in ("obama.jpg", "obama2.jpg", "obama_partial_face.jpg", "biden.jpg")),
    (SKIMAGE, "skimage/data/astronaut.png", NASA),
)
HEAD = "# Where the sample images come from; written by models/build/samples.py. sha256 is of the file here.\n"


def scaled(data: bytes) -> bytes:
    """A JPEG of at most 600 pixels."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    factor = min(1.0, 600 / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def main() -> None:
    """Write the images and SOURCES.toml."""
    SAMPLES.mkdir(parents=True, exist_ok=True)
    entries = [HEAD]
    for archive, path, licence in FILES:
        data, name = member(archive, path), Path(path).name
        change = "none"
        package_sha256 = sha256(data)
        if len(data) > LARGEST:
            data, name, change = scaled(data), f"{Path(path).stem}.jpg", "scaled to at most 600 pixels, JPEG quality 92"
        (SAMPLES / name).write_bytes(data)
        entries.append(f'[[image]]\nfile = "{name}"\nsha256 = "{sha256(data)}"\npackage = "{archive.package}"\npath = "{path}"\n'
                       f'package_sha256 = "{package_sha256}"\nchange = "{change}"\nlicence = "{licence}"\n')
    (SAMPLES / "SOURCES.toml").write_text("\n".join(entries))


if __name__ == "__main__":
    main()
