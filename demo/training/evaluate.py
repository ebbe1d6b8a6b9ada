"""Answers the questions of held-out pages with a checkpoint and prints ANLS by kind of question.

    python3 evaluate.py ../checkpoint --pages 100 --hd 25
    python3 evaluate.py ../checkpoint --pages 100 --hd auto     (smallest at which the text is legible)
"""
import argparse
import json
import random
from pathlib import Path

import torch

import checkpoint
import hd
from model import Generation, Segment
from pages import make_page
from questions import CAPTION
from scoring import anls, facts_right
from tokenizer import STOP_IDS, Tokenizer
from stream import image_tokens, readable_hd_nums

HELD_OUT_SEED = 20_000_001


def answers(model, tokenizer, image, hd_num, questions, device, penalty=1.005):
    """The texts the model answers, greedy."""
    views, p = hd.views(image, hd_num)
    with torch.no_grad():
        prefix = [Segment(model.model.tok_embeddings(torch.tensor([tokenizer.system_ids()], device=device))),
                  Segment(model.image_tokens(views[None].to(device), *p.tiles), 0, True)]
    generation = Generation(model, prefix)
    return [tokenizer.decode(generation.answer(tokenizer.question_ids(q), STOP_IDS, 120, penalty)) for q in questions]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("checkpoint", type=Path)
    options.add_argument("--pages", type=int, default=100)
    options.add_argument("--hd", default="25", help="a number, or auto")
    options.add_argument("--kinds", default="")
    options.add_argument("--seed", type=int, default=HELD_OUT_SEED)
    options.add_argument("--longest", type=int, default=1600)
    options.add_argument("--questions", type=int, default=100, help="questions a page at most")
    options.add_argument("--tokens", type=int, default=10 ** 6, help="pages with more image tokens are passed over")
    options.add_argument("--captions", action="store_true")
    options.add_argument("--device", default="cpu")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--json", type=Path, default=None, help="write every answer here")
    o = options.parse_args()
    torch.set_num_threads(o.threads)
    model, tokenizer = checkpoint.load(o.checkpoint, o.device).eval(), Tokenizer()
    scores, exact, facts, rows, index, done = {}, {}, [], [], 0, 0
    while done < o.pages:
        rng = random.Random(f"held out {o.seed} {index}")
        kind = rng.choice(o.kinds.split(",")) if o.kinds else None
        page = make_page(o.seed, index, kind, longest=o.longest)
        index += 1
        hd_num = next(iter(readable_hd_nums(page)), None) if o.hd == "auto" else int(o.hd)
        if not hd_num or image_tokens(hd.plan(page.width, page.height, hd_num).tiles) > o.tokens:
            continue
        done += 1
        chosen = rng.sample(page.questions, min(o.questions, len(page.questions)))
        asked = [q for q, *_ in chosen] + ([rng.choice(CAPTION)] if o.captions else [])
        texts = answers(model, tokenizer, page.image, hd_num, asked, o.device)
        for (question, expected, kind), text in zip(chosen, texts):
            scores.setdefault(kind, []).append(anls(text, expected))
            exact.setdefault(kind, []).append(text == expected)
            rows.append({"page": index - 1, "kind": page.kind, "hd_num": hd_num, "question": question, "expected": expected,
                         "answer": text})
        if o.captions:
            facts.append(facts_right(texts[-1], page.facts))
    everything = [s for v in scores.values() for s in v]
    for kind in sorted(scores):
        print(f"{kind:10s} {len(scores[kind]):5d}  ANLS {sum(scores[kind]) / len(scores[kind]):.3f}  "
              f"exact {sum(exact[kind]) / len(exact[kind]):.3f}")
    print(f"{'all':10s} {len(everything):5d}  ANLS {sum(everything) / len(everything):.3f}  "
          f"exact {sum(map(sum, exact.values())) / len(everything):.3f}")
    if facts:
        print(f"captions: {sum(facts) / len(facts):.3f} of the facts, {len(facts)} pages")
    if o.json:
        o.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
