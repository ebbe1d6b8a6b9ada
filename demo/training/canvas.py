"""A page in the making: draws text and shapes, and remembers where each character went.

Positions are in em (one em = the body text size of the page); the canvas turns them into pixels. A canvas may also be
laid out without drawing: the characters and their places are then all there is, which is enough to train a decoder.
"""
import os
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

FONT_ROOT = os.environ.get("DEMO_FONTS", "/usr/share/fonts/truetype")

# family -> (regular, bold, italic); Debian packages fonts-dejavu and fonts-liberation
FAMILIES = {
    "sans": ("liberation/LiberationSans-Regular", "liberation/LiberationSans-Bold", "liberation/LiberationSans-Italic"),
    "serif": ("liberation/LiberationSerif-Regular", "liberation/LiberationSerif-Bold", "liberation/LiberationSerif-Italic"),
    "mono": ("liberation/LiberationMono-Regular", "liberation/LiberationMono-Bold", "liberation/LiberationMono-Italic"),
    "wide": ("dejavu/DejaVuSans", "dejavu/DejaVuSans-Bold", "dejavu/DejaVuSans-Oblique"),
    "wideserif": ("dejavu/DejaVuSerif", "dejavu/DejaVuSerif-Bold", "dejavu/DejaVuSerif-Italic"),
    "widemono": ("dejavu/DejaVuSansMono", "dejavu/DejaVuSansMono-Bold", "dejavu/DejaVuSansMono-Oblique"),
    "condensed": ("dejavu/DejaVuSansCondensed", "dejavu/DejaVuSansCondensed-Bold", "dejavu/DejaVuSansCondensed-Oblique"),
    "narrow": ("liberation/LiberationSansNarrow-Regular", "liberation/LiberationSansNarrow-Bold",
               "liberation/LiberationSansNarrow-Italic"),
}
STYLES = {"regular": 0, "bold": 1, "italic": 2}


@lru_cache(maxsize=512)
def load_font(family, style, pixels):
    name = FAMILIES[family][STYLES[style]]
    return ImageFont.truetype(f"{FONT_ROOT}/{name}.ttf", pixels, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=400_000)
def advance(family, style, pixels, text):
    return load_font(family, style, pixels).getlength(text)


@dataclass(frozen=True)
class Glyph:
    """One character: what it is, its centre in x, the middle of its line in y, the text size; all in pixels."""
    char: str
    x: float
    y: float
    size: float


class Canvas:
    def __init__(self, width_em, height_em, em, family, paper=(255, 255, 255), ink=(0, 0, 0), drawn=True):
        self.em, self.family, self.ink, self.paper = em, family, ink, paper
        self.width, self.height = round(width_em * em), round(height_em * em)
        self.width_em, self.height_em = width_em, height_em
        self.glyphs, self.lines = [], []
        self.image = Image.new("RGB", (self.width, self.height), paper) if drawn else None
        self.pen = ImageDraw.Draw(self.image) if drawn else None

    def measure(self, text, size=1.0, style="regular", family=None):
        """Width of the text in em."""
        pixels = max(5, round(size * self.em))
        return advance(family or self.family, style, pixels, text) / self.em

    def text(self, x, y, text, size=1.0, style="regular", align="l", color=None, family=None):
        """One line with its top at y; align says which end of the line x is (l, c, r). Returns its width in em."""
        family = family or self.family
        pixels = max(5, round(size * self.em))
        length = advance(family, style, pixels, text)
        left = x * self.em - length * {"l": 0, "c": 0.5, "r": 1}[align]
        top = y * self.em
        if self.pen:
            self.pen.text((left, top), text, fill=color or self.ink, font=load_font(family, style, pixels))
        self.lines.append(text)
        middle = top + 0.62 * pixels
        start = 0.0
        for end in range(1, len(text) + 1):
            stop = advance(family, style, pixels, text[:end])
            self.glyphs.append(Glyph(text[end - 1], left + (start + stop) / 2, middle, pixels))
            start = stop
        return length / self.em

    def wrapped(self, x, y, text, width, size=1.0, style="regular", leading=1.35):
        """A paragraph; returns the y below it."""
        line = ""
        for word in text.split(" "):
            longer = f"{line} {word}" if line else word
            if line and self.measure(longer, size, style) > width:
                self.text(x, y, line, size, style)
                y += leading * size
                line = word
            else:
                line = longer
        self.text(x, y, line, size, style)
        return y + leading * size

    def line(self, x0, y0, x1, y1, weight=0.06, color=None):
        if self.pen:
            pixels = max(1, round(weight * self.em))
            self.pen.line([x0 * self.em, y0 * self.em, x1 * self.em, y1 * self.em], fill=color or self.ink, width=pixels)

    def box(self, x0, y0, x1, y1, fill=None, outline=None, weight=0.06):
        if self.pen:
            self.pen.rectangle([x0 * self.em, y0 * self.em, x1 * self.em, y1 * self.em], fill=fill, outline=outline,
                               width=max(1, round(weight * self.em)))

    def polyline(self, points, weight=0.15, color=None):
        if self.pen:
            self.pen.line([(x * self.em, y * self.em) for x, y in points], fill=color or self.ink,
                          width=max(1, round(weight * self.em)))

    def dot(self, x, y, radius, color=None):
        if self.pen:
            e = self.em
            self.pen.ellipse([(x - radius) * e, (y - radius) * e, (x + radius) * e, (y + radius) * e],
                             fill=color or self.ink)
