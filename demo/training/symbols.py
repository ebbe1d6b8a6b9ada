"""What a merged cell should say to the decoder, fixed before any training.

A cell's vector is a sum of parts that stand in places of their own:

- its line of print, character by character, with the last two characters of the cell to its left in front, so that what
  follows a character can be read from one cell: CODE numbers for each of the -2..5th characters;
- a second line of print, where the cell shows two, in the same way but turned to other directions;
- the known word that begins in the cell (a label such as "Total"), whether print begins here after a gap, and the cell's row
  and column in its tile.

Since tower and decoder both know these vectors they can be trained apart, at the same time, and still fit together.
"""
import torch
import torch.nn.functional as F
from torch import nn

import hd
from lexemes import LEXEMES
from tokenizer import character_ids, lexeme_ids

CLASSES = len(hd.ALPHABET) + 1
CODE, BEFORE, WORD, PLACE = 16, 2, 40, 12
SPOTS = BEFORE + hd.SLOTS
HIDDEN = 256
LINE, SPREAD = SPOTS * CODE, 192      # numbers of a line; a second line is spread over the first 192
WORD_AT, PLACE_AT = SPREAD, SPREAD + WORD
STD = 0.5


def spread_codes(count, size, generator, tries=300):
    """`count` vectors of norm sqrt(size), each the least similar of some tries to those before it."""
    codes = F.normalize(torch.randn(1, size, generator=generator), dim=-1)
    while len(codes) < count:
        drawn = F.normalize(torch.randn(tries, size, generator=generator), dim=-1)
        best = (drawn @ codes.T).max(-1).values.argmin()
        codes = torch.cat((codes, drawn[best:best + 1]))
    return codes * size ** 0.5


class SymbolTable(nn.Module):
    """No parameters."""

    def __init__(self, hidden=HIDDEN):
        super().__init__()
        if hidden != HIDDEN:
            raise ValueError(f"hidden size {hidden}: the symbols are laid out for {HIDDEN}")
        generator = torch.Generator().manual_seed(1)
        characters = spread_codes(CLASSES - 1, CODE, generator) * STD
        words = spread_codes(len(LEXEMES), WORD, generator) * STD
        words[:, 0] = 1.5 * STD                                                            # there is a word
        turn = torch.linalg.qr(torch.randn(SPREAD, LINE, generator=generator)).Q.T      # (LINE, SPREAD)
        first = torch.zeros(SPOTS, CLASSES, hidden)
        for spot in range(SPOTS):
            first[spot, 1:, spot * CODE:(spot + 1) * CODE] = characters
        second = torch.zeros_like(first)
        second[..., :SPREAD] = first[..., :LINE] @ turn
        word = torch.zeros(len(LEXEMES) + 1, hidden)
        word[1:, WORD_AT:PLACE_AT] = words
        places = torch.zeros(12, 12, hidden)
        rows, columns = (spread_codes(12, PLACE, generator) * STD for _ in range(2))
        places[..., PLACE_AT:PLACE_AT + PLACE], places[..., PLACE_AT + PLACE:] = rows[:, None], columns[None]
        places[..., -2:] = torch.tensor([0, 2 * STD])                                      # the last: here is an image
        begins = torch.zeros(hidden)
        begins[-2] = 2 * STD                                                               # here begins a run of print
        separators = torch.randn(2, hidden, generator=generator) * STD
        for name, value in (("characters", characters), ("words", words), ("table", torch.cat((first, second))),
                            ("word_table", word), ("places", places), ("begins", begins), ("separators", separators), ("turn", turn)):   # separators: sub, glb
            self.register_buffer(name, value, persistent=False)

    @staticmethod
    def spots(labels):
        """hd's labels (views, rows, columns, 2*SLOTS + 1) to character indices (views, rows, columns, 2, SPOTS): the only or
        upper line first. Ignored halves are empty."""
        halves = labels[..., :2 * hd.SLOTS].long().unflatten(-1, (2, hd.SLOTS))
        halves = torch.where((halves == hd.IGNORED).any(-1, keepdim=True), 0, halves)
        count = (halves > 0).sum(-1, keepdim=True)
        tail = [halves.gather(-1, (count - back).clamp(min=0)) * (count >= back) for back in (2, 1)]
        left = F.pad(torch.cat(tail, -1)[:, :, :-1], (0, 0, 0, 0, 1, 0))
        lines = torch.cat((torch.where(count > 0, left, 0), halves), -1)
        only_lower = (count[..., 0, :] == 0)[..., None]
        return torch.where(only_lower, lines.flip(-2), lines)

    def cells(self, labels, row=0, column=0):
        """Labels of a window of a tile from (row, column), to (..., hidden)."""
        spots = self.spots(labels)
        begins = (spots[..., 0, BEFORE] > 0) & (spots[..., 0, :BEFORE] == 0).all(-1)
        spots = spots.flatten(-2)
        index = spots + torch.arange(2 * SPOTS, device=labels.device) * CLASSES
        named = F.embedding_bag(index.flatten(0, -2), self.table.flatten(0, 1), mode="sum").unflatten(0, labels.shape[:-1])
        return named + self.word_table[labels[..., -1].long()] + begins[..., None] * self.begins + \
            self.places[row:row + labels.shape[1], column:column + labels.shape[2]]

    def image(self, overviews, grids):
        """Labels of the global views (B, 12, 12, slots) and of the tile maps (B, H, W, slots) to vectors (B, tokens, hidden)."""
        pages, height, width, slots = grids.shape
        rows, columns = height // 12, width // 12
        tiles = grids.view(pages, rows, 12, columns, 12, slots).transpose(2, 3).flatten(0, 2)
        cells = self.cells(tiles).view(pages, rows, columns, 12, 12, -1).transpose(2, 3).reshape(pages, height, width, -1)
        sub, glb = self.separators
        parts = [torch.cat((x, sub.expand(*x.shape[:2], 1, -1)), 2).flatten(1, 2) for x in (self.cells(overviews), cells)]
        return torch.cat((parts[0], glb.expand(pages, 1, -1), parts[1]), 1)

    def start(self, embeddings, output, now, said):
        """Puts the codes of characters and known words into the decoder's embedding rows (a character's at `now`), and those
        that the output asks for at `said`, where training begins."""
        with torch.no_grad():
            ids = character_ids()
            embeddings[ids] *= 0.1
            embeddings[ids, now:now + CODE] = self.characters
            embeddings[lexeme_ids(), WORD_AT:PLACE_AT] = self.words
            output[ids, said:said + CODE] += self.characters * 0.6
