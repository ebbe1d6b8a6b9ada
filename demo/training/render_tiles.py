"""Renders labelled tiles for the training of the tower into shard files, round and round, beside the training.

    python3 render_tiles.py --out /tmp/traindata/tiles --shards 32
"""
import argparse
import multiprocessing
import os
import random
from pathlib import Path

import numpy
import torch

import hd
from pages import make_page

HD_NUMS = [1, 2, 3, 4, 6, 8, 9, 12, 16, 20, 25]


def wanted(size, rng):
    """Text sizes (pixels after the transform) by how much of them is worth training on."""
    share = 0 if size < 11 else 0.4 if size < 13 else 1 if size < 30 else 0.1 if size < 60 else 0.02
    return rng.random() < share


def characters_in(labels):
    slots = labels[..., :-1]
    return ((slots > 0) & (slots < hd.IGNORED)).sum()


def tiles_of(seed, index, most):
    """Up to `most` labelled tiles of one page at one hd_num: [(pixels (336, 336, 3) u8, labels (144, 12) u8)]."""
    rng = random.Random(f"tiles {seed} {index}")
    page = make_page(seed, index)
    body = sorted(g.size for g in page.glyphs)[len(page.glyphs) // 2]
    for _ in range(20):
        hd_num = rng.choice(HD_NUMS)
        p = hd.plan(page.width, page.height, hd_num)
        if wanted(body * p.resized[1] / page.height, rng):
            break
    else:
        return []
    padded, p = hd.transform(page.image, hd_num)
    overview, cells = hd.page_labels(page.glyphs, (page.width, page.height), p)
    pixels = numpy.asarray(padded)
    rows, columns = p.tiles
    found = []
    for row in range(rows):
        for column in range(columns):
            labels = cells[row * 12:row * 12 + 12, column * 12:column * 12 + 12]
            if characters_in(labels) >= 12:
                tile = pixels[row * 336:row * 336 + 336, column * 336:column * 336 + 336]
                found.append((tile, labels.reshape(144, -1)))
    rng.shuffle(found)
    found = found[:most]
    if rows * columns > 1 and characters_in(overview) >= 30:
        x = hd.views(page.image, hd_num)[0][0].movedim(0, -1).numpy()
        x = ((x * numpy.array(hd.STD) + numpy.array(hd.MEAN)) * 255).round().clip(0, 255).astype(numpy.uint8)
        found.append((x, overview.reshape(144, -1)))
    return found


PAGES_A_SHARD = 100_000   # more than a shard can use, so that shards share no page


def write_shard(path, seed, number, count, most):
    images = numpy.zeros((count, 336, 336, 3), numpy.uint8)
    labels = numpy.zeros((count, 144, 2 * hd.SLOTS + 1), numpy.uint8)
    filled, index = 0, number * PAGES_A_SHARD
    while filled < count:
        for tile, cells in tiles_of(seed, index, most)[:count - filled]:
            images[filled], labels[filled] = tile, cells
            filled += 1
        index += 1
    numpy.save(f"{path}.images.tmp.npy", images)
    numpy.save(f"{path}.labels.npy", labels)
    os.replace(f"{path}.images.tmp.npy", f"{path}.images.npy")
    return number, index - number * PAGES_A_SHARD


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--first", type=int, default=0, help="number of the first shard")
    options.add_argument("--shards", type=int, default=32, help="files kept; the oldest is written over")
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--tiles", type=int, default=256, help="tiles in a shard")
    options.add_argument("--most", type=int, default=6, help="tiles taken from one page")
    options.add_argument("--processes", type=int, default=1)
    o = options.parse_args()
    torch.set_num_threads(1)
    o.out.mkdir(parents=True, exist_ok=True)
    work = [(o.out / f"{n % o.shards:03d}", o.seed, n, o.tiles, o.most) for n in range(o.first, o.first + o.shards * o.rounds)]
    with multiprocessing.get_context("fork").Pool(o.processes) as pool:
        for number, pages in pool.imap_unordered(write, work):
            print(f"shard {number}, {pages} pages", flush=True)


def write(arguments):
    return write_shard(*arguments)


if __name__ == "__main__":
    main()
