"""Holds model.py and hd.py to the golden answers of the published code.

    python3 check_golden.py ../../golden
"""
import json
import sys
from pathlib import Path

import torch
from PIL import Image

import checkpoint
import hd
from model import Generation, Segment


def main(golden):
    torch.set_num_threads(2)
    model = checkpoint.load(golden / "checkpoint_f32_safetensors").eval()
    wrong = checked = 0
    for case in json.loads((golden / "cases.json").read_text())["cases"]:
        if "first_step_top_logits" not in case.get("rounds", [{}])[0] or not all((golden / "images" / name).exists() for name in case["images"]):
            continue
        prefix, images = [], list(case["images"])
        first = case["rounds"][0]
        with torch.no_grad():
            parts = first["prompt_segments"]
            for part in parts[:-1]:
                parent = len(prefix) - 1 if prefix else None
                if "ids" in part:
                    prefix.append(Segment(model.model.tok_embeddings(torch.tensor([part["ids"]])), parent))
                else:
                    views, p = hd.views(Image.open(golden / "images" / images.pop(0)).convert("RGB"), case["hd_num"])
                    prefix.append(Segment(model.image_tokens(views[None], *p.tiles), parent, True))
            if not prefix:
                continue
            generation = Generation(model, prefix)
            last = parts[-1]["ids"]
            logits = generation.logits(last, generation.length, [None] * len(model.model.layers))
        off = max(abs(float(logits[i]) - value) for i, value in
                  ((e["id"], e["logit"]) if isinstance(e, dict) else e for e in first["first_step_top_logits"]))
        checked += 1
        line = f"{case['id']:28s} logits within {off:.1e}"
        for run in first["runs"]:
            if run["num_beams"] == 1 and case.get("style") != "eval":
                stop = {2, model.sizes.vocab_size - 2}
                ids = generation.answer(last, stop, run["max_new_tokens"], run["repetition_penalty"])
                same = ids == run["output_ids"]
                wrong += not same
                line += f", {run['name']} {'equal' if same else 'DIFFERENT'}"
        wrong += off > 1e-3
        print(line, flush=True)
    print(f"{checked} cases, {wrong} wrong")
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main(Path(sys.argv[1]))))
