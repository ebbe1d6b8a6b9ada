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
import state
from model import XComposer, initialise
from sizes import BY_NAME
from symbols import CLASSES, EMBEDDING_STD, SymbolTable



class CellReader(nn.Module):
    """Tower and projector; a character is read off the projected vector by its product with the symbol's own vector."""

    def __init__(self, model):
        super().__init__()
        self.tower, self.vision_proj = model.tower, model.vision_proj
        self.plora_sub_GN, self.plora_glb_GN = model.plora_sub_GN, model.plora_glb_GN
        self.symbols = SymbolTable(model.sizes.hidden_size)
        self.sharpness = nn.Parameter(torch.tensor(0.3))
        self.bias = nn.Parameter(torch.zeros(2 * hd.SLOTS, CLASSES))

    def forward(self, pixels, row=0, column=0):
        """Projected vectors (views, rows, columns, hidden) and logits (views, rows, columns, slots, classes)."""
        vectors = self.vision_proj(self.tower(pixels, row, column))
        return vectors, torch.einsum("vrch,skh->vrcsk", vectors, self.symbols.table) * self.sharpness + self.bias

    def distance(self, vectors, labels, row, column):
        """Mean squared distance from the vectors wanted, in units of their variance; the separators' too."""
        wanted = self.symbols.cells(labels, row // 2, column // 2)
        known = (labels != hd.IGNORED).all(-1)
        separators = self.vision_proj(torch.cat((self.plora_sub_GN[0, 0], self.plora_glb_GN[0])))
        off = F.mse_loss(vectors.float()[known], wanted[known]) + 0.05 * F.mse_loss(separators.float(), self.symbols.separators)
        return off / EMBEDDING_STD ** 2


def reading_loss(logits, labels):
    """Cross entropy, empty slots counting a fifth; ignored slots not at all. Also the share of characters read."""
    flat, wanted = logits.float().flatten(0, -2), labels.flatten().long()
    keep = wanted != hd.IGNORED
    losses = F.cross_entropy(flat[keep], wanted[keep], reduction="none")
    full = wanted[keep] > 0
    weight = torch.where(full, 1.0, 0.2)
    right = (flat[keep].argmax(-1) == wanted[keep])[full].float().mean()
    return (losses * weight).sum() / weight.sum(), right


class Tiles:
    """Labelled tiles from the shards that are there now."""

    def __init__(self, folder, rng):
        self.folder, self.rng = Path(folder), rng
        self.images = self.labels = None

    def next_shard(self):
        path = self.rng.choice(sorted(self.folder.glob("*.images.npy")))
        try:
            self.images = numpy.load(path, mmap_mode="r")
            self.labels = numpy.load(str(path).replace(".images.", ".labels."))
        except (OSError, ValueError):   # being written over
            time.sleep(1)
            self.next_shard()

    def batch(self, count, window):
        """(pixels (count, 3, 14*window, 14*window) f32, labels (count, window/2, window/2, slots), row, column in patches)."""
        row, column = (2 * self.rng.randint(0, (24 - window) // 2) for _ in range(2))
        half = window // 2
        cells = self.labels.reshape(-1, 12, 12, 2 * hd.SLOTS)[:, row // 2:row // 2 + half, column // 2:column // 2 + half]
        full = ((cells > 0) & (cells < hd.IGNORED)).sum((1, 2, 3))
        weight = numpy.minimum(full, 60.0) + 0.5
        chosen = numpy.random.default_rng(self.rng.getrandbits(32)).choice(len(cells), count, p=weight / weight.sum())
        y, x, n = row * 14, column * 14, window * 14
        pixels = hd.normalise(self.images[chosen, y:y + n, x:x + n])
        return pixels, torch.from_numpy(cells[chosen].copy()), row, column


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tiles", type=Path, required=True)
    options.add_argument("--state", type=Path, required=True)
    options.add_argument("--size", choices=BY_NAME, default="small")
    options.add_argument("--device", default="cpu")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--steps", type=int, default=4000, help="length of the whole schedule")
    options.add_argument("--stop", type=int, default=None, help="stop at this step (a slice of the schedule)")
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
    reader = CellReader(model).to(o.device)
    new = state.load_into(reader, tensors)
    optimizer = torch.optim.AdamW(reader.parameters(), lr=o.rate, betas=(0.9, 0.98), weight_decay=0.01)
    print(f"from step {step}, {len(new)} new tensors, {sum(p.numel() for p in reader.parameters()) / 1e6:.2f} M", flush=True)
    tiles, first = Tiles(o.tiles, random.Random(step)), step
    seen, begun, busy = [], time.time(), time.process_time()
    while step < (o.stop or o.steps):
        if (step - first) % 40 == 0:
            tiles.next_shard()
        warm = min(1.0, (step - first + 1) / 100)
        for group in optimizer.param_groups:
            group["lr"] = o.rate * warm * max(0.03, 0.5 * (1 + math.cos(math.pi * min(1, step / o.steps))))
        pixels, labels, row, column = tiles.batch(o.batch, o.window)
        pixels, labels = pixels.to(o.device), labels.to(o.device)
        with torch.autocast(o.device.split(":")[0], torch.bfloat16):
            vectors, logits = reader(pixels, row, column)
            off = reader.distance(vectors, labels, row, column)
        naming, right = reading_loss(logits, labels)
        loss = naming + o.distance * off
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimizer.step()
        step += 1
        seen.append((float(naming), float(right), float(off)))
        if step % 25 == 0:
            spent = (time.time() - begun) / len(seen)
            print(f"step {step} loss %.4f read %.4f off %.4f " % tuple(numpy.mean(seen, 0)) +
                  f"                  f"{spent * 1000:.0f} ms, cpu {(time.process_time() - busy) / len(seen) * 1000:.0f} ms", flush=True)
            seen, begun, busy = [], time.time(), time.process_time()
        if step % 250 == 0 or step == (o.stop or o.steps):
            state.save(o.state, reader.state_dict(), {"step": step, "size": o.size})


if __name__ == "__main__":
    main()
