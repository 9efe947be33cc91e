"""The attack: a photograph of the enrolled person shown on a phone that a hand holds up to the camera.

What is modelled, in the order the light takes:

1. the photograph as a messenger or web site hands it out (reduced, JPEG);
2. the phone's screen: its own gamma and bluish white, a red-green-blue stripe
   raster with dark gaps between the pixels, a black that is not black;
3. cover glass: the mirror image of a ceiling lamp as a soft slanting glare and
   a veil of room light;
4. the phone: rounded body, black bezel, camera hole; fingers at its edges;
5. perspective of a hand-held plane, changing a little from frame to frame;
6. the camera: lens blur (the phone is nearer than the focus), a Bayer sensor
   of 1280x960 photosites that samples the stripe raster (this is where the
   moire comes from; nothing draws it), demosaicing, reduction to 640x480,
   sharpening in the image processor. Noise and JPEG follow in `camera`.
"""
from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

Image = np.ndarray
SCREEN = (1080, 2160)                       # the screen in its own units, width x height
PITCH = 2.0                                 # units per display pixel: 540x1080, an inexpensive phone
BEZEL = 46                                  # units of black border
SENSOR = 2                                  # photosites per frame pixel, each way
WHITE = np.array([1.06, 1.0, 0.93])         # BGR of the screen's white: about 7500 K
SKIN = (112.0, 138.0, 184.0)                # BGR display values


@dataclass(frozen=True)
class Hold:
    """How the phone is held in one frame: centre and width in frame pixels, angles in degrees."""

    x: float
    y: float
    width: float
    roll: float
    yaw: float
    pitch: float
    glare: float


