"""Image to views exactly as the model's preprocessing does it (HD transform, tiles, global view), and the labels of cells."""
import math
from dataclasses import dataclass

import numpy
import torch
from PIL import Image

import lexemes

TILE, CELL, CELLS = 336, 28, 12
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True)
class HdPlan:
    """Sizes in pixels. `left` and `top` are the padding before the resized picture."""
    resized: tuple
    padded: tuple
    left: int
    top: int
    transposed: bool

    @property
    def tiles(self):
        """(rows, columns) of tiles."""
        return self.padded[1] // TILE, self.padded[0] // TILE


def plan(width, height, hd_num):
    transposed = width < height
    w, h = (height, width) if transposed else (width, height)
    ratio = w / h
    s = 1
    while s * math.ceil(s / ratio) <= hd_num:
        s += 1
    s -= 1
    new_w, new_h = TILE * s, int(TILE * s / ratio)
    target = math.ceil(new_h / TILE) * TILE
    before = (target - new_h) // 2
    if transposed:
        return HdPlan((new_h, new_w), (target, new_w), before, 0, True)
    return HdPlan((new_w, new_h), (new_w, target), 0, before, False)


def transform(image, hd_num):
    """The resized and padded RGB picture and its plan."""
    p = plan(*image.size, hd_num)
    if p.transposed:
        image = image.transpose(Image.TRANSPOSE).resize(p.resized[::-1], Image.BILINEAR).transpose(Image.TRANSPOSE)
    else:
        image = image.resize(p.resized, Image.BILINEAR)
    padded = Image.new("RGB", p.padded, (255, 255, 255))
    padded.paste(image, (p.left, p.top))
    return padded, p


def normalise(pixels):
    """(..., H, W, 3) u8 tensor to (..., 3, H, W) f32, on the same device."""
    x = pixels.movedim(-1, -3).float().div(255)
    mean, std = (torch.tensor(v, device=x.device).view(3, 1, 1) for v in (MEAN, STD))
    return (x - mean) / std


def split(x):
    """Normalised padded pictures (B, 3, H, W) to views (B, 1 + rows*columns, 3, 336, 336), global view first."""
    b, _, height, width = x.shape
    tiles = x.view(b, 3, height // TILE, TILE, width // TILE, TILE).permute(0, 2, 4, 1, 3, 5).reshape(b, -1, 3, TILE, TILE)
    overview = torch.nn.functional.interpolate(x, (TILE, TILE), mode="bicubic", align_corners=False)
    return torch.cat((overview[:, None], tiles), 1)


def views(image, hd_num):
    """(1 + rows*columns, 3, 336, 336) f32, global view first; and the plan."""
    padded, p = transform(image, hd_num)
    return split(normalise(torch.from_numpy(numpy.array(padded)))[None])[0], p


# --- labels: which characters a merged 28 px cell shows ---

ALPHABET = [chr(c) for c in range(32, 127)] + ["€", "£"]
INDEX = {char: i + 1 for i, char in enumerate(ALPHABET)}   # 0: no character
SLOTS = 6          # characters in the upper and in the lower half of a cell
IGNORED = 255
SMALLEST = 7.0     # pixels; smaller text is not asked of the tower


def place(glyphs, page_size, p):
    """Character index, x, y, size in padded pixels."""
    sx, sy = p.resized[0] / page_size[0], p.resized[1] / page_size[1]
    known = [g for g in glyphs if g.char in INDEX]
    return (numpy.array([INDEX[g.char] for g in known], numpy.int64),
            numpy.array([g.x * sx + p.left for g in known]), numpy.array([g.y * sy + p.top for g in known]),
            numpy.array([g.size * sy for g in known]))


def cell_labels(chars, x, y, size, width, height):
    """(height/28, width/28, 2*SLOTS) u8: slots 0..5 for the upper half of a cell, 6..11 for the lower, by x."""
    labels = numpy.zeros((height // CELL, width // CELL, 2, SLOTS), numpy.uint8)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    chars, x, y, size = (a[inside] for a in (chars, x, y, size))
    row, column, half = (y // CELL).astype(int), (x // CELL).astype(int), (y % CELL >= CELL / 2).astype(int)
    group = (row * labels.shape[1] + column) * 2 + half
    order = numpy.lexsort((x, group))
    ordered = group[order]
    starts = numpy.r_[True, ordered[1:] != ordered[:-1]] if len(ordered) else numpy.zeros(0, bool)
    position = numpy.arange(len(ordered))
    rank = position - numpy.maximum.accumulate(numpy.where(starts, position, 0)) if len(ordered) else position
    flat, fits = labels.reshape(-1, SLOTS), rank < SLOTS
    flat[ordered[fits], rank[fits]] = chars[order][fits]
    flat[ordered[~fits | (size[order] < SMALLEST)]] = IGNORED
    return labels.reshape(*labels.shape[:2], 2 * SLOTS)


def known_words(glyphs):
    """(index of the first character among the glyphs, index of the word) of each known word printed on the page."""
    found, start, letters = [], 0, ""
    for i, g in enumerate(glyphs):
        near = i and abs(g.y - glyphs[i - 1].y) < 0.1 * g.size and 0 < g.x - glyphs[i - 1].x < 1.5 * g.size
        if letters and not (g.char.isalpha() and near):
            found.append((start, lexemes.INDEX.get(letters.lower(), 0)))
            letters = ""
        if g.char.isalpha():
            start = start if letters else i
            letters += g.char
    return [(i, w) for i, w in found + [(start, lexemes.INDEX.get(letters.lower(), 0))] if w]


def with_words(labels, words, x, y, size):
    """Adds to each cell the first known word that begins in it: (..., 2*SLOTS + 1)."""
    cells = numpy.zeros((*labels.shape[:2], 1), numpy.uint8)
    for i, word in reversed(words):
        row, column = int(y[i] // CELL), int(x[i] // CELL)
        if 0 <= row < len(cells) and 0 <= column < cells.shape[1] and size[i] >= SMALLEST:
            cells[row, column] = word
    return numpy.concatenate((labels, cells), -1)


def page_labels(glyphs, page_size, p):
    """Labels of the global view (12, 12, slots + 1) and of the tile map (12*rows, 12*columns, slots + 1)."""
    glyphs = [g for g in glyphs if g.char in INDEX]
    chars, x, y, size = place(glyphs, page_size, p)
    words = known_words(glyphs)
    fx, fy = TILE / p.padded[0], TILE / p.padded[1]
    return (with_words(cell_labels(chars, x * fx, y * fy, size * min(fx, fy), TILE, TILE), words, x * fx, y * fy,
                       size * min(fx, fy)),
            with_words(cell_labels(chars, x, y, size, *p.padded), words, x, y, size))
