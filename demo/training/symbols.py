"""What a merged cell should say to the decoder, fixed before any training.

The vector of a cell is the sum, over the slots of the cell, of the character's vector turned by the slot's rotation, and of
the vector of the cell's place in its tile. The character vectors are also the decoder's embedding rows of these characters
and stay fixed in phases 1 and 2, so that tower and decoder can be trained apart, at the same time, and still fit together;
and since all characters share the rotations, what the decoder learns about copying one character holds for all.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

import hd
from tokenizer import character_ids

CLASSES = len(hd.ALPHABET) + 1
EMBEDDING_STD = 0.3


class SymbolTable(nn.Module):
    """Slot s of the upper half turns by R^s (R rotates pairs of coordinates by angles between 0 and pi); the lower half has
    its coordinates shuffled and signs changed besides. No parameters."""

    def __init__(self, hidden):
        super().__init__()
        generator = torch.Generator().manual_seed(1)
        characters = torch.randn(CLASSES - 1, hidden, generator=generator) * EMBEDDING_STD
        angles = ((torch.arange(hidden // 2) + 0.5) * math.pi / (hidden // 2))[torch.randperm(hidden // 2, generator=generator)]
        turn = torch.arange(hd.SLOTS)[:, None, None] * angles
        first, second = characters.chunk(2, -1)
        upper = torch.cat((first * turn.cos() - second * turn.sin(), second * turn.cos() + first * turn.sin()), -1)
        lower = upper[..., torch.randperm(hidden, generator=generator)] * \
            (torch.randint(0, 2, (hidden,), generator=generator) * 2.0 - 1)
        table = torch.cat((upper, lower))
        none = torch.zeros_like(table[:, :1])
        places = torch.randn(12, 12, hidden, generator=generator) * EMBEDDING_STD / 2
        separators = torch.randn(2, hidden, generator=generator) * EMBEDDING_STD
        for name, value in (("characters", characters), ("table", torch.cat((none, table), 1)), ("places", places),
                            ("separators", separators)):   # separators: sub, glb
            self.register_buffer(name, value, persistent=False)

    def cells(self, labels, row=0, column=0):
        """(views, rows, columns, 2*SLOTS) character indices, a window of a tile from (row, column), to (..., hidden)."""
        labels = labels.long()
        index = torch.where(labels < hd.IGNORED, labels, 0) + torch.arange(labels.shape[-1], device=labels.device) * CLASSES
        named = F.embedding_bag(index.flatten(0, -2), self.table.flatten(0, 1), mode="sum").unflatten(0, labels.shape[:-1])
        return named + self.places[row:row + labels.shape[1], column:column + labels.shape[2]]

    def image(self, overviews, grids):
        """Labels of the global views (B, 12, 12, slots) and of the tile maps (B, H, W, slots) to vectors (B, tokens, hidden)."""
        pages, height, width, slots = grids.shape
        rows, columns = height // 12, width // 12
        tiles = grids.view(pages, rows, 12, columns, 12, slots).transpose(2, 3).flatten(0, 2)
        cells = self.cells(tiles).view(pages, rows, columns, 12, 12, -1).transpose(2, 3).reshape(pages, height, width, -1)
        sub, glb = self.separators
        parts = [torch.cat((x, sub.expand(*x.shape[:2], 1, -1)), 2).flatten(1, 2) for x in (self.cells(overviews), cells)]
        return torch.cat((parts[0], glb.expand(pages, 1, -1), parts[1]), 1)

    def fix(self, embeddings):
        """Puts the character vectors into the decoder's embedding rows."""
        with torch.no_grad():
            embeddings[character_ids()] = self.characters.to(embeddings.dtype)
