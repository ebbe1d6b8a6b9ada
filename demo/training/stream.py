"""The stream of training batches for the answers: pages of one tile grid, their questions as padded ids.

Everything here is numpy, so that worker processes can prepare batches ahead of the training.
"""
import multiprocessing
import random
from dataclasses import dataclass

import numpy

import hd
from documents import KINDS
from pages import make_page
from questions import asked, transcriptions
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
    questions: int = 16
    transcriptions: int = 3
    captions: float = 0.1
    smallest: float = 11.0
    largest: float = 30.0


@dataclass
class Batch:
    """`rows` holds short questions and long transcriptions apart: pairs of ids (pages*count, L), prompt after the image and
    answer, and targets, the next id where it is the answer's, else -1."""
    tiles: tuple             # (rows, columns) of every page
    pictures: list           # drawn: (H, W, 3) u8 of each page
    labels: tuple            # not drawn: (pages, 12, 12, slots) and (pages, H, W, slots) u8
    rows: list
    kinds: list              # of each question, in the order of the rows


def readable_hd_nums(page, smallest=11.0, largest=30.0):
    """The hd_nums at which the body text is legible, ascending."""
    body = sorted(g.size for g in page.glyphs)[len(page.glyphs) // 2]
    return [n for n in HD_NUMS
            if smallest <= body * hd.plan(page.width, page.height, n).resized[1] / page.height <= largest]


def image_tokens(tiles):
    return (tiles[0] * tiles[1] + 1) * 144 + 1 + (tiles[0] + 1) * 12


class Grids:
    """Pages by their grid of tiles, so that no page laid out is lost when a batch of another grid is made."""

    def __init__(self, wishes):
        self.wishes, self.waiting = wishes, {}

    def draw(self, rng):
        """(grid, [(index, kind, hd_num, page)]): as many pages of one grid as a batch has."""
        w = self.wishes
        kinds = w.kinds or sorted(KINDS)
        while True:
            index, kind = rng.randrange(10 ** 9), rng.choice(kinds)
            page = make_page(w.seed, index, kind, drawn=False)
            grids = {hd.plan(page.width, page.height, n).tiles: n
                     for n in reversed(readable_hd_nums(page, w.smallest, w.largest))}
            fitting = [g for g in grids if image_tokens(g) <= w.tokens]
            if not fitting:
                continue
            grid = rng.choice(fitting)
            found = self.waiting.setdefault(grid, [])
            found.append((index, kind, grids[grid], page))
            if len(found) == w.pages:
                return grid, self.waiting.pop(grid)


def padded(rows):
    longest = max(len(ids) for ids, _ in rows)
    return (numpy.array([i + [0] * (longest - len(i)) for i, _ in rows]),
            numpy.array([t + [-1] * (longest - len(t)) for _, t in rows]))


def make_batch(step, grids, tokenizer):
    wishes = grids.wishes
    rng = random.Random(f"answers {wishes.seed} {step}")
    grid, chosen = grids.draw(rng)
    groups, kinds, pictures, overviews, maps = ([], []), ([], []), [], [], []
    for index, kind, hd_num, page in chosen:
        if wishes.drawn:
            image = make_page(wishes.seed, index, kind).image
            pictures.append(numpy.asarray(hd.transform(image, hd_num)[0]))
        else:
            labels = hd.page_labels(page.glyphs, (page.width, page.height), hd.plan(page.width, page.height, hd_num))
            overviews.append(labels[0])
            maps.append(labels[1])
        for number, asked_ in enumerate((asked(page, rng, wishes.questions),
                                         transcriptions(page, rng, wishes.transcriptions, wishes.captions))):
            for question, answer, kind_ in asked_:
                prompt, reply = tokenizer.question_ids(question), tokenizer.answer_ids(answer)
                if kind_ == "transcription":   # it goes on; where it ends says nothing
                    reply = reply[:-1]
                groups[number].append((prompt + reply[:-1], [-1] * (len(prompt) - 1) + reply))
                kinds[number].append(kind_)
    labels = (numpy.stack(overviews), numpy.stack(maps)) if maps else None
    return Batch(grid, pictures, labels, [padded(g) for g in groups if g], kinds[0] + kinds[1])


_worker = {}


def _start(wishes):
    _worker.update(grids=Grids(wishes), tokenizer=Tokenizer())


def _make(step):
    return make_batch(step, _worker["grids"], _worker["tokenizer"])


def batches(first, last, wishes, workers):
    """The batches of steps first..last-1 in order, prepared by worker processes if any are asked for."""
    _start(wishes)
    if not workers:
        yield from map(_make, range(first, last))
        return
    with multiprocessing.get_context("fork").Pool(workers, _start, (wishes,)) as pool:
        yield from pool.imap(_make, range(first, last), chunksize=1)
