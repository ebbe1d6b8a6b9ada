"""A page from (seed, index): picture, characters with their places, caption, questions. Same arguments, same page."""
import io
import math
import random
from dataclasses import dataclass

import numpy
from PIL import Image, ImageFilter

from canvas import FAMILIES, Canvas, Glyph
from documents import KINDS

PAPERS = [(255, 255, 255)] * 4 + [(250, 248, 240), (245, 240, 225), (240, 244, 250), (250, 240, 240), (235, 235, 235)]
INKS = [(0, 0, 0)] * 4 + [(30, 30, 60), (60, 30, 20), (40, 40, 40), (0, 40, 80)]
FAMILY_WEIGHTS = {"sans": 5, "serif": 4, "mono": 2, "wide": 3, "wideserif": 2, "widemono": 1, "condensed": 2, "narrow": 1}


@dataclass
class Page:
    kind: str
    image: object        # PIL RGB, or None when only laid out
    width: int
    height: int
    glyphs: list         # canvas.Glyph in page pixels, reading order
    caption: str
    facts: list
    questions: list      # (question, answer, kind of question)
    lines: list          # the texts on the page


def make_page(seed, index, kind=None, drawn=True, longest=1600, clean=False):
    """The page number `index` of the collection `seed`; at most `longest` pixels on its longer side."""
    rng = random.Random(f"page {seed} {index}")
    kind = kind or rng.choice(sorted(KINDS))
    em = rng.uniform(11, 26)
    family = rng.choices(list(FAMILY_WEIGHTS), FAMILY_WEIGHTS.values())[0]
    paper, ink = rng.choice(PAPERS), rng.choice(INKS)

    def new_canvas(width_em, height_em):
        fitting = min(em, longest / max(width_em, height_em))
        return Canvas(width_em, height_em, fitting, family, paper, ink, drawn)

    document = KINDS[kind](rng, new_canvas)
    canvas = document.canvas
    page = Page(kind, canvas.image, canvas.width, canvas.height, canvas.glyphs, document.caption, document.facts,
                document.questions, canvas.lines)
    if rng.random() < 0.35:
        mount(page, rng, paper, longest)
    if not clean:
        wear(page, rng, paper)
    return page


def mount(page, rng, paper, longest):
    """Lay the document on a larger sheet."""
    room = longest / max(page.width, page.height)
    grow_x, grow_y = (min(room, rng.uniform(1, 1.7)) for _ in range(2))
    width, height = max(page.width, int(page.width * grow_x)), max(page.height, int(page.height * grow_y))
    left, top = rng.randint(0, width - page.width), rng.randint(0, height - page.height)
    if page.image:
        sheet = Image.new("RGB", (width, height), rng.choice([paper, paper, (255, 255, 255)]))
        sheet.paste(page.image, (left, top))
        page.image = sheet
    page.glyphs = [Glyph(g.char, g.x + left, g.y + top, g.size) for g in page.glyphs]
    page.width, page.height = width, height


def wear(page, rng, paper):
    """What scanning does: a slight turn, blur, noise, JPEG."""
    turn = rng.uniform(-1.5, 1.5) if rng.random() < 0.25 else 0.0
    blur = rng.uniform(0.2, 0.6) if rng.random() < 0.2 else 0.0
    noise = rng.uniform(2, 12) if rng.random() < 0.3 else 0.0
    quality = rng.randint(45, 95) if rng.random() < 0.5 else 0
    if turn:
        rotate(page, turn, paper)
    if not page.image:
        return
    if blur:
        page.image = page.image.filter(ImageFilter.GaussianBlur(blur))
    if noise:
        grain = numpy.random.default_rng(rng.getrandbits(32)).normal(0, noise, (page.height, page.width, 1))
        pixels = numpy.asarray(page.image, numpy.float32) + grain
        page.image = Image.fromarray(pixels.clip(0, 255).astype(numpy.uint8))
    if quality:
        stream = io.BytesIO()
        page.image.save(stream, "JPEG", quality=quality)
        page.image = Image.open(stream).convert("RGB")


def rotate(page, degrees, paper):
    radians = math.radians(degrees)
    cos, sin = math.cos(radians), math.sin(radians)
    cx, cy = page.width / 2, page.height / 2
    if page.image:
        page.image = page.image.rotate(degrees, Image.BICUBIC, fillcolor=paper)
    page.glyphs = [Glyph(g.char, cx + (g.x - cx) * cos + (g.y - cy) * sin, cy - (g.x - cx) * sin + (g.y - cy) * cos, g.size)
                   for g in page.glyphs]
