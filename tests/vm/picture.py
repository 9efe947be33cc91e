"""Is the display's picture that of a screen? Held against the golden pictures of tests/panel."""

import struct
import zlib
from pathlib import Path

GOLDEN = Path(__file__).parent.parent / "golden" / "panel"


def golden(screen: str, width: int, height: int) -> bytes:
    """The pixels of a screen as it should be, three bytes each."""
    data = (GOLDEN / f"{screen}-{width}x{height}.png").read_bytes()
    at, pixels, head = 8, b"", None
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        chunk = data[at + 8 : at + 8 + length]
        at += length + 12
        if kind == b"IHDR":
            head = struct.unpack(">IIBBBBB", chunk)
        elif kind == b"IDAT":
            pixels += chunk
    # 8 bits each of red, green and blue, neither filtered nor interlaced: so the test writes them.
    assert head == (width, height, 8, 2, 0, 0, 0), f"{screen}: {head}"
    rows = zlib.decompress(pixels)
    row = 3 * width + 1
    assert not any(rows[::row]), f"{screen}: has filtered rows"
    return b"".join(rows[y * row + 1 : (y + 1) * row] for y in range(height))


def differing(shown: tuple[int, int, bytes], screen: str) -> int:
    """Pixels that differ by more than one level, which mathematical libraries may."""
    width, height, pixels = shown
    expected = golden(screen, width, height)
    assert len(expected) == len(pixels)
    return sum(
        any(abs(a - b) > 1 for a, b in zip(expected[i : i + 3], pixels[i : i + 3])) for i in range(0, len(pixels), 3)
    )
