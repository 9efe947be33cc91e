"""Attacks by computation, and other cameras: what the fit sees besides recordings.

Modelled of an attack: tones and colours of the medium; its structure (the stripes and rows of a screen's pixels, sometimes a
flicker band; halftone dots of three inks and paper); frame or margin before a room; perspective and tilt; glare; low light; the
camera's blur and noise; JPEG. `held` puts the picture on the phone of boards/sim, whose moire comes out of its modelled sensor.
`ostiary simulate-attack` is a third synthesis. `captured` is what a living person goes through alike: the camera's part of a
synthesis without any medium, so that its blur, noise and JPEG tell nothing. Every function is the same for the same random generator.
"""
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "boards/sim"))

from synth import recapture as phone  # noqa: E402

Image = np.ndarray
TAU = 2 * np.pi


def jpeg(image: Image, quality: int, sampling: int | None = None) -> Image:
    """Compressed and read again, the colours at half the picture's size unless said."""
    how = [cv2.IMWRITE_JPEG_QUALITY, int(quality)] + ([] if sampling is None else [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling])
    return cv2.imdecode(cv2.imencode(".jpg", image, how)[1], cv2.IMREAD_COLOR)


def toned(image: Image, rng: np.random.Generator, screen: bool) -> Image:
    """Sharpness, saturation, contrast, gamma, black level and white of a screen or a print."""
    x = image.astype(np.float32)
    if rng.random() < .4:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(.4, 1.6))
    grey = (x @ np.array([.114, .587, .299], np.float32))[..., None]
    x = grey + (rng.uniform(.85, 1.3) if screen else rng.uniform(.5, 1.0)) * (x - grey)
    x = 128 + (rng.uniform(.85, 1.25) if screen else rng.uniform(.55, .95)) * (x - 128)
    x = 255 * (np.clip(x, 0, 255) / 255) ** rng.uniform(.75, 1.35)
    black = rng.uniform(4, 32) if screen else rng.uniform(15, 50)
    if screen:
        white = (rng.uniform(.98, 1.12), 1.0, rng.uniform(.9, 1.0))
    else:
        white = (rng.uniform(.85, 1.02), rng.uniform(.95, 1.0), 1.0)
    return black + (255 - black) / 255 * x * np.array(white, np.float32)


def view(shape: tuple[int, int], rng: np.random.Generator) -> tuple[Image, Image, float]:
    """Where on the medium, from 0 to 1, every pixel looks, and the medium's size over the picture's."""
    h, w = shape
    scale, tilt, keystone, shift = rng.uniform(.7, 1.0), rng.uniform(-.08, .08), rng.uniform(-.15, .15, 2), rng.uniform(-.04, .04, 2)
    rows, columns = np.mgrid[0:h, 0:w].astype(np.float32)
    a, b = (columns + .5) / w - .5, (rows + .5) / h - .5
    depth = 1 + keystone[0] * a + keystone[1] * b
    a, b = a * depth - shift[0], b * depth - shift[1]
    cos, sin = np.cos(tilt), np.sin(tilt)
    a, b = a * cos - b * sin * h / w, a * sin * w / h + b * cos
    return (a / scale + .5).astype(np.float32), (b / scale + .5).astype(np.float32), scale


def structured(picture: Image, x: Image, y: Image, rng: np.random.Generator, screen: bool) -> Image:
    """The gaps between a screen's pixels or a print's dots; places in camera pixels on the medium."""
    pitch, depth, phase = rng.uniform(1.1, 3.6), rng.uniform(.08, .32), rng.uniform(0, 1, 3)
    if screen:
        stripes, share = rng.random() < .6, rng.uniform(.3, .7)
        rows = .5 + .5 * np.cos(TAU * (y / pitch + phase[1]))
        for i in range(3):
            columns = .5 + .5 * np.cos(TAU * (x / pitch + (i / 3 if stripes else 0) + phase[0]))
            picture[..., i] *= 1 - depth * (share * columns + (1 - share) * rows)
        if rng.random() < .25:
            band = .5 + .5 * np.cos(TAU * (y / y.max() * rng.uniform(1, 5) + phase[2]))
            picture *= (1 - rng.uniform(.03, .12) * band)[..., None]
        return picture
    depth *= rng.uniform(.3, 1)
    for i in range(3):
        cos, sin = np.cos(.26 + .52 * i), np.sin(.26 + .52 * i)
        dots = np.cos(TAU * ((x * cos - y * sin) / pitch + phase[i])) + np.cos(TAU * (x * sin + y * cos) / pitch)
        picture[..., i] *= 1 - depth * (.5 + .25 * dots)
    paper = cv2.GaussianBlur(rng.normal(0, 1, x.shape).astype(np.float32), (0, 0), rng.uniform(.6, 2.0))
    return picture + (paper / paper.std() * rng.uniform(0, 4))[..., None]