def on_screen(photo: Image, crop: tuple[int, int, int, int]) -> Image:
    """The photograph fitted to the screen's width, as linear light 0-1 per display pixel."""
    x, y, w, h = crop
    shared = cv2.resize(photo[y:y + h, x:x + w], (540, 540 * h // w), interpolation=cv2.INTER_AREA)
    shared = cv2.imdecode(cv2.imencode(".jpg", shared, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_COLOR)
    width, height = SCREEN
    fitted = cv2.resize(shared, (width, width * h // w), interpolation=cv2.INTER_CUBIC)
    screen = np.zeros((height, width, 3), np.uint8)
    top = max(0, (height - fitted.shape[0]) // 2)
    part = fitted[:height]
    screen[top:top + part.shape[0]] = part
    return (screen.astype(np.float32) / 255) ** 2.4 * WHITE.astype(np.float32)


def _plane(hold: Hold) -> Image:
    """Homography from display pixels (origin at the screen's centre) to frame pixels."""
    roll, yaw, pitch = np.radians([hold.roll, hold.yaw, hold.pitch])
    rz = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    ry = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    rx = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    r, focal = rz @ ry @ rx, 560.0
    depth = focal * SCREEN[0] / hold.width
    camera = np.array([[focal, 0, hold.x], [0, focal, hold.y], [0, 0, 1]])
    return camera @ np.column_stack([r[:, 0], r[:, 1], [0, 0, depth]])


def _rounded(px: Image, py: Image, half_w: float, half_h: float, radius: float) -> Image:
    """Signed distance (display pixels) to a rounded rectangle, negative inside."""
    qx, qy = abs(px) - half_w + radius, abs(py) - half_h + radius
    return np.hypot(np.maximum(qx, 0), np.maximum(qy, 0)) + np.minimum(np.maximum(qx, qy), 0) - radius


def _raster(u: Image, v: Image, cycles: float, lens: float) -> Image:
    """How the stripe raster modulates each photosite, per colour (B, G, R), around 1.

    `cycles` display pixels fall on one photosite. The raster's first harmonic is
    damped by the lens (Gaussian of `lens` photosites) and by the photosite's own
    area; what is left is beyond what the sensor can resolve, so it folds into moire.
    """
    passed = np.exp(-2 * (np.pi * lens * cycles) ** 2) * np.sinc(0.9 * cycles)
    across, down = 2 * np.sinc(0.27) * passed, 2 * np.sinc(0.8) * passed
    rows = 1 + down * np.cos(2 * np.pi * v)
    return np.stack([(1 + across * np.cos(2 * np.pi * (u - c))) * rows for c in (5 / 6, 1 / 2, 1 / 6)], -1).astype(np.float32)


def _finger(canvas: Image, raster: Image | None, m: Image, tip: tuple[float, float], root: tuple[float, float], thick: float, shade: float) -> None:
    """One finger as a shaded capsule from root to tip, both in display pixels."""
    pts = (cv2.perspectiveTransform(np.array([[root, tip]], np.float64), m)[0] * SENSOR).astype(np.float32)
    size = np.float32(thick * SENSOR)
    x0, y0 = np.maximum(np.floor(pts.min(0) - size - 4), 0).astype(int)
    x1, y1 = np.maximum(np.ceil(pts.max(0) + size + 4), 0).astype(int)
    part = canvas[y0:y1, x0:x1]
    if part.size == 0:
        return
    yy, xx = np.mgrid[y0:y0 + part.shape[0], x0:x0 + part.shape[1]].astype(np.float32)
    d = pts[1] - pts[0]
    t = np.clip(((xx - pts[0][0]) * d[0] + (yy - pts[0][1]) * d[1]) / (d @ d), 0, 1)
    off = np.hypot(xx - pts[0][0] - t * d[0], yy - pts[0][1] - t * d[1])
    cover = np.clip((size - off) / 3 + 0.5, 0, 1)[..., None]
    body = np.sqrt(np.clip(1 - (off / size) ** 2, 0, 1))[..., None]
    skin = (np.array(SKIN, np.float32) / 255) ** 2.2 * shade * (0.35 + 0.65 * body)
    part[:] = part * (1 - cover) + skin * cover
    if raster is not None:
        hidden = raster[y0:y1, x0:x1]
        hidden[:] = hidden * (1 - cover) + cover


def _sensor(light: Image) -> Image:
    """RGGB mosaic of linear light, demosaiced: linear 0-1 in, display values 0-1 out."""
    raw = np.empty(light.shape[:2], np.float32)
    for (row, col), channel in (((0, 0), 2), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)):
        raw[row::2, col::2] = light[row::2, col::2, channel]
    raw16 = np.round(np.clip(raw, 0, 1) * 65535).astype(np.uint16)
    return cv2.demosaicing(raw16, cv2.COLOR_BayerBG2BGR).astype(np.float32) / 65535


def capture(scene: Image, screen: Image, hold: Hold, brightness: float = 0.9, blur: float = 0.42) -> Image:
    """The frame the camera sees (0-255 display values, before noise): scene, phone and hand."""
    h, w = scene.shape[0] * SENSOR, scene.shape[1] * SENSOR
    linear = ((np.clip(scene, 0, 255) / 255) ** 2.2).astype(np.float32)
    light = cv2.resize(linear, (w, h), interpolation=cv2.INTER_LINEAR)
    m = _plane(hold)
    edge = SCREEN[0] / 2 + BEZEL
    _finger(light, None, m, (-edge - 20, 560), (-edge - 330, 1250), 0.21 * hold.width, 0.8)      # ball of the thumb, behind
    inverse = np.linalg.inv(m).astype(np.float32)
    sw, sh = SCREEN
    reach = np.array([[x, y] for x in (-1, 1) for y in (-1, 1)], np.float64) * (sw / 2 + 70, sh / 2 + 70)
    corners = cv2.perspectiveTransform(reach[None], m)[0] * SENSOR
    x0, y0 = np.clip(np.floor(corners.min(0)), 0, (w, h)).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(0)), 0, (w, h)).astype(int)
    yy, xx = np.mgrid[y0:y1, x0:x1].astype(np.float32)

    fx, fy = (xx + np.float32(0.5)) / SENSOR, (yy + np.float32(0.5)) / SENSOR
    q = inverse[2, 0] * fx + inverse[2, 1] * fy + inverse[2, 2]
    px = (inverse[0, 0] * fx + inverse[0, 1] * fy + inverse[0, 2]) / q
    py = (inverse[1, 0] * fx + inverse[1, 1] * fy + inverse[1, 2]) / q
    lit = brightness * cv2.remap(screen, px + (sw / 2 - 0.5), py + (sh / 2 - 0.5), cv2.INTER_LINEAR)
    room = 0.014 + 0.010 * np.clip(0.5 - py / sh, 0, 1)
    band = np.exp(-(((px + 0.55 * py + 60 + 120 * hold.yaw) / 210) ** 2) - ((py + 520) / 520) ** 2)
    glass = (room + hold.glare * band)[..., None]
    pixel = sw / hold.width / SENSOR                 # screen units per photosite

    def inside(distance: Image) -> Image:
        return np.clip(0.5 - distance / pixel, 0, 1)[..., None].astype(np.float32)

    hole = inside(np.hypot(px, py + sh / 2 - 60) - 30)
    active = inside(_rounded(px, py, sw / 2, sh / 2, 80)) * (1 - hole)
    case = inside(_rounded(px, py, sw / 2 + BEZEL, sh / 2 + BEZEL, 110))
    body = inside(_rounded(px, py, sw / 2 + BEZEL + 16, sh / 2 + BEZEL + 16, 120))
    seen = (lit + glass) * active + (0.006 + 0.25 * glass) * (1 - active)
    seen = seen * case + 0.09 * (1 - case)
    light[y0:y1, x0:x1] = seen * body + light[y0:y1, x0:x1] * (1 - body)
    raster = np.ones_like(light)
    grid = _raster(px / PITCH, py / PITCH, pixel / PITCH, blur)
    raster[y0:y1, x0:x1] = 1 + (grid - 1) * active
    for y in (150.0, 370.0, 590.0, 800.0):           # fingertips that reach round from behind
        _finger(light, raster, m, (edge - 34, y - 12), (edge + 40, y + 34), 0.058 * hold.width, 0.85 - y / 4000)
    _finger(light, raster, m, (-edge + 40, 250), (-edge - 70, 900), 0.085 * hold.width, 0.95)      # thumb
    light = cv2.GaussianBlur(light, (0, 0), blur) * raster
    display = np.clip(_sensor(light), 0, 1) ** (1 / 2.2)
    frame = cv2.resize(display, (scene.shape[1], scene.shape[0]), interpolation=cv2.INTER_AREA)
    frame = frame + 0.6 * (frame - cv2.GaussianBlur(frame, (0, 0), 1.0))
    return np.clip(frame * 255, 0, 255)
