"""Where the decoder's training begins: with a copying circuit laid by hand.

To read on, a decoder has to remember its last characters, find the cell where they stand one after the other, and take the
character behind them. Gradients find this by themselves, but after many hours of a CPU; so the first layers begin with it,
and everything may change it from there. A cell spells its line at fixed spots (symbols.py), hence one head for each spot:

- layer 0: one head looks one token back, one two tokens back; they note down the characters there (HELD); two more look back
  for the nearest known words and note those down, so that a value knows the label before it, an answer its question's words;
- layers 2 and 3: the head of spot s attends to the cell with the last character at s-1 and the one before at s-2, and takes
  the character at s to where the output reads it (SAID); where nothing fits it rests on the first token.
"""
import math

import torch

from symbols import BEFORE, CODE, PLACE_AT, STD, WORD, WORD_AT
from tokenizer import ANSWER_BEGINS, BOS

NOW, HELD, SAID = 128, (144, 160), 176      # where a text token keeps its character, those before, and the one to say
TURNING = 6                                  # the fastest rotary pairs, which tell neighbours apart
FIND, BEGINS = 1.1, 1.5
NEAR = (range(4, 10), range(8, 14))          # pairs that tell near from far, for the two heads that look for words
STEADY = slice(19, 30)                       # pairs too slow to matter over a page; the slowest one is for the rest
SPOTS_OF = {2: ((0, 1), (2, 3)), 3: ((4, 5),)}   # layer -> group of heads -> spot each head says


def block(start):
    return slice(start, start + CODE)


def begin(core, symbols):
    """Sets the embeddings, the output and the heads named above; all else stays as it was drawn."""
    generator = torch.Generator().manual_seed(2)
    layers, embeddings, output = core.model.layers, core.model.tok_embeddings.weight, core.output.weight
    width = embeddings.shape[1]
    text, rest = torch.sign(torch.randn(2, width - PLACE_AT, generator=generator))
    text[-2:], rest[-2:] = torch.tensor([0, 2]), 0            # the last as the symbols of an image have it
    rest = rest - text * (rest @ text) / (text @ text)
    with torch.no_grad():
        symbols.start(embeddings, output, NOW, SAID)
        embeddings[:, PLACE_AT:] = STD * text
        embeddings[BOS] = 0
        embeddings[BOS, PLACE_AT:] = STD * rest
        remember(layers[0].attention, text)
        spread = note_words(layers[0].attention, generator)
        find_values(layers[3].attention, spread, text, rest, generator)
        embeddings[ANSWER_BEGINS, PLACE_AT:-1] = 0
        for number, groups in SPOTS_OF.items():
            for group, spots in enumerate(groups):
                look_up(layers[number].attention, group, spots, text, rest, generator)


def parts(attention, group):
    """Views: queries (R, D, hidden), key and value (D, hidden) of a group, and its columns of wo (hidden, R, D)."""
    rows = attention.wqkv.weight.data.view(attention.kv, attention.repeat + 2, attention.head, -1)[group]
    out = attention.wo.weight.data.view(-1, attention.kv, attention.repeat, attention.head)[:, group]
    return rows[:-2], rows[-2], rows[-1], out


def remember(attention, text):
    queries, key, value, out = parts(attention, 0)
    half, theta = attention.head // 2, attention.theta
    towards = text / text.norm() * 0.62
    for part in (queries, key, value):
        part.zero_()
    out.zero_()
    key[:TURNING, PLACE_AT:] = towards
    value[:CODE, block(NOW)] = torch.eye(CODE)
    for back, query in enumerate(queries, 1):
        for i in range(TURNING):
            angle = back * theta ** (-i / half)
            query[i, PLACE_AT:], query[half + i, PLACE_AT:] = math.cos(angle) * towards, -math.sin(angle) * towards
        out[block(HELD[back - 1]), back - 1, :CODE] = torch.eye(CODE) * 0.2


def note_words(attention, generator):
    queries, key, value, out = parts(attention, 1)
    half = attention.head // 2
    for part in (queries, key, value):
        part.zero_()
    for query, near in zip(queries, NEAR):
        query[near.start:near.stop, -1] = 1.3
        key[near.start:near.stop, WORD_AT] = 1.3
    value[:WORD, WORD_AT:PLACE_AT] = torch.eye(WORD)
    spread = [torch.linalg.qr(torch.randn(len(out), WORD, generator=generator)).Q for _ in range(attention.repeat)]
    for number, s in enumerate(spread):
        out[:, number, :WORD] = 0.2 * s
    return spread


def find_values(attention, spread, text, rest, generator):
    """The first token of an answer attends to the cells that noted the question's word and takes their first character."""
    queries, key, value, out = parts(attention, 1)
    half = attention.head // 2
    steady = [*range(STEADY.start, STEADY.stop), *range(half + STEADY.start, half + STEADY.stop)]
    mix = torch.linalg.qr(torch.randn(WORD, len(steady), generator=generator)).Q.T * math.sqrt(WORD / len(steady))
    for part in (queries, key, value):
        part.zero_()
    key[steady] = mix @ spread[0].T * FIND
    key[half - 1, PLACE_AT:] = rest / rest.norm()
    key[half - 2, WORD_AT], key[-2, -2] = -FIND, BEGINS    # not where the word is, but where the next print begins
    for query in queries:
        query[steady] = mix @ spread[0].T * FIND
        query[half - 1, PLACE_AT:] = text / text.norm() * 0.42
        query[half - 2, -1], query[-2, -1] = FIND, BEGINS
    value[:CODE, block(BEFORE * CODE)] = torch.eye(CODE)
    out[:, 0] = 0
    out[block(SAID), 0, :CODE] = torch.eye(CODE) * 0.4


def look_up(attention, group, spots, text, rest, generator):
    queries, key, value, out = parts(attention, group)
    half = attention.head // 2
    steady = [*range(STEADY.start, STEADY.stop), *range(half + STEADY.start, half + STEADY.stop)]
    first = max(-BEFORE, min(spots) - 2)                  # the key shows these three spots
    seen = slice((first + BEFORE) * CODE, (first + BEFORE + 3) * CODE)
    mix = torch.linalg.qr(torch.randn(3 * CODE, len(steady), generator=generator)).Q.T * math.sqrt(3 * CODE / len(steady))
    for part in (queries, key, value):
        part.zero_()
    key[steady, seen] = mix
    key[half - 1, PLACE_AT:] = rest / rest.norm()
    for number, spot in enumerate(spots):
        query = torch.zeros(len(steady), queries.shape[-1])
        for held, back in ((NOW, 1), (HELD[0], 2), (HELD[1], 3)):
            place = spot - back - first
            if 0 <= place < 3:
                query[:, block(held)] = mix[:, place * CODE:(place + 1) * CODE]
        queries[number, steady] = query
        queries[number, half - 1, PLACE_AT:] = text / text.norm() * 0.42
        value[number * CODE:(number + 1) * CODE, block((spot + BEFORE) * CODE)] = torch.eye(CODE)
        out[:, number] = 0
        out[block(SAID), number, number * CODE:(number + 1) * CODE] = torch.eye(CODE) * 0.8
