"""A chart as a PNG, for e-mail: the channel that shows pictures and no SVG.

Twice as many pixels as it is shown with, so that it is sharp on screens of any density and in
print. Labels and numbers stand in the picture; beside it they stand again as text, which leads to
the lists and can be read out.
"""

import io

from PIL import Image, ImageDraw, ImageFont

from correlator.report.document import Bars
from correlator.report.words import count

WIDTH, HEIGHT = 1200, 340
_TEXT, _EDGE, _GAP = 28, 44, 0.3
# Paper, ink, and bars of the weeks before and of the report's; legible in mail with a dark theme
# as well, since the paper comes along.
PAPER, INK, SOFT = (255, 255, 255), (28, 31, 38), (92, 100, 112)
THEN, NOW = (174, 180, 190), (40, 85, 197)


def bars_png(bars: Bars) -> bytes:
    """Bars from the ground, as high as their share of the largest; the last in its own colour.

    What is not 0 is at least two pixels high."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(_TEXT)
    slot = WIDTH / max(len(bars.marks), 1)
    room, ground = HEIGHT - 2 * _EDGE, HEIGHT - _EDGE
    most = max((mark.figure.value for mark in bars.marks), default=0) or 1
    for place, mark in enumerate(bars.marks):
        value, is_last = mark.figure.value, place == len(bars.marks) - 1
        high = max(round(value / most * room), 2 if value else 0)
        left, right = (place + _GAP / 2) * slot, (place + 1 - _GAP / 2) * slot
        if high:
            draw.rectangle((left, ground - high, right, ground - 1), NOW if is_last else THEN)
        middle = (left + right) / 2
        # The font that comes with the library has no narrow space.
        said = count(value).replace("\N{NARROW NO-BREAK SPACE}", " ")
        draw.text((middle, ground - high - 6), said, INK, font, anchor="mb")
        draw.text((middle, ground + 8), mark.label, SOFT, font, anchor="mt")
    draw.line((0, ground, WIDTH, ground), SOFT, 1)
    out = io.BytesIO()
    image.quantize(32).save(out, "PNG", optimize=True)
    return out.getvalue()
