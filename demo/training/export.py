"""Writes a training state as a checkpoint in hub layout.

    python3 export.py --state /tmp/traindata/joint --out ../checkpoint
"""
import argparse
from pathlib import Path

import torch

import checkpoint
import state
import tokenizer
from sizes import BY_NAME
from train_answers import Trainee, from_states


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--state", type=Path, nargs="+", required=True, help="later ones win")
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--dtype", choices=("bfloat16", "float32"), default="bfloat16")
    o = options.parse_args()
    trainee = Trainee(BY_NAME[state.load(o.state[-1])[1]["size"]])
    absent = state.load_into(trainee, from_states(o.state))
    if absent:
        raise SystemExit(f"no state given holds {', '.join(absent[:5])} ({len(absent)} tensors)")
    checkpoint.save(trainee.core, o.out, getattr(torch, o.dtype))
    tokenizer.write_files(o.out)
    print(f"{sum(p.numel() for p in trainee.core.parameters()) / 1e6:.2f} M parameters, "
          f"{(o.out / 'model.safetensors').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
