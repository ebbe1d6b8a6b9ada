"""Where the tower's training begins: it sees each patch whole and looks at its neighbours.

Drawn at random, a vision transformer spends its first hours on finding out which patches lie side by side. Here the patch
embedding begins as the patch's cosine transform, each frequency brought to about the same size, the position embedding as
waves over row and column, and the heads of each layer as looks to the left, right, up and down. Everything may change.
"""
import math

import torch

PLACES = 32                                       # numbers of a patch that say where it is
SIDES = ((0, -1), (0, 1), (-1, 0), (1, 0))        # rows down, columns right
FARTHER = ((0, -2), (0, 2), (0, -1), (0, 1))
SHARPNESS = 1.7


def begin(tower):
    with torch.no_grad():
        embeddings = tower.embeddings
        cosines(embeddings.patch_embedding.weight)
        frequencies = 2.2 * 0.6 ** torch.arange(PLACES // 4)
        places(embeddings.position_embedding.weight, frequencies)
        for number, layer in enumerate(tower.encoder.layers):
            for head, (down, right) in enumerate(FARTHER if number % 4 == 3 else SIDES):
                look(layer.self_attn, head, down, right, frequencies)


def cosines(weight):
    """Filters (width, 3, 14, 14): the lowest frequencies of the grey patch, none for the numbers of the place."""
    size = weight.shape[-1]
    n = torch.arange(size) + 0.5
    waves = torch.stack([torch.cos(math.pi * u * n / size) * (2 if u else 1) ** 0.5 for u in range(size)]) / size ** 0.5
    order = sorted((u + v, abs(u - v), u, v) for u in range(size) for v in range(size))
    weight.zero_()
    for number, (total, _, u, v) in enumerate(order[:len(weight) - PLACES]):
        gain = math.exp(0.8 * total / 6) / 3 if total else 1 / 12    # print has e^(-(u+v)/6) times less of the high ones
        weight[number] = gain / 3 * torch.outer(waves[u], waves[v])


def angles(frequencies):
    """(24, frequencies) angles of rows or columns."""
    return torch.arange(24)[:, None] * frequencies


def places(weight, frequencies):
    """(577, width): sines and cosines of the row, then of the column."""
    grid = torch.zeros(24, 24, weight.shape[1])
    a, n = angles(frequencies), len(frequencies)
    for start, wave in ((-4 * n, a[:, None]), (-2 * n, a[None])):
        stop = start + 2 * n or None
        grid[..., start:stop] = torch.cat((wave.cos(), wave.sin()), -1).expand(24, 24, -1)
    weight[1:] = grid.view(576, -1)


def look(attention, head, down, right, frequencies):
    """The head attends to the patch so many rows down and columns to the right."""
    size, n = attention.q_proj.weight.shape[0] // attention.heads, len(frequencies)
    query, key = (p.weight[head * size:(head + 1) * size] for p in (attention.q_proj, attention.k_proj))
    query *= 0.1
    key *= 0.1
    for start, step in ((0, down), (2 * n, right)):
        cos, sin = (step * frequencies).cos().diag(), (step * frequencies).sin().diag()
        turn = torch.cat((torch.cat((cos, -sin), 1), torch.cat((sin, cos), 1)))
        columns = slice(start - 4 * n, start - 2 * n or None)
        query[start:start + 2 * n, columns] += SHARPNESS * turn
        key[start:start + 2 * n, columns] += SHARPNESS * torch.eye(2 * n)
