#!/usr/bin/env python3
"""Make the sample frames that `ostiary demo` replays: frames/NNN-<act>.jpg and enrol/obama.jpg.

    pip install -r requirements.txt && python make_frames.py

The same input gives the same pixels. Acts, in play order:

* nobody:   the empty entrance (`synth/scene.py`);
* stranger: a person who is not enrolled walks up (`synth/person.py`);
* enrolled: the enrolled person walks up, from another photograph than the
            enrolment portrait;
* attack:   a third photograph of the enrolled person on a phone that is held
            up to the camera (`synth/recapture.py` says what is modelled).

A person act is one slow approach of several frames: the face grows by about a
tenth, sways by a few pixels and tilts by a degree or so; the exposure drifts by
one or two per cent and every frame has its own sensor noise. A live face is a
photograph reduced to camera resolution and never enlarged or retouched; a
replayed one has gone through screen and lens.
"""
from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from synth import camera, person, recapture, scene, sources

HERE = Path(__file__).resolve().parent
SEED = 20240607
EMPTY, STRANGER, ENROLLED, ATTACK = 3, 6, 12, 12    # frames of an act; liveness takes a slow machine its time
PHONE_PICTURE = (70, 130, 500, 1000)        # part of obama2.jpg that the phone shows
Image = np.ndarray


def approach(rng: np.random.Generator, x: float, y: float, widths: tuple[float, float], frames: int) -> Iterator[person.Pose]:
    """Poses of somebody who comes to a stop in front of the camera."""
    phase = rng.uniform(0, 2 * np.pi)
    for i in range(frames):
        k = i / (frames - 1)
        k = k * (2 - k)                     # slows down
        sway = np.sin(phase + 0.9 * i)
        yield person.Pose(
            x + 3.0 * sway + rng.normal(0, 0.5),
            y + 1.5 * np.sin(phase + 1.8 * i) + rng.normal(0, 0.5),
            widths[0] + (widths[1] - widths[0]) * k,
            0.9 * sway + rng.normal(0, 0.15),
        )


def holds(rng: np.random.Generator) -> Iterator[recapture.Hold]:
    """The phone in an unsteady hand, moved a little nearer."""
    phase = rng.uniform(0, 2 * np.pi)
    for i in range(ATTACK):
        sway = np.sin(phase + 0.8 * i)
        yield recapture.Hold(
            x=325 + 5 * sway + rng.normal(0, 0.6),
            y=304 + 3 * np.sin(phase + 1.7 * i) + rng.normal(0, 0.6),
            width=304 + 16 * i / (ATTACK - 1),
            roll=2.0 + 0.9 * sway + rng.normal(0, 0.2),
            yaw=5.0 - 2.0 * np.sin(phase + 0.6 * i),
            pitch=-4.0 + 1.5 * sway,
            glare=0.08 + 0.02 * np.sin(phase + 1.1 * i),
        )


def story(images: dict[str, Image]) -> Iterator[tuple[str, Image]]:
    """Every frame's act and 8-bit picture, in play order."""
    rng = np.random.default_rng(SEED)
    empty = scene.entrance()
    screen = recapture.on_screen(images["obama2"], PHONE_PICTURE)

    def shoot(act: str, light: Image) -> tuple[str, Image]:
        return act, camera.expose(light, rng, gain=1 + rng.normal(0, 0.008))

    def walk_up(act: str, portrait: person.Portrait, x: float, y: float, widths: tuple[float, float], frames: int) -> Iterator[tuple[str, Image]]:
        cut = person.cut_out(images[portrait.key], portrait)
        for pose in approach(rng, x, y, widths, frames):
            yield shoot(act, person.place(cut, portrait, pose, empty))

    def nobody() -> Iterator[tuple[str, Image]]:
        for _ in range(EMPTY):
            yield shoot("nobody", empty)

    yield from nobody()
    yield from walk_up("stranger", person.BIDEN, 315, 222, (184, 206), STRANGER)
    yield from nobody()
    yield from walk_up("enrolled", person.OBAMA3, 322, 220, (192, 214), ENROLLED)
    yield from nobody()
    for hold in holds(rng):
        yield shoot("attack", recapture.capture(empty, screen, hold))
    yield from nobody()


def main() -> None:
    """Fetch the sources, then write the portrait and the frames."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "ostiary-frames", help="where downloads are kept")
    parser.add_argument("--out", type=Path, default=HERE, help="folder that gets frames/ and enrol/")
    options = parser.parse_args()
    images = sources.load(HERE / "SOURCES.toml", options.cache)
    frames, enrol = options.out / "frames", options.out / "enrol"
    frames.mkdir(parents=True, exist_ok=True)
    enrol.mkdir(parents=True, exist_ok=True)
    portrait = images["obama"]
    size = (640, round(portrait.shape[0] * 640 / portrait.shape[1]))
    (enrol / "obama.jpg").write_bytes(camera.jpeg(cv2.resize(portrait, size, interpolation=cv2.INTER_AREA), 92))
    for old in frames.glob("*.jpg"):
        old.unlink()
    total = 0
    for number, (act, frame) in enumerate(story(images)):
        data = camera.jpeg(frame)
        total += len(data)
        (frames / f"{number:03d}-{act}.jpg").write_bytes(data)
    print(f"{number + 1} frames, {total / 1000:.0f} kB in {frames}")


if __name__ == "__main__":
    main()
