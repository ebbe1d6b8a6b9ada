"""The stream of training batches for the answers: pages of one tile grid, their questions as padded ids.

Everything here is numpy, so that worker processes can prepare batches ahead of the training.
"""
import multiprocessing
import random
from dataclasses import dataclass

import numpy

import hd
from pages import make_page
from questions import asked
from tokenizer import Tokenizer

HD_NUMS = [1, 2, 3, 4, 6, 8, 9, 12, 16, 20, 25, 30, 40, 55]


@dataclass(frozen=True)
class Wishes:
    """What a batch is made of. `tokens` bounds the image tokens of a page; `smallest` and `largest` are the bounds of the
    body text in pixels after the transform."""
    seed: int
    drawn: bool
    pages: int
    tokens: int
    kinds: tuple = ()
    count: int = 12
    questions: int = 6
    captions: float = 0.4
    smallest: float = 11.0
    largest: float = 30.0


@dataclass
class Batch:
    tiles: tuple             # (rows, columns) of every page
    pictures: list           # drawn: (H, W, 3) u8 of each page
    labels: tuple            # not drawn: (pages, 12, 12, slots) and (pages, H, W, slots) u8
    ids: numpy.ndarray       # (pages*count, L): prompt after the image, and answer
    targets: numpy.ndarray   # (pages*count, L): the next id where it is the answer's, else -1
    kinds: list              # of each question


def readable_hd_nums(page, smallest=11.0, largest=30.0):
    """The hd_nums at which the body text is legible, ascending."""
    body = sorted(g.size for g in page.glyphs)[len(page.glyphs) // 2]
    return [n for n in HD_NUMS
            if smallest <= body * hd.plan(page.width, page.height, n).resized[1] / page.height <= largest]


def image_tokens(tiles):
    return (tiles[0] * tiles[1] + 1) * 144 + 1 + (tiles[0] + 1) * 12


def pages_of_one_grid(rng, wishes):
    """[(page, hd_num)], all with the same grid of tiles."""
    found, grid = [], None
    for _ in range(60 * wishes.pages):
        index = rng.randrange(10 ** 9)
        kind = rng.choice(wishes.kinds) if wishes.kinds else None
        page = make_page(wishes.seed, index, kind, drawn=False)
        fitting = {hd.plan(page.width, page.height, n).tiles: n
                   for n in reversed(readable_hd_nums(page, wishes.smallest, wishes.largest))}
        if grid is None:
            small = [t for t in fitting if image_tokens(t) <= wishes.tokens]
            if not small:
                continue
            grid = rng.choice(small)
        if grid in fitting:
            found.append((make_page(wishes.seed, index, kind) if wishes.drawn else page, fitting[grid]))
            if len(found) == wishes.pages:
                break
    return found, grid


def make_batch(step, wishes, tokenizer):
    rng = random.Random(f"answers {wishes.seed} {step}")
    chosen, grid = pages_of_one_grid(rng, wishes)
    rows, kinds, pictures, overviews, grids = [], [], [], [], []
    for page, hd_num in chosen:
        if wishes.drawn:
            pictures.append(numpy.asarray(hd.transform(page.image, hd_num)[0]))
        else:
            labels = hd.page_labels(page.glyphs, (page.width, page.height), hd.plan(page.width, page.height, hd_num))
            overviews.append(labels[0])
            grids.append(labels[1])
        for question, answer, kind in asked(page, rng, wishes.count, wishes.questions, wishes.captions):
            prompt, reply = tokenizer.question_ids(question), tokenizer.answer_ids(answer)
            rows.append((prompt + reply[:-1], [-1] * (len(prompt) - 1) + reply))
            kinds.append(kind)
    longest = max(len(ids) for ids, _ in rows)
    ids = numpy.array([i + [0] * (longest - len(i)) for i, _ in rows])
    targets = numpy.array([t + [-1] * (longest - len(t)) for _, t in rows])
    labels = (numpy.stack(overviews), numpy.stack(grids)) if grids else None
    return Batch(grid, pictures, labels, ids, targets, kinds)


_worker = {}


def _start(wishes):
    _worker.update(wishes=wishes, tokenizer=Tokenizer())


def _make(step):
    return make_batch(step, _worker["wishes"], _worker["tokenizer"])


def batches(first, last, wishes, workers):
    """The batches of steps first..last-1 in order, prepared by worker processes if any are asked for."""
    _start(wishes)
    if not workers:
        yield from map(_make, range(first, last))
        return
    with multiprocessing.get_context("fork").Pool(workers, _start, (wishes,)) as pool:
        yield from pool.imap(_make, range(first, last), chunksize=1)
