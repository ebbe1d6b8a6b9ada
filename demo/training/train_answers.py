"""Phases 2 and 3: the decoder learns to answer.

Phase 2 (--source symbols) replaces the tower by a table that spells out each cell's characters, so a page needs no
pixels and costs no vision: the decoder learns to find and to copy. Phase 3 (--source pixels) puts the real tower under it.

    python3 train_answers.py --source symbols --state /tmp/traindata/decoder
    python3 train_answers.py --source pixels --state /tmp/traindata/joint --from /tmp/traindata/decoder /tmp/traindata/tower
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
from model import Segment, XComposer, initialise
from pages import make_page
from questions import asked
from sizes import BY_NAME
from symbols import EMBEDDING_STD, SymbolTable
from tokenizer import Tokenizer

HD_NUMS = [1, 2, 3, 4, 6, 8, 9, 12, 16, 20, 25]


class Trainee(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.core = XComposer(sizes)
        initialise(self.core)
        self.symbols = SymbolTable(sizes.hidden_size)
        embeddings = self.core.model.tok_embeddings.weight
        nn.init.normal_(embeddings, std=EMBEDDING_STD)
        self.symbols.fix(embeddings)
        self.core.output.weight.data.copy_(embeddings.data * 0.02 / EMBEDDING_STD)


def from_states(folders):
    """Tensors of several states under a trainee's names; those of a tower's state are put in their place."""
    tensors = {}
    for folder in folders:
        for name, t in state.load(folder)[0].items():
            if name.startswith("tower."):
                name = f"core.vit.vision_tower.vision_model.{name[6:]}"
            elif name.startswith(("vision_proj.", "plora_")):
                name = f"core.{name}"
            tensors[name] = t
    return tensors


def readable_hd(page, rng, smallest=11.0, largest=30.0):
    """A small hd_num at which the body text is legible, or None."""
    body = sorted(g.size for g in page.glyphs)[len(page.glyphs) // 2]
    fitting = [n for n in HD_NUMS
               if smallest <= body * hd.plan(page.width, page.height, n).resized[1] / page.height <= largest]
    return fitting[min(len(fitting) - 1, int(rng.expovariate(1.2)))] if fitting else None


def sample(seed, index, o):
    """(page, hd_num) of the training stream."""
    rng = random.Random(f"answers {seed} {index}")
    while True:
        page = make_page(seed, rng.randrange(10 ** 9), rng.choice(o.kinds.split(",")) if o.kinds else None,
                         drawn=o.source == "pixels")
        hd_num = readable_hd(page, rng)
        if hd_num:
            rows, columns = hd.plan(page.width, page.height, hd_num).tiles
            if (rows * columns + 1) * 144 <= o.tokens:
                return page, hd_num, rng


def branches(items, tokenizer, model):
    """Questions and answers as one padded batch: embeddings (B, L, hidden), targets (B, L) with -1 where none."""
    rows = []
    for question, answer, _ in items:
        prompt, reply = tokenizer.question_ids(question), tokenizer.answer_ids(answer)
        rows.append((prompt + reply[:-1], [-1] * (len(prompt) - 1) + reply))
    longest = max(len(ids) for ids, _ in rows)
    device = model.output.weight.device
    ids = torch.tensor([i + [0] * (longest - len(i)) for i, _ in rows], device=device)
    targets = torch.tensor([t + [-1] * (longest - len(t)) for _, t in rows], device=device)
    return model.model.tok_embeddings(ids), targets


def image_vectors(trainee, page, hd_num, source, device):
    if source == "symbols":
        labels = hd.page_labels(page.glyphs, (page.width, page.height), hd.plan(page.width, page.height, hd_num))
        return trainee.symbols.image(*(torch.from_numpy(a).to(device) for a in labels))
    views, p = hd.views(page.image, hd_num)
    return trainee.core.image_tokens(views.to(device), *p.tiles)


def step_loss(trainee, chosen, tokenizer, o):
    """Mean loss over the answers' tokens of some pages, with per-kind counts of answers right to the last token."""
    core = trainee.core
    segments = [Segment(core.model.tok_embeddings(torch.tensor([tokenizer.system_ids()], device=o.device)))]
    wanted, kinds = [], []
    for page, hd_num, rng in chosen:
        segments.append(Segment(image_vectors(trainee, page, hd_num, o.source, o.device), 0, True))
        items = asked(page, rng, o.questions, o.captions, o.readings)
        x, targets = branches(items, tokenizer, core)
        segments.append(Segment(x, len(segments) - 1))
        wanted.append((len(segments) - 1, targets))
        kinds += [kind for *_, kind in items]
    states, _ = core.model(segments, [i for i, _ in wanted])
    total, count, exact, right = 0.0, 0, [], 0
    for index, targets in wanted:
        used = targets >= 0
        logits = core.output(states[index][used]).float()
        total = total + F.cross_entropy(logits, targets[used], reduction="sum")
        count += int(used.sum())
        hit = torch.ones_like(used)
        hit[used] = logits.argmax(-1) == targets[used]
        right += int(hit[used].sum())
        exact += hit.all(1).tolist()
    return total / count, right / count, list(zip(kinds, exact))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--source", choices=("symbols", "pixels"), required=True)
    options.add_argument("--state", type=Path, required=True)
    options.add_argument("--from", dest="origins", type=Path, nargs="*", default=[], help="states to start from, later ones win")
    options.add_argument("--size", choices=BY_NAME, default="small")
    options.add_argument("--device", default="cpu")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--steps", type=int, default=4000)
    options.add_argument("--stop", type=int, default=None)
    options.add_argument("--pages", type=int, default=4, help="pages in a step")
    options.add_argument("--tokens", type=int, default=800, help="image tokens of the largest page taken")
    options.add_argument("--kinds", default="", help="kinds of documents, comma between; all by default")
    options.add_argument("--questions", type=int, default=6)
    options.add_argument("--captions", type=float, default=0.4)
    options.add_argument("--readings", type=int, default=6)
    options.add_argument("--rate", type=float, default=1.5e-3)
    options.add_argument("--pidfile", type=Path, default=None)
    o = options.parse_args()
    if o.pidfile:
        o.pidfile.write_text(str(os.getpid()))
    torch.set_num_threads(o.threads)
    tensors, counters = state.load(o.state)
    if not counters:
        tensors = from_states(o.origins)
    step = counters.get("step", 0)
    torch.manual_seed(step + 1)
    trainee = Trainee(BY_NAME[o.size]).to(o.device)
    new = state.load_into(trainee, tensors)
    trained = {n: p for n, p in trainee.named_parameters()
               if o.source == "pixels" or not n.startswith(("core.vit", "core.vision_proj", "core.plora"))}
    optimizer = torch.optim.AdamW([{"params": [p for n, p in trained.items() if p.dim() > 1], "weight_decay": 0.01},
                                   {"params": [p for n, p in trained.items() if p.dim() < 2], "weight_decay": 0.0}],
                                  lr=o.rate, betas=(0.9, 0.98))
    tokenizer = Tokenizer()
    print(f"from step {step}, {len(new)} new tensors, {sum(p.numel() for p in trained.values()) / 1e6:.2f} M", flush=True)
    first, seen, kinds, begun, busy = step, [], [], time.time(), time.process_time()
    while step < (o.stop or o.steps):
        rate = o.rate * min(1.0, (step - first + 1) / 100) * max(0.03, 0.5 * (1 + math.cos(math.pi * min(1, step / o.steps))))
        for group in optimizer.param_groups:
            group["lr"] = rate
        chosen = [sample(o.seed, step * o.pages + i, o) for i in range(o.pages)]
        with torch.autocast(o.device.split(":")[0], torch.bfloat16):
            loss, right, exact = step_loss(trainee, chosen, tokenizer, o)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(trained.values(), 1.0)
        optimizer.step()
        if o.source == "symbols":
            trainee.symbols.fix(trainee.core.model.tok_embeddings.weight)
        step += 1
        seen.append((float(loss), right))
        kinds += exact
        if step % 25 == 0:
            by_kind = {}
            for kind, hit in kinds:
                by_kind.setdefault(kind, []).append(hit)
            shares = " ".join(f"{k} {numpy.mean(v):.2f}" for k, v in sorted(by_kind.items()))
            print(f"step {step} loss {numpy.mean([a for a, _ in seen]):.4f} tokens {numpy.mean([b for _, b in seen]):.4f} "
                  f"{(time.time() - begun) / len(seen) * 1000:.0f} ms, "
                  f"cpu {(time.process_time() - busy) / len(seen) * 1000:.0f} ms | exact {shares}", flush=True)
            seen, kinds, begun, busy = [], [], time.time(), time.process_time()
        if step % 250 == 0 or step == (o.stop or o.steps):
            state.save(o.state, trainee.state_dict(), {"step": step, "size": o.size, "source": o.source})


if __name__ == "__main__":
    main()