def recaptured(image: Image, rng: np.random.Generator, screen: bool) -> Image:
    """The picture as a camera sees it on a screen, or on paper."""
    h, w = image.shape[:2]
    u, v, scale = view((h, w), rng)
    picture = cv2.remap(toned(image, rng, screen), u * w - .5, v * h - .5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    picture = structured(picture, u * w * scale, v * h * scale, rng, screen)
    outside, margin = np.maximum(np.maximum(-u, u - 1), np.maximum(-v, v - 1)), rng.uniform(.02, .09)
    dark = screen and rng.random() < .85
    frame = np.array([20, 18, 18]) * rng.uniform(.3, 2.2) if dark else np.array([230, 234, 238]) * rng.uniform(.8, 1.05)
    room = cv2.resize(cv2.resize(image, (6, 6), interpolation=cv2.INTER_AREA), (w, h), interpolation=cv2.INTER_LINEAR)
    room = room * rng.uniform(.4, .9) + rng.uniform(0, 50)
    seen = np.where((outside > margin)[..., None], room, np.where((outside > 0)[..., None], frame, picture)).astype(np.float32)
    if rng.random() < .6:
        distance = ((u - rng.uniform(.1, .9)) ** 2 + (v - rng.uniform(.05, .7)) ** 2) / rng.uniform(.1, .35) ** 2
        seen += ((outside <= margin) * rng.uniform(8, 70) * np.exp(-distance))[..., None].astype(np.float32)
    seen = cv2.GaussianBlur(seen, (0, 0), rng.uniform(.35, .95))
    if rng.random() < .25:
        seen *= rng.uniform(.4, .9)
    seen = seen + rng.normal(0, rng.uniform(.5, 4), seen.shape)
    return jpeg(np.clip(seen, 0, 255).astype(np.uint8), rng.integers(60, 95))


def held(image: Image, box: Image, scene: Image, rng: np.random.Generator) -> Image:
    """A frame of 640x480 in which a hand holds a phone with the picture's face before a scene."""
    h, w = image.shape[:2]
    x, y, width, height = box
    side = max(width, height)
    across = min(w, side * rng.uniform(1.5, 2.4))
    down = min(h, across * 2)
    cx = np.clip(x + width / 2 + rng.uniform(-.1, .1) * side, across / 2, w - across / 2)
    cy = np.clip(y + height / 2 + rng.uniform(-.1, .4) * side, down / 2, h - down / 2)
    screen = phone.on_screen(image, (int(cx - across / 2), int(cy - down / 2), int(across), int(down)))
    behind = cv2.GaussianBlur(cv2.resize(scene, (640, 480)), (0, 0), rng.uniform(1, 6)).astype(np.float32) * rng.uniform(.5, 1)
    hold = phone.Hold(rng.uniform(260, 380), rng.uniform(200, 330), rng.uniform(200, 360), rng.uniform(-6, 6),
                      rng.uniform(-12, 12), rng.uniform(-10, 10), rng.uniform(0, .2))
    seen = phone.capture(behind, screen, hold, rng.uniform(.6, 1.0), rng.uniform(.3, .9))
    seen = seen + rng.normal(0, rng.uniform(0, 3), seen.shape)
    return jpeg(np.clip(seen, 0, 255).astype(np.uint8), rng.integers(70, 95))


def captured(image: Image, rng: np.random.Generator, smaller: bool) -> Image:
    """A living person as the camera of a synthesis takes pictures: view, blur, noise and JPEG, and nothing held up."""
    if smaller:
        less = rng.uniform(.45, 1.0)
        image = cv2.resize(image, None, fx=less, fy=less, interpolation=cv2.INTER_AREA)
    h, w = image.shape[:2]
    if rng.random() < .7:
        u, v, _ = view((h, w), rng)
        near = rng.uniform(1, 1.15)
        columns, rows = ((((t - .5) * near * .9 + .5).astype(np.float32) * size - .5) for t, size in ((u, w), (v, h)))
        image = cv2.remap(image, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    x = image.astype(np.float32)
    if rng.random() < .5:
        x = cv2.blur(x, (3, 3))
    elif rng.random() < .5:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(.35, .95))
    if rng.random() < .3:
        x = 128 + (x - 128) * rng.uniform(.8, 1.12) + rng.uniform(-15, 15)
    if rng.random() < .7:
        x = x + rng.uniform(-3, 3, x.shape) + rng.uniform(-3, 3, x.shape)
    else:
        x = x + rng.normal(0, rng.uniform(.5, 4), x.shape)
    quality = 80 if rng.random() < .6 else rng.integers(60, 95)
    # simulate-attack keeps all colours.
    sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444 if rng.random() < .6 else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    return jpeg(np.clip(x, 0, 255).astype(np.uint8), quality, sampling)


def other_camera(image: Image, side: float, rng: np.random.Generator) -> Image:
    """The same as another camera might see it, whatever it shows; `side` is the face's in pixels. Reducing both classes alike
    takes from the fit the size of the face, which alone tells the recordings at hand apart."""
    least = min(80, side)
    factor = np.exp(rng.uniform(np.log(least), np.log(max(least, min(side, 330))))) / side
    if factor < .97:
        how = cv2.INTER_AREA if rng.random() < .6 else cv2.INTER_LINEAR
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=how)
    if rng.random() < .5:
        image = image[:, ::-1]
    x = image.astype(np.float32)
    if rng.random() < .35:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(.3, 1.3))
    x = 255 * (np.clip(x, 0, 255) / 255) ** rng.uniform(.75, 1.3)
    x = ((x - 128) * rng.uniform(.8, 1.15) + 128 + rng.uniform(-18, 18)) * rng.uniform(.93, 1.07, 3)
    grey = x.mean(2, keepdims=True)
    x = grey + rng.uniform(.7, 1.2) * (x - grey)
    x = x + rng.normal(0, rng.uniform(0, 5), x.shape)
    return jpeg(np.clip(x, 0, 255).astype(np.uint8), rng.integers(55, 96))
