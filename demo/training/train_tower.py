"""Phase 1: the tower and the projector learn to name the characters of each merged 28 px cell (symbols.py).

Trains on windows of tiles (a window sees the position embeddings of its place), which is cheaper than whole tiles since
attention grows with the square; `--window 24` trains on whole tiles.

    python3 train_tower.py --tiles /tmp/traindata/tiles --state /tmp/traindata/tower
"""
import argparse
import math
import os
import random
import time
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from torch import nn

import hd
import looking
import state
from lexemes import LEXEMES
from model import XComposer, initialise
from optimizer import optimizers, set_rate
from sizes import BY_NAME
from symbols import BEFORE, CLASSES, CODE, LINE, PLACE_AT, SPOTS, SPREAD, STD, WORD, WORD_AT, SymbolTable



class CellReader(nn.Module):
    """Tower and projector; a character is read off the projected vector by its product with the character's own code at each
    of the places a line has, a known word by its product with the word's."""

    def __init__(self, model):
        super().__init__()
        self.tower, self.vision_proj = model.tower, model.vision_proj
        self.plora_sub_GN, self.plora_glb_GN = model.plora_sub_GN, model.plora_glb_GN
        self.symbols = SymbolTable(model.sizes.hidden_size)
        self.scale = nn.Parameter(torch.tensor(3.0))
        self.offset, self.word_offset = (nn.Parameter(torch.zeros(n)) for n in (CLASSES, len(LEXEMES) + 1))
        with torch.no_grad():   # a vector of zeros says that there is nothing
            self.offset[0], self.word_offset[0] = 0.6 * 3 * CODE * STD ** 2, 0.6 * 3 * WORD * STD ** 2

    def read(self, vectors, row, column):
        """Vectors (views, rows, columns, hidden) to logits (views, rows, columns, 2*SPOTS, classes) and those of words."""
        s = self.symbols
        own = vectors.float() - s.places[row:row + vectors.shape[1], column:column + vectors.shape[2]]
        lines = torch.cat((own[..., :LINE], own[..., :SPREAD] @ s.turn.T), -1).unflatten(-1, (2 * SPOTS, CODE))
        none = lines.new_zeros(1, CODE)
        characters = lines @ torch.cat((none, s.characters)).T * self.scale + self.offset
        words = own[..., WORD_AT:PLACE_AT] @ torch.cat((none.new_zeros(1, WORD), s.words)).T * self.scale + self.word_offset
        return characters, words

    def distance(self, vectors, labels, row, column):
        """Mean squared distance from the vectors wanted, in units of a code's variance; the separators' too."""
        wanted = self.symbols.cells(labels, row // 2, column // 2)
        known = (labels[..., :-1] != hd.IGNORED).all(-1)
        separators = self.vision_proj(torch.cat((self.plora_sub_GN[0, 0], self.plora_glb_GN[0])))
        off = F.mse_loss(vectors.float()[known], wanted[known]) + 0.05 * F.mse_loss(separators.float(), self.symbols.separators)
        return off / STD ** 2


def reading_loss(logits, words, labels):
    """Cross entropy, empty places counting a tenth; cells with characters too small not at all. Also the share of the
    characters read (those of the cell itself) and of the known words."""
    known = (labels[..., :-1] != hd.IGNORED).all(-1)
    spots, words, lexemes = SymbolTable.spots(labels)[known], words[known], labels[..., -1][known].long()
    wanted, flat = spots.flatten(), logits[known].flatten(0, -2)
    losses = F.cross_entropy(flat, wanted, reduction="none")
    weight = torch.where(wanted > 0, 1.0, 0.1)
    naming = F.cross_entropy(words, lexemes, reduction="none")
    right = (flat.argmax(-1) == wanted).view(spots.shape)[..., BEFORE:][spots[..., BEFORE:] > 0].float().mean()
    words_right = (words.argmax(-1) == lexemes)[lexemes > 0].float().mean()
    return (losses * weight).sum() / weight.sum() + naming.mean(), right, words_right


class Tiles:
    """Labelled tiles from a few of the shards that are there now; `refresh` changes one of them for another."""

    def __init__(self, folder, rng, pool, crowd):
        self.folder, self.rng, self.pool, self.crowd, self.shards = Path(folder), rng, pool, crowd, []

    def refresh(self):
        paths = sorted(self.folder.glob("**/*.images.npy"))
        if not paths:
            raise SystemExit(f"{self.folder}: no tiles there; run render_tiles.py first")
        path = self.rng.choice(paths)
        try:
            shard = numpy.load(path, mmap_mode="r"), numpy.load(str(path).replace(".images.", ".labels."))
        except (OSError, ValueError):   # being written over
            return
        self.shards = (self.shards + [shard])[-self.pool:]

    def batch(self, count, window):
        """(pixels (count, 14*window, 14*window, 3) u8, labels (count, window/2, window/2, slots), row, column in patches)."""
        row, column = (2 * self.rng.randint(0, (24 - window) // 2) for _ in range(2))
        half, each = window // 2, -(-count // len(self.shards))
        y, x, n = row * 14, column * 14, window * 14
        pixels, labels = [], []
        for images, cells in self.shards:
            cells = cells.reshape(-1, 12, 12, 2 * hd.SLOTS + 1)[:, row // 2:row // 2 + half, column // 2:column // 2 + half]
            full = ((cells[..., :-1] > 0) & (cells[..., :-1] < hd.IGNORED)).sum(-1)
            printed, crowd = (full > 0).mean((1, 2)), full.sum((1, 2)) / numpy.maximum((full > 0).sum((1, 2)), 1)
            weight = numpy.where(crowd <= self.crowd, printed, 0) ** 2 + 0.005   # much to learn in each step
            chosen = numpy.random.default_rng(self.rng.getrandbits(32)).choice(len(cells), each, p=weight / weight.sum())
            pixels.append(images[chosen, y:y + n, x:x + n])
            labels.append(cells[chosen])
        return torch.from_numpy(numpy.concatenate(pixels)), torch.from_numpy(numpy.concatenate(labels)), row, column


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tiles", type=Path, required=True)
    options.add_argument("--state", type=Path, required=True)
    options.add_argument("--size", choices=BY_NAME, default="small")
    options.add_argument("--device", default="cpu")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--steps", type=int, default=4000, help="length of the whole schedule")
    options.add_argument("--stop", type=int, default=None, help="stop at this step (a slice of the schedule)")
    options.add_argument("--minutes", type=float, default=None, help="stop after so many minutes")
    options.add_argument("--pool", type=int, default=4, help="shards a batch is drawn from")
    options.add_argument("--crowd", type=float, default=2.0 * hd.SLOTS, help="characters in a printed cell at most, on average")
    options.add_argument("--batch", type=int, default=24)
    options.add_argument("--window", type=int, default=12, help="patches along a side, even, at most 24")
    options.add_argument("--rate", type=float, default=1.5e-3)
    options.add_argument("--distance", type=float, default=0.3, help="weight of the distance from the symbols' vectors")
    options.add_argument("--pidfile", type=Path, default=None)
    o = options.parse_args()
    if o.pidfile:
        o.pidfile.write_text(str(os.getpid()))
    torch.set_num_threads(o.threads)
    tensors, counters = state.load(o.state)
    step = counters.get("step", 0)
    torch.manual_seed(step + 1)
    model = XComposer(BY_NAME[o.size])
    initialise(model)
    looking.begin(model.tower)
    reader = CellReader(model).to(o.device)
    new = state.load_into(reader, tensors)
    both = optimizers(reader.named_parameters(), o.rate)
    print(f"from step {step}, {len(new)} new tensors, {sum(p.numel() for p in reader.parameters()) / 1e6:.2f} M", flush=True)
    tiles, first, slice_ = Tiles(o.tiles, random.Random(step), o.pool, o.crowd), step, state.Slice(o.stop or o.steps, o.minutes)
    while len(tiles.shards) < o.pool:
        tiles.refresh()
    seen, begun, busy = [], time.time(), time.process_time()
    while not slice_.over(step):
        if (step - first) % 10 == 0:
            tiles.refresh()
        warm = min(1.0, (step - first + 1) / 50)
        set_rate(both, o.rate * warm * max(0.03, 0.5 * (1 + math.cos(math.pi * min(1, step / o.steps)))))
        pixels, labels, row, column = tiles.batch(o.batch, o.window)
        pixels, labels = hd.normalise(pixels.to(o.device)), labels.to(o.device)
        with torch.autocast(o.device.split(":")[0], torch.bfloat16):
            vectors = reader.vision_proj(reader.tower(pixels, row, column))
            off = reader.distance(vectors, labels, row, column)
        naming, right, words = reading_loss(*reader.read(vectors, row // 2, column // 2), labels)
        loss = naming + o.distance * off
        reader.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        for optimizer in both:
            optimizer.step()
        step += 1
        seen.append((float(naming), float(right), float(words), float(off)))
        if step % 25 == 0:
            loss, read, words, off = numpy.nanmean(seen, 0)
            spent = (time.time() - begun) / len(seen), (time.process_time() - busy) / len(seen)
            print(f"step {step} loss {loss:.4f} read {read:.4f} words {words:.3f} off {off:.4f} {spent[0] * 1000:.0f} ms, "
                  f"cpu {spent[1] * 1000:.0f} ms", flush=True)
            seen, begun, busy = [], time.time(), time.process_time()
        over = slice_.over(step)
        if step % 100 == 0 or over:
            state.save(o.state, reader.state_dict(), {"step": step, "size": o.size})
        if over:
            break


if __name__ == "__main__":
    main()
