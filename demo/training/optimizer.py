"""Two ways of descending: matrices by Muon, all else by AdamW.

Muon steps in the direction of the gradients' running mean with all singular values made equal, by a few Newton-Schulz
iterations in bfloat16; its steps are scaled to the size of AdamW's, so that one rate serves both.
"""
import torch

MOMENTUM = 0.95


def orthogonal(g, rounds=5):
    """The matrix nearest to an orthogonal one in g's directions, roughly: singular values between 0.7 and 1.2."""
    x = g.bfloat16()
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(rounds):
        a = x @ x.T
        x = 3.4445 * x + (-4.775 * a + 2.0315 * a @ a) @ x
    return (x.T if tall else x).float()


class Muon(torch.optim.Optimizer):
    def __init__(self, parameters, lr):
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                mean = self.state[p].setdefault("mean", torch.zeros_like(p))
                mean.lerp_(p.grad, 1 - MOMENTUM)
                towards = p.grad.lerp(mean, MOMENTUM).flatten(1)
                size = 0.2 * max(towards.shape) ** 0.5
                p.add_(orthogonal(towards).view_as(p), alpha=-group["lr"] * size)


def is_matrix(name, p):
    return p.dim() > 1 and min(p.flatten(1).shape) >= 64 and not any(part in name for part in ("embedding", "output", "GN"))


def optimizers(named, rate):
    """[Muon, AdamW] over the named parameters."""
    named = list(named)
    matrices = [p for n, p in named if is_matrix(n, p)]
    rest = [(n, p) for n, p in named if not is_matrix(n, p)]
    groups = [{"params": [p for _, p in rest if p.dim() > 1], "weight_decay": 0.01},
              {"params": [p for _, p in rest if p.dim() < 2], "weight_decay": 0.0}]
    return [Muon(matrices, rate), torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))]


def set_rate(both, rate):
    for optimizer in both:
        for group in optimizer.param_groups:
            group["lr"] = rate
