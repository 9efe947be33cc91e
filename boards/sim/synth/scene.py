"""The empty entrance that the fixed camera looks at.

A box-shaped lobby is ray-cast: plastered side walls, a tiled floor with a weak
mirror image, a ceiling with lamp panels, and a back wall with a glazed double
door to a bright street. A plant and a notice board break the symmetry. The
result is blurred as a lens focused on people half a metre away would do.
"""
from __future__ import annotations

import cv2
import numpy as np

Image = np.ndarray
WIDTH, HEIGHT = 640, 480
SUPER = 2                                   # rendered at twice the size, then averaged down
FOCAL = 560.0                               # pixels at the final size: about 60 degrees across
LEFT, RIGHT, FLOOR, CEILING, BACK = -1.9, 2.3, 1.45, -1.25, 5.2    # metres from the lens


def _noise(rng: np.random.Generator, shape: tuple[int, int], scale: int) -> Image:
    """Smooth random field in about [-1, 1] with features of `scale` pixels."""
    small = rng.standard_normal((shape[0] // scale + 3, shape[1] // scale + 3)).astype(np.float32)
    return cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC) * 0.5


def _street(u: Image, v: Image) -> Image:
    """What is seen through the glass: sky, a far facade, trees and pavement, all overexposed."""
    sky = np.stack([0.99 - 0 * u, 0.97 - 0.02 * v, 0.94 - 0.03 * v], -1)
    floors = np.mod(v + 0.31, 0.40) < 0.14
    facade = np.where(floors[..., None], np.array([0.80, 0.82, 0.82]), np.array([0.80, 0.86, 0.90]))
    leaf = 0.06 * np.sin(29 * u + 9 * v + 2 * np.sin(13 * v)) * np.sin(21 * v - 8 * u + 2 * np.sin(9 * u))
    trees = np.array([0.50, 0.66, 0.57]) + leaf[..., None]
    ground = np.stack([0.80 - 0 * u, 0.83 - 0 * u, 0.84 + 0 * u], -1)
    out = np.where((v > -0.55 + 0.25 * (u > 0.3))[..., None], facade, sky)
    lobes = ((-0.62, -0.05, 0.30), (-0.36, 0.02, 0.26), (-0.50, -0.27, 0.26), (-0.80, 0.06, 0.22))
    crown = np.any([(u - cu) ** 2 + (v - cv) ** 2 < r * r for cu, cv, r in lobes], 0)
    crown |= (abs(u + 0.55) < 0.045) & (v > 0)
    out = np.where(crown[..., None], trees, out)
    return np.where((v > 0.55)[..., None], ground, out)


def _back_wall(x: Image, y: Image) -> Image:
    """Wall paint, the glazed double door with its frame and bars, a sign above it."""
    col = np.broadcast_to(np.array([0.66, 0.72, 0.75]), x.shape + (3,)).copy()
    col *= (0.93 - 0.05 * (y - CEILING))[..., None]
    cx, half, top = 0.25, 1.05, -0.78
    door = (abs(x - cx) < half) & (y > top)
    glass = door & (abs(abs(x - cx) - half / 2) < half / 2 - 0.06) & (y > top + 0.07) & (y < FLOOR - 0.12)
    bar = glass & (abs(y - 0.42) < 0.035)
    col[door] = (0.30, 0.31, 0.33)
    col = np.where(glass[..., None], _street(x - cx, y), col)
    col[bar] = (0.45, 0.46, 0.48)
    sign = (abs(x - cx) < 0.30) & (abs(y + 0.98) < 0.09)
    col[sign] = (0.42, 0.55, 0.22)
    return col


def _room(dx: Image, dy: Image) -> Image:
    """Colour seen along the rays (dx, dy, 1) from the lens, in display values 0-1, BGR."""
    dx, dy = (np.where(abs(d) < 1e-6, 1e-6, d) for d in (dx, dy))
    tx = np.where(dx > 0, RIGHT, LEFT) / dx
    ty = np.where(dy > 0, FLOOR, CEILING) / dy
    t = np.minimum(np.minimum(tx, ty), BACK)
    x, y, z = dx * t, dy * t, t
    col = _back_wall(x, y)
    side = (tx <= ty) & (tx < BACK)
    light = 0.62 + 0.26 * (z / BACK) - 0.06 * (y / FLOOR)
    wall = np.stack([0.84 * light, 0.90 * light, 0.93 * light], -1)
    skirting = (y > FLOOR - 0.10)[..., None]
    col = np.where(side[..., None], np.where(skirting, wall * 0.55, wall), col)
    board = side & (x < 0) & (abs(z - 3.1) < 0.55) & (abs(y + 0.15) < 0.42)
    col[board] = (0.38, 0.50, 0.62)
    for i, (bz, by) in enumerate(((2.8, -0.25), (3.25, -0.3), (2.95, 0.1), (3.4, 0.08))):
        paper = side & (x < 0) & (abs(z - bz) < 0.14) & (abs(y - by) < 0.13)
        col[paper] = ((0.9, 0.92, 0.92), (0.75, 0.88, 0.9), (0.92, 0.9, 0.86), (0.7, 0.8, 0.95))[i]
    ceiling = (ty < tx) & (ty < BACK) & (dy < 0)
    lamp = ceiling & (abs(x - 0.25) < 0.32) & (abs(np.mod(z, 1.7) - 0.85) < 0.32)
    col = np.where(ceiling[..., None], np.array([0.74, 0.78, 0.80]) * (0.78 + 0.16 * z / BACK)[..., None], col)
    col[lamp] = (0.97, 0.99, 1.0)
    floor = (ty < tx) & (ty < BACK) & (dy > 0)
    joint = (np.mod(x, 0.6) < 0.018) | (np.mod(z, 0.6) < 0.018)
    shade = (0.50 + 0.20 * z / BACK) * np.where(joint, 0.82, 1.0) * (1 + 0.03 * np.sin(np.floor(x / 0.6) * 7 + np.floor(z / 0.6) * 5))
    tiles = np.stack([0.80 * shade, 0.86 * shade, 0.90 * shade], -1)
    mirrored = _back_wall(dx * BACK, np.clip(2 * FLOOR - dy * BACK, CEILING, FLOOR))
    tiles = tiles * 0.78 + 0.22 * mirrored
    return np.where(floor[..., None], tiles, col)


def _plant(canvas: Image, rng: np.random.Generator) -> None:
    """A potted plant by the right-hand wall: arched leaves in random greens over a dark pot."""
    s = SUPER
    cv2.fillPoly(canvas, [np.array([[548, 372], [600, 372], [592, 424], [556, 424]]) * s], (0.26, 0.30, 0.36), cv2.LINE_AA)
    for _ in range(70):
        angle, length = rng.uniform(-2.9, -0.25), rng.uniform(40, 105)
        bend, green = rng.uniform(-0.5, 0.5), rng.uniform(0.75, 1.25)
        k = np.linspace(0, 1, 9)
        px = 574 + np.cos(angle + bend * k) * length * k
        py = 372 + np.sin(angle + bend * k) * length * k + 22 * k**2
        width = 7 * np.sin(np.pi * np.clip(k * 0.92 + 0.08, 0, 1))
        edge = np.concatenate([np.stack([px + width, py], 1), np.stack([px - width, py + 2], 1)[::-1]])
        colour = tuple(float(c * green) for c in (0.22, 0.40, 0.26))
        cv2.fillPoly(canvas, [np.round(edge * s).astype(np.int32)], colour, cv2.LINE_AA)


def entrance(seed: int = 7) -> Image:
    """The empty entrance, 640x480, float32 BGR display values in 0-255, without sensor noise."""
    rng = np.random.default_rng(seed)
    h, w, f = HEIGHT * SUPER, WIDTH * SUPER, FOCAL * SUPER
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    dx, dy = (xx - w * 0.5) / f, (yy - h * 0.47) / f
    canvas = _room(dx, dy).astype(np.float32)
    canvas *= 1 + 0.015 * _noise(rng, (h, w), 90)[..., None] + 0.008 * _noise(rng, (h, w), 7)[..., None]
    _plant(canvas, rng)
    glow = cv2.GaussianBlur(np.clip(canvas - 0.80, 0, 1), (0, 0), 38) * 0.9      # veil of the bright door
    canvas = cv2.GaussianBlur(canvas + glow, (0, 0), 1.7 * SUPER)                # out of focus
    small = cv2.resize(canvas, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.clip(small * 255, 0, 255).astype(np.float32)
