"""Phases 2 and 3: the decoder learns to answer.

Phase 2 (--source symbols) replaces the tower by a table that spells out each cell's characters, so a page needs no
pixels and costs no vision: the decoder learns to find and to copy. Phase 3 (--source pixels) puts the real tower under it.

    python3 train_answers.py --source symbols --state /tmp/traindata/decoder
    python3 train_answers.py --source pixels --state /tmp/traindata/joint --from /tmp/traindata/decoder /tmp/traindata/tower
"""
import argparse
import math
import os
import time
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from torch import nn

import copying
import hd
import state
from model import Segment, XComposer, initialise
from optimizer import optimizers, set_rate
from sizes import BY_NAME
from stream import Wishes, batches
from symbols import STD, SymbolTable
from tokenizer import Tokenizer


class Trainee(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.core = XComposer(sizes)
        initialise(self.core)
        self.symbols = SymbolTable(sizes.hidden_size)
        embeddings = self.core.model.tok_embeddings.weight
        nn.init.normal_(embeddings, std=STD / 2)
        copying.begin(self.core, self.symbols)

    def image_vectors(self, batch, noise):
        """(pages, tokens, hidden)."""
        device = self.core.output.weight.device
        if batch.labels:
            vectors = self.symbols.image(*(torch.from_numpy(a).to(device) for a in batch.labels))
            return vectors + noise * STD * torch.randn_like(vectors) if noise else vectors
        pixels = hd.normalise(torch.from_numpy(numpy.stack(batch.pictures)).to(device))
        return self.core.image_tokens(hd.split(pixels), *batch.tiles, batch=64)


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


def answer_loss(trainee, batch, system_ids, noise=0.0):
    """Mean loss over the answers' tokens; the share of them right; for each answer whether every token was."""
    core = trainee.core
    device = core.output.weight.device
    embed = core.model.tok_embeddings
    segments = [Segment(embed(torch.tensor([system_ids], device=device))),
                Segment(trainee.image_vectors(batch, noise), 0, True)]
    segments += [Segment(embed(torch.from_numpy(ids).to(device)), 1) for ids, _ in batch.rows]
    states, _ = core.model(segments, range(2, len(segments)))
    losses, right, exact = [], [], []
    for number, (_, targets) in enumerate(batch.rows, 2):
        targets = torch.from_numpy(targets).to(device)
        used = targets >= 0
        logits = core.output(states[number][used]).float()
        hit = torch.ones_like(used)
        hit[used] = logits.argmax(-1) == targets[used]
        losses.append(F.cross_entropy(logits, targets[used], reduction="none"))
        right.append(hit[used].float())
        exact += hit.all(1).tolist()
    return torch.cat(losses).mean(), float(torch.cat(right).mean()), exact, [float(r.mean()) for r in right]


def parse():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--source", choices=("symbols", "pixels"), required=True)
    options.add_argument("--state", type=Path, required=True)
    options.add_argument("--from", dest="origins", type=Path, nargs="*", default=[], help="states to start from, later ones win")
    options.add_argument("--size", choices=BY_NAME, default="small")
    options.add_argument("--device", default="cpu")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--workers", type=int, default=0, help="processes that prepare batches")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--steps", type=int, default=4000, help="length of the whole schedule")
    options.add_argument("--stop", type=int, default=None, help="stop at this step (a slice of the schedule)")
    options.add_argument("--minutes", type=float, default=None, help="stop after so many minutes")
    options.add_argument("--pages", type=int, default=4, help="pages in a step")
    options.add_argument("--tokens", type=int, default=800, help="image tokens of the largest page taken")
    options.add_argument("--kinds", default="", help="kinds of documents, comma between; all by default")
    options.add_argument("--questions", type=int, default=16, help="short questions about each page")
    options.add_argument("--transcriptions", type=int, default=3, help="long answers about each page")
    options.add_argument("--captions", type=float, default=0.1, help="share of captions among the long answers")
    options.add_argument("--smallest", type=float, default=11.0, help="body text in pixels after the transform")
    options.add_argument("--largest", type=float, default=30.0)
    options.add_argument("--system", type=int, default=None, help="tokens of the system text, the first so many; all by default")
    options.add_argument("--noise", type=float, default=0.0, help="noise on the symbols' vectors, in their own size")
    options.add_argument("--rate", type=float, default=1.5e-3)
    options.add_argument("--pidfile", type=Path, default=None)
    return options.parse_args()


def main():
    o = parse()
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
    both = optimizers(trained.items(), o.rate)
    system_ids = Tokenizer().system_ids()[:o.system]
    print(f"from step {step}, {len(new)} new tensors, {sum(p.numel() for p in trained.values()) / 1e6:.2f} M", flush=True)
    wishes = Wishes(o.seed, o.source == "pixels", o.pages, o.tokens, tuple(k for k in o.kinds.split(",") if k), o.questions,
                    o.transcriptions, o.captions, o.smallest, o.largest)
    last, first = o.stop or o.steps, step
    slice_ = state.Slice(last, o.minutes)
    seen, kinds, begun, busy = [], {}, time.time(), time.process_time()
    for batch in batches(step, last, wishes, o.workers):
        set_rate(both, o.rate * min(1.0, (step - first + 1) / 30) *
                 max(0.03, 0.5 * (1 + math.cos(math.pi * min(1, step / o.steps)))))
        with torch.autocast(o.device.split(":")[0], torch.bfloat16):
            loss, right, exact, parts = answer_loss(trainee, batch, system_ids, o.noise)
        trainee.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(trained.values(), 1.0)
        for optimizer in both:
            optimizer.step()
        step += 1
        seen.append((float(loss), right, parts[0], parts[-1]))
        for kind, hit in zip(batch.kinds, exact):
            kinds.setdefault(kind, []).append(hit)
        if step % 25 == 0:
            shares = " ".join(f"{k} {numpy.mean(v):.2f}" for k, v in sorted(kinds.items()))
            loss, right, short, long = numpy.mean(seen, 0)
            spent = (time.time() - begun) / len(seen), (time.process_time() - busy) / len(seen)
            print(f"step {step} loss {loss:.4f} tokens {right:.4f} short {short:.4f} long {long:.4f} {spent[0] * 1000:.0f} ms, cpu {spent[1] * 1000:.0f} ms "
                  f"| exact {shares}", flush=True)
            seen, kinds, begun, busy = [], {}, time.time(), time.process_time()
        over = slice_.over(step)
        if step % 100 == 0 or over:
            state.save(o.state, trainee.state_dict(), {"step": step, "size": o.size, "source": o.source})
        if over:
            break


if __name__ == "__main__":
    main()
