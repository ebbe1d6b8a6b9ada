"""Training state in a folder: tensors in safetensors files of at most 15 MB each, and a small JSON of counters."""
import json
import os
import signal
import time
from pathlib import Path

import safetensors_file

LIMIT = 15_000_000


def save(folder, tensors, counters):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    parts, size = [{}], 0
    for name, t in tensors.items():
        t = t.detach().cpu()
        bytes_ = t.numel() * t.element_size()
        if parts[-1] and size + bytes_ > LIMIT:
            parts.append({})
            size = 0
        parts[-1][name] = t
        size += bytes_
    for number, part in enumerate(parts):
        path = folder / f"state-{number:02d}.safetensors"
        safetensors_file.write(f"{path}.tmp", part)
        os.replace(f"{path}.tmp", path)
    for path in folder.glob("state-*.safetensors"):
        if int(path.name[6:8]) >= len(parts):
            path.unlink()
    (folder / "state.json").write_text(json.dumps(counters, indent=1) + "\n")


def load(folder):
    """(tensors, counters), or ({}, {}) where nothing was saved."""
    folder = Path(folder)
    if not (folder / "state.json").exists():
        return {}, {}
    tensors = {}
    for path in sorted(folder.glob("state-*.safetensors")):
        tensors.update(safetensors_file.read(path))
    return tensors, json.loads((folder / "state.json").read_text())


def load_into(module, tensors):
    """Copies every tensor whose name and shape fit; returns the names that were not found."""
    own = module.state_dict()
    fitting = {k: t.float() for k, t in tensors.items() if k in own and own[k].shape == t.shape}
    module.load_state_dict(fitting, strict=False)
    return sorted(set(own) - set(fitting))


class Slice:
    """When to end: at a step, after some minutes, or when the process is asked to terminate; the state is saved then."""

    def __init__(self, last, minutes):
        self.last, self.asked = last, False
        self.until = time.time() + minutes * 60 if minutes is not None else float("inf")
        signal.signal(signal.SIGTERM, self.ask)

    def ask(self, *_):
        self.asked = True

    def over(self, step):
        return self.asked or step >= self.last or time.time() > self.until
